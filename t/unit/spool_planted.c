/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: what a member of the group plants in the spool does no harm.
 */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/entry.h"
#include "core/tlsrpt.h"
#include "unit_spool.h"

#define NOBODY 65534

#define EMPTY "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
#define HEAD  "TLSRPT: 1\nChannel: https\nTrust: 0\nReceived: 1\n"

static void as_large_as_is_allowed_is_not_too_large(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *pad =
        unit_repeat('x', TLSRPT_ENTRY_HEAD_MAX - strlen(HEAD) - 5);
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t len;

    (void)state;
    spool_plant("new", EMPTY "-0",
                apr_pstrcat(p, HEAD, "X: ", pad, "\n\n{}", NULL), 0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, EMPTY "-0", 2, &origin, &json, &len), 0);
    assert_int_equal(len, 2);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, EMPTY "-0", 1, &origin, &json, &len),
        APR_EGENERAL);
}

static void what_is_planted_in_the_place_of_a_report_gives_way(void **state)
{
    static const char *const kinds[] = {"file", "forged", "link", "to itself",
                                        "fifo", "folder", "full", "unreadable"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        tlsrpt_spool_t *spool = spool_new();
        const char *path = spool_path("new", EMPTY "-0");
        const char *secret = spool_path("", "secret"), *name = NULL;

        spool_plant("", "secret", HEAD "\n{}", 0);
        switch (i) {
        case 0:
            spool_plant("new", EMPTY "-0", "", 0);
            break;
        case 1:
            spool_plant("new", EMPTY "-0", HEAD "\n[]", 0);
            break;
        case 2:
            assert_int_equal(symlink(secret, path), 0);
            break;
        case 3:
            assert_int_equal(symlink(EMPTY "-0", path), 0);
            break;
        case 4:
            assert_int_equal(mkfifo(path, 0666), 0);
            break;
        case 5:
            assert_int_equal(mkdir(path, 0777), 0);
            break;
        case 6:
            assert_int_equal(mkdir(path, 0777), 0);
            spool_plant("new/" EMPTY "-0", "x", "x", 0);
            break;
        default:
            spool_plant("new", EMPTY "-0", HEAD "\nother", 0);
            assert_int_equal(chmod(path, 0), 0);
        }
        if (spool_put(spool, "{}", &name)) {
            fail_msg("a %s in the place of a report keeps it out", kinds[i]);
        }
        unit_same(kinds[i], spool_json(spool, EMPTY "-0"), "{}");
        assert_int_equal(access(secret, F_OK), 0);
        assert_int_equal(spool_count("tmp"), 0);
    }
}

static void what_is_no_entry_is_never_listed_nor_read(void **state)
{
    static const char *const names[] = {
        "x",
        ".hidden",
        EMPTY,
        EMPTY "-4",
        EMPTY "-0.tmp",
        "4" EMPTY "-0",
        "44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A-0",
        "new\nline",
        "\x1b[31mred",
        "-rf",
        "$(id)",
        "\xff\xfe",
    };
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t len, i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        spool_plant("new", names[i], HEAD "\n{}", 0);
        spool_plant("tmp", names[i], "x", 7200);
        spool_plant("raw", names[i], "x", 7200);
        spool_plant("bad", names[i], "x", 7200);
        assert_int_equal(
            tlsrpt_spool_read(p, spool, names[i], 99, &origin, &json, &len),
            APR_EGENERAL);
        assert_int_equal(tlsrpt_spool_stored(p, spool, names[i]), APR_EGENERAL);
    }
    spool_plant("new", unit_repeat('n', 255), "x", 0);
    assert_int_equal(symlink("/etc/passwd", spool_path("new", EMPTY "-1")), 0);
    assert_int_equal(mkfifo(spool_path("new", EMPTY "-2"), 0666), 0);
    assert_int_equal(mkdir(spool_path("new", EMPTY "-3"), 0777), 0);
    for (i = 1; i <= 3; i++) {
        assert_int_equal(tlsrpt_spool_read(p, spool,
                                           apr_psprintf(p, EMPTY "-%d", (int)i),
                                           99, &origin, &json, &len),
                         APR_EGENERAL);
    }
    assert_int_equal(tlsrpt_spool_list(p, spool, 100, NULL)->nelts, 0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, "../new/x", 99, &origin, &json, &len),
        APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, "../../x", "path"),
                     APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, "", "path"), APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, EMPTY "-1", "a link"), 0);
    assert_int_equal(tlsrpt_spool_reject(p, spool, EMPTY "-2", "a FIFO"), 0);
    assert_int_equal(tlsrpt_spool_reject(p, spool, EMPTY "-3", "a folder"), 0);
    assert_int_equal(access("/etc/passwd", F_OK), 0);
    assert_int_equal(spool_count("new"),
                     (int)(sizeof(names) / sizeof(names[0])) + 1);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, apr_time_sec(apr_time_now()), 3600),
        2 * (int)(sizeof(names) / sizeof(names[0])));
    assert_int_equal(spool_put(spool, "{}", NULL), 0);
}

static void links_in_tmp_and_raw_are_removed_not_followed(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *target = spool_path("", "target");

    (void)state;
    spool_plant("", "target", "keep me", 0);
    assert_int_equal(symlink(target, spool_path("tmp", "1.link")), 0);
    assert_int_equal(symlink(target, spool_path("raw", EMPTY "-0")), 0);
    assert_int_equal(mkdir(spool_path("tmp", "folder"), 0777), 0);
    assert_int_equal(tlsrpt_spool_expire(
                         p, spool, apr_time_sec(apr_time_now()) + 7200, 3600),
                     3);
    unit_same("the target", spool_any(""), "keep me");
}

