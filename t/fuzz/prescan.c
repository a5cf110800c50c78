/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: of any JSON text the look beforehand counts what the JSON
 * library then builds, no more and no less.
 */
#include "fuzz.h"

#include <jansson.h>

#include "core/unpack.h"

/* The values of a value, itself and names included, and how deep it goes. */
static size_t count(const json_t *value, int *depth)
{
    size_t nodes = 1, i;
    int deepest = 0, inner;
    const char *name;
    json_t *entry;

    json_array_foreach(value, i, entry)
    {
        nodes += count(entry, &inner);
        deepest = inner > deepest ? inner : deepest;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, entry)
    {
        nodes += 1 + count(entry, &inner);
        deepest = inner > deepest ? inner : deepest;
    }
    *depth = deepest + (json_is_array(value) || json_is_object(value));
    return nodes;
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *error = tlsrpt_prescan(text, size, 16, 1000);
    json_t *value;
    size_t nodes;
    int depth;

    (void)p;
    if (error) {
        fuzz_sentence(error);
    }
    if (size > 0 && memchr(data, '\0', size)) {
        CHECK(error); /* jansson takes one behind a word: "null\0" */
        return;
    }
    value = json_loadb(text, size,
                       JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    if (!value) {
        return;
    }
    nodes = count(value, &depth);
    CHECK((error == NULL) == (nodes <= 1000 && depth <= 16));
    CHECK(tlsrpt_prescan(text, size, depth, nodes) == NULL);
    CHECK(tlsrpt_prescan(text, size, depth, nodes - 1) != NULL);
    CHECK(tlsrpt_prescan(text, size, depth - 1, nodes) != NULL);
    json_decref(value);
}
