/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Directives into config records. A record holds only what was written at one
 * place; what a policy inherits is put together by the catalogue.
 */
#ifndef MTA_STS_HTTPD_CONFIG_H
#define MTA_STS_HTTPD_CONFIG_H

#include <apr_hash.h>

#include "core/policy.h"
#include "core/value.h"
#include "httpd/module.h"

/** Where something was written. file is NULL if nowhere. */
typedef struct {
    const char *file;
    int line;
} mta_sts_place_t;

/** What the policy directives of one place say. Unset: 0 or NULL. */
typedef struct {
    mta_sts_mode_e mode;
    apr_uint32_t max_age;   /* seconds */
    apr_array_header_t *mx; /* of const char *, in normal form */
    const mta_sts_id_t *id;
    apr_array_header_t *rua;      /* of const char *; empty after "none" */
    apr_array_header_t *mx_twice; /* of const char *: written again */
    const char *first;            /* the first of these directives, and where */
    mta_sts_place_t place;
} mta_sts_settings_t;

/** A compiled policy: httpd/catalog.h. */
typedef struct mta_sts_compiled_t mta_sts_compiled_t;
/** The catalogue of a server: httpd/catalog.h. */
typedef struct mta_sts_catalog_t mta_sts_catalog_t;
/** What other modules may ask: httpd/public.h. */
typedef struct mta_sts_public_t mta_sts_public_t;

/** <MTASTSDomain> or <MTASTSDomainMatch>. */
typedef struct {
    mta_sts_settings_t settings;
    apr_array_header_t *domains; /* of const char *, in normal form; or */
    const ap_regex_t *regex;     /* the one that a policy domain matches */
    const char *label;           /* as written, "<MTASTSDomain a b>" */
    mta_sts_place_t place;
    const mta_sts_compiled_t *compiled; /* by the catalogue, when needed */
} mta_sts_section_t;

typedef enum { ENGINE_UNSET = 0, ENGINE_OFF, ENGINE_ON } mta_sts_engine_e;

/** One record per server, the main server's included. */
typedef struct mta_sts_server_t mta_sts_server_t;
struct mta_sts_server_t {
    mta_sts_engine_e engine;      /* as it is after inheriting */
    mta_sts_engine_e engine_here; /* as written at this very server */
    mta_sts_settings_t settings;  /* as written at this very server */
    apr_array_header_t *sections; /* of mta_sts_section_t *, in order */
    apr_hash_t *by_domain;        /* policy domain -> the one that names it */
    apr_array_header_t *regexes;  /* of mta_sts_section_t *: those that match */
    const mta_sts_server_t *outer; /* the main server's; NULL in that one */
    mta_sts_section_t *open;       /* while a section is being read */
    int ssl_engine;                /* SSLEngine is on in the configuration */
    int does_tls;                  /* mod_ssl asked for its certificates */
    int no_tls12;                  /* mod_ssl has TLS 1.2 switched off */
    const mta_sts_compiled_t *compiled; /* of settings, by the catalogue */
    const mta_sts_catalog_t *catalog;   /* NULL where the engine is off */
    apr_array_header_t *warnings; /* of mta_sts_finding_t; the main server's */
    const mta_sts_public_t *public; /* the main server's */
};

extern const command_rec mta_sts_commands[];

void *mta_sts_create_server_config(apr_pool_t *p, server_rec *s);
void *mta_sts_merge_server_config(apr_pool_t *p, void *base, void *add);

/** The record of a server, for writing while the server starts. */
mta_sts_server_t *mta_sts_server_config(const server_rec *s);

#endif