static void wrong_lines_are_no_entry(void **state)
{
    static const char *const good[] = {
        HEAD "\n{}",
        HEAD "Later: a line of a newer version\n\n{}",
        ("TLSRPT: 1\nReceived: 1\nTrust: 0\nSource: 192.0.2.1\n"
         "Channel: file\n\n{}"),
    };
    static const char *const bad[] = {
        "",
        "{}",
        "\n{}",
        "TLSRPT: 1\n",
        "TLSRPT: 2\nChannel: https\nTrust: 0\nReceived: 1\n\n{}",
        HEAD,
        HEAD "no colon\n\n{}",
        HEAD "{}",
        HEAD "Trust: 0\n\n{}",
        HEAD "Trust: 3\n\n{}",
        HEAD "\r\n{}",
        HEAD "\n{} ",
        HEAD "\n",
        HEAD "Domain: example.com\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 1\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 4\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: -0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 0x0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust:\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: post\nTrust: 0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 0\nReceived: now\n\n{}",
        ("TLSRPT: 1\nChannel: https\nTrust: 0\n"
         "Received: 99999999999999999999\n\n{}"),
        "TLSRPT: 1\nTrust: 0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nReceived: 1\n\n{}",
    };
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t len, i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        spool_plant("new", EMPTY "-0", good[i], 0);
        if (tlsrpt_spool_read(p, spool, EMPTY "-0", 2, &origin, &json, &len)) {
            fail_msg("an entry: %s", good[i]);
        }
        unit_same(good[i], json, "{}");
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        spool_plant("new", EMPTY "-0", bad[i], 0);
        if (tlsrpt_spool_read(p, spool, EMPTY "-0", 99, &origin, &json, &len) !=
            APR_EGENERAL) {
            fail_msg("no entry: %s", bad[i]);
        }
    }
    spool_plant(
        "new", EMPTY "-0",
        apr_pstrcat(p, HEAD "Later: ", unit_repeat('x', 5000), "\n\n{}", NULL),
        0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, EMPTY "-0", 9999, &origin, &json, &len),
        APR_EGENERAL);
}

/* Files of two users: the owner of a spool knows what bound he has. */
static void the_group_puts_nothing_larger_than_its_tool_reads(void **state)
{
    const apr_size_t size = TLSRPT_SIZE_DEFAULT;
    char *json = apr_palloc(p, size + 2);
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *large, *allowed, *back;
    apr_size_t len;

    (void)state;
    memset(json, ' ', size + 1);
    json[size] = '\0';
    assert_int_equal(spool_put(spool, json, &allowed), 0);
    json[size] = ' ';
    json[size + 1] = '\0';
    /* the lines in front have room, too: it is by that much larger */
    json = apr_pstrcat(p, json, apr_pstrcat(p, json, NULL), NULL);
    assert_int_equal(spool_put(spool, json, &large), 0);
    assert_int_equal(tlsrpt_spool_read(p, spool, large, TLSRPT_SIZE_MAX,
                                       &origin, &back, &len),
                     0);
    assert_int_equal(chown(spool_path("new", large), NOBODY, 0), 0);
    assert_int_equal(chown(spool_path("new", allowed), NOBODY, 0), 0);
    assert_int_equal(tlsrpt_spool_read(p, spool, large, TLSRPT_SIZE_MAX,
                                       &origin, &back, &len),
                     APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_read(p, spool, allowed, TLSRPT_SIZE_MAX,
                                       &origin, &back, &len),
                     0);
    assert_int_equal(len, size);
}

/* Not even where it has the name of its content. */
static void what_has_holes_is_no_entry(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const apr_size_t size = 1024 * 1024;
    char *json = apr_pcalloc(p, size);
    const char *name, *text;
    tlsrpt_origin_t origin;
    apr_size_t len;

    (void)state;
    memcpy(json, "{}", 2);
    name = tlsrpt_entry_name(p, &spool_origin, json, size);
    text = apr_pstrcat(p, tlsrpt_entry_head(p, &spool_origin), "\n{}", NULL);
    spool_plant("new", name, text, 0);
    assert_int_equal(
        truncate(spool_path("new", name), (off_t)(strlen(text) + size - 2)), 0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, name, size, &origin, &text, &len),
        APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, name, "it has holes"), 0);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("bad"), 1);
    assert_true(spool_largest("bad") > (apr_off_t)size); /* whole */
    tlsrpt_spool_put(p, spool, &spool_origin, json, size, NULL, &name);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, name, size, &origin, &text, &len), 0);
}

int main(void)
{
    PROMISE(as_large_as_is_allowed_is_not_too_large);
    PROMISE(what_is_planted_in_the_place_of_a_report_gives_way);
    PROMISE(what_is_no_entry_is_never_listed_nor_read);
    PROMISE(links_in_tmp_and_raw_are_removed_not_followed);
    PROMISE(wrong_lines_are_no_entry);
    if (geteuid() == 0) { /* files of two users */
        PROMISE(the_group_puts_nothing_larger_than_its_tool_reads);
    }
    PROMISE(what_has_holes_is_no_entry);
    return unit_run("spool_planted");
}
