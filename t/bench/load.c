/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * load - ask a server on loopback for one path, exactly so many times.
 *
 *   load HOST PORT PATH STATUS REQUESTS CONNECTIONS PAUSE MODE
 *
 * Every connection is a thread that sends its share of the requests one after
 * the other and reads each answer to its end, with PAUSE microseconds in front
 * of each, and before it closes after a visit. An answer with another status
 * than STATUS, or without a Content-Length, ends the run with exit status 1.
 *
 *   plain  HTTP/1.1, connections are kept alive
 *   tls    the same over TLS 1.3
 *   visit  what a sender does: connect, full handshake, one request, close
 *   leave  as visit, with "Connection: close", and waits for the server's end
 *
 * Prints the seconds that the run took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64       /* threads */
#define REQUESTS_MAX    10000000 /* in all */
#define PAUSE_MAX       999999   /* microseconds */
#define ANSWER_MAX      16384    /* bytes, head and body */

enum mode { PLAIN, TLS, VISIT, LEAVE };

static struct {
    const char *host;
    unsigned short port;
    int status;
    struct timespec pause;
    enum mode mode;
    SSL_CTX *tls;
    char request[1024];
    size_t length;
} job;

typedef struct {
    int fd;
    SSL *ssl;
} peer;

static void fail(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void open_peer(peer *p)
{
    struct sockaddr_in to = {0};
    int on = 1;

    to.sin_family = AF_INET;
    to.sin_port = htons(job.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        fail("cannot connect");
    (void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    p->ssl = NULL;
    if (job.mode == PLAIN)
        return;

    /* A new SSL object without a session: always a full handshake. */
    p->ssl = SSL_new(job.tls);
    if (p->ssl == NULL || !SSL_set_fd(p->ssl, p->fd) ||
        !SSL_set_tlsext_host_name(p->ssl, job.host))
        fail("cannot set up TLS");
    if (SSL_connect(p->ssl) != 1 || SSL_session_reused(p->ssl))
        fail("no full handshake");
}

static void close_peer(peer *p)
{
    if (p->ssl != NULL) {
        (void)SSL_shutdown(p->ssl);
        SSL_free(p->ssl);
    }
    close(p->fd);
}

static int get(peer *p, char *to, int size)
{
    return p->ssl != NULL ? SSL_read(p->ssl, to, size)
                          : (int)read(p->fd, to, (size_t)size);
}

/* The length of the answer, once its head is in the buffer; 0 before that. */
static size_t answer_length(const char *buf)
{
    const char *end = strstr(buf, "\r\n\r\n");
    const char *line;

    if (end == NULL)
        return 0;
    if (strncmp(buf, "HTTP/1.1 ", 9) != 0 || atoi(buf + 9) != job.status)
        fail("another status than expected");
    for (line = strstr(buf, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
            return (size_t)(end - buf) + 4 + strtoul(line + 17, NULL, 10);
    }
    fail("an answer without Content-Length");
    return 0;
}

static void ask(peer *p)
{
    char buf[ANSWER_MAX + 1];
    size_t have = 0, want = 0;
    int n = p->ssl != NULL ? SSL_write(p->ssl, job.request, (int)job.length)
                           : (int)write(p->fd, job.request, job.length);

    if (n != (int)job.length)
        fail("cannot send");
    while (want == 0 || have < want) {
        if (have >= ANSWER_MAX)
            fail("an answer that is too long");
        n = get(p, buf + have, (int)(ANSWER_MAX - have));
        if (n <= 0)
            fail("the connection ended before the answer");
        have += (size_t)n;
        buf[have] = '\0';
        if (want == 0)
            want = answer_length(buf);
    }
    if (have > want)
        fail("more than one answer");
    if (job.mode == LEAVE && get(p, buf, ANSWER_MAX) > 0)
        fail("more than one answer");
}

static void rest(void)
{
    if (job.pause.tv_nsec > 0)
        (void)nanosleep(&job.pause, NULL);
}

static void *connection(void *share)
{
    int i, count = *(int *)share;
    peer p;

    if (job.mode == PLAIN || job.mode == TLS) {
        open_peer(&p);
        for (i = 0; i < count; i++) {
            rest();
            ask(&p);
        }
        close_peer(&p);
    }
    else {
        for (i = 0; i < count; i++) {
            rest();
            open_peer(&p);
            ask(&p);
            rest();
            close_peer(&p);
        }
    }
    return NULL;
}

static int number(const char *text, int min, int max)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || n < min || n > max)
        fail("a number is not in its range");
    return (int)n;
}

static void set_job(char **argv)
{
    static const char *const names[] = {"plain", "tls", "visit", "leave"};
    int i;

    job.host = argv[1];
    job.port = (unsigned short)number(argv[2], 1, 65535);
    job.status = number(argv[4], 100, 599);
    job.pause.tv_nsec = number(argv[7], 0, PAUSE_MAX) * 1000L;
    for (i = 0; i < 4 && strcmp(argv[8], names[i]) != 0; i++)
        continue;
    if (i == 4)
        fail("MODE is plain, tls, visit or leave");
    job.mode = (enum mode)i;
    i = snprintf(job.request, sizeof(job.request),
                 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\n"
                 "Accept: */*\r\n%s\r\n",
                 argv[3], job.host,
                 job.mode == LEAVE ? "Connection: close\r\n" : "");
    if (i < 0 || (size_t)i >= sizeof(job.request))
        fail("HOST or PATH is too long");
    job.length = (size_t)i;
}

static void set_tls(void)
{
    static const unsigned char alpn[] = "\010http/1.1";

    job.tls = SSL_CTX_new(TLS_client_method());
    if (job.tls == NULL ||
        !SSL_CTX_set_min_proto_version(job.tls, TLS1_3_VERSION) ||
        SSL_CTX_set_alpn_protos(job.tls, alpn, sizeof(alpn) - 1) != 0)
        fail("cannot set up TLS");
    SSL_CTX_set_verify(job.tls, SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_session_cache_mode(job.tls, SSL_SESS_CACHE_OFF);
    /* A server that closes without close_notify is no error here. */
    (void)SSL_CTX_set_options(job.tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

int main(int argc, char **argv)
{
    pthread_t threads[CONNECTIONS_MAX];
    int shares[CONNECTIONS_MAX];
    struct timespec from, to;
    int i, requests, connections;

    if (argc != 9) {
        fprintf(stderr, "usage: load HOST PORT PATH STATUS REQUESTS "
                        "CONNECTIONS PAUSE plain|tls|visit|leave\n");
        return 2;
    }
    set_job(argv);
    requests = number(argv[5], 1, REQUESTS_MAX);
    connections = number(argv[6], 1, CONNECTIONS_MAX);
    set_tls();

    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    for (i = 0; i < connections; i++) {
        shares[i] = requests / connections + (i < requests % connections);
        if (pthread_create(&threads[i], NULL, connection, &shares[i]) != 0)
            fail("cannot start a thread");
    }
    for (i = 0; i < connections; i++)
        (void)pthread_join(threads[i], NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.6f\n", (double)(to.tv_sec - from.tv_sec) +
                         (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    return 0;
}
