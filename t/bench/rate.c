/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * rate - requests to a server on loopback at a fixed rate, whether it keeps up
 * or not: request n is due n / RATE seconds after the start, and its time is
 * counted from when it was due.
 *
 *   rate URL RATE COUNT CONNECTIONS fresh|kept [BODIES]
 *
 * With BODIES they are POSTs, each with the next body of that file (the length
 * as a decimal number, a newline, the octets; it starts again at its end),
 * otherwise GETs. RATE 0: each connection sends as fast as it gets answers.
 * "fresh" connects for each request, with a full handshake over TLS.
 *
 * Prints a line for each request, in no order: the status (0: no answer) and
 * the milliseconds.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_MAX        100000
#define COUNT_MAX       10000000
#define CONNECTIONS_MAX 256 /* threads */
#define TIMEOUT         60L /* seconds of a request */

typedef struct {
    const char *octets;
    size_t len;
} body_t;

typedef struct {
    long status;
    double took; /* milliseconds */
} result_t;

static struct {
    const char *url;
    long rate, count;
    int fresh;
    body_t *bodies;
    size_t body_count;
    struct timespec start;
    pthread_mutex_t lock;
    long next;
    result_t *results;
} job = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void fail(const char *what)
{
    fprintf(stderr, "rate: %s\n", what);
    exit(1);
}

static double since(const struct timespec *from)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) * 1e3 +
           (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

/* When request n is due. */
static struct timespec due(long n)
{
    struct timespec at = job.start;
    const long long ns =
        job.start.tv_nsec + (long long)n * 1000000000LL / job.rate;

    at.tv_sec += (time_t)(ns / 1000000000LL);
    at.tv_nsec = (long)(ns % 1000000000LL);
    return at;
}

static size_t drop(char *octets, size_t size, size_t n, void *unused)
{
    (void)octets;
    (void)unused;
    return size * n;
}

static void set_up(CURL *curl, struct curl_slist *to, struct curl_slist *head)
{
    curl_easy_setopt(curl, CURLOPT_URL, job.url);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    /* The client's work is not what is measured. */
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    if (job.fresh) {
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    if (job.bodies != NULL)
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, head);
}

static void *connection(void *unused)
{
    struct curl_slist *to = curl_slist_append(NULL, "::127.0.0.1:");
    struct curl_slist *head =
        curl_slist_append(NULL, "Content-Type: application/tlsrpt+gzip");
    CURL *curl = curl_easy_init();

    (void)unused;
    if (curl == NULL || to == NULL || head == NULL)
        fail("no memory");
    set_up(curl, to, head);
    for (;;) {
        struct timespec at;
        long n;

        (void)pthread_mutex_lock(&job.lock);
        n = job.next++;
        (void)pthread_mutex_unlock(&job.lock);
        if (n >= job.count)
            break;
        if (job.rate) {
            at = due(n);
            (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        }
        else {
            (void)clock_gettime(CLOCK_MONOTONIC, &at);
        }
        if (job.bodies != NULL) {
            const body_t *body = &job.bodies[(size_t)n % job.body_count];

            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->octets);
        }
        if (curl_easy_perform(curl) == CURLE_OK)
            curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE,
                              &job.results[n].status);
        job.results[n].took = since(&at);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(to);
    curl_slist_free_all(head);
    return NULL;
}

static char *read_file(const char *name, size_t *len)
{
    FILE *in = fopen(name, "rb");
    char *data;
    long size;

    if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) <= 0)
        fail("BODIES cannot be read");
    rewind(in);
    data = malloc((size_t)size + 1);
    if (data == NULL || fread(data, 1, (size_t)size, in) != (size_t)size)
        fail("BODIES cannot be read");
    fclose(in);
    data[size] = '\0';
    *len = (size_t)size;
    return data;
}

static void read_bodies(const char *name)
{
    size_t size, room = 0;
    char *at = read_file(name, &size);
    const char *end = at + size;

    while (at < end) {
        char *rest;
        const size_t len = strtoul(at, &rest, 10);

        if (rest == at || *rest != '\n' || len > (size_t)(end - rest - 1))
            fail("BODIES is not as it should be");
        if (job.body_count == room) {
            room = room ? 2 * room : 1024;
            job.bodies = realloc(job.bodies, room * sizeof(*job.bodies));
            if (job.bodies == NULL)
                fail("no memory");
        }
        job.bodies[job.body_count].octets = rest + 1;
        job.bodies[job.body_count++].len = len;
        at = rest + 1 + len;
    }
}

static long number(const char *text, long min, long max)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || n < min || n > max)
        fail("a number is not in its range");
    return n;
}

int main(int argc, char **argv)
{
    pthread_t threads[CONNECTIONS_MAX];
    long i, connections;

    if (argc != 6 && argc != 7) {
        fprintf(stderr, "usage: rate URL RATE COUNT CONNECTIONS fresh|kept "
                        "[BODIES]\n");
        return 2;
    }
    job.url = argv[1];
    job.rate = number(argv[2], 0, RATE_MAX);
    job.count = number(argv[3], 1, COUNT_MAX);
    connections = number(argv[4], 1, CONNECTIONS_MAX);
    job.fresh = strcmp(argv[5], "kept") != 0;
    if (argc == 7)
        read_bodies(argv[6]);
    job.results = calloc((size_t)job.count, sizeof(*job.results));
    if (job.results == NULL || curl_global_init(CURL_GLOBAL_ALL) != 0)
        fail("no memory");
    (void)clock_gettime(CLOCK_MONOTONIC, &job.start);
    for (i = 0; i < connections; i++) {
        if (pthread_create(&threads[i], NULL, connection, NULL) != 0)
            fail("cannot start a thread");
    }
    for (i = 0; i < connections; i++)
        (void)pthread_join(threads[i], NULL);
    for (i = 0; i < job.count; i++)
        printf("%ld %.3f\n", job.results[i].status, job.results[i].took);
    return 0;
}
