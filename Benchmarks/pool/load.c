// Sends requests for one path to one server, over a number of connections, and prints how many were answered per second.
//
//     load PORT PATH CONNECTIONS SECONDS
//
// Responses must have a Content-Length. Any status but 200 ends the program.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024, BUFFER = 64 * 1024 };

typedef struct {
    int socket;
    size_t length;
    char bytes[BUFFER];
} connection;

static connection *connections[MAX_CONNECTIONS];
static char request[1024];
static size_t request_length;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void ask(connection *which) {
    which->length = 0;
    if (send(which->socket, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) die("send");
}

// Whether the response is complete.
static int is_complete(connection *which) {
    which->bytes[which->length] = 0;
    char *end = strstr(which->bytes, "\r\n\r\n");
    if (end == NULL) return 0;
    if (strncmp(which->bytes, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "%.100s\n", which->bytes);
        exit(1);
    }
    char *length = strcasestr(which->bytes, "content-length:");
    if (length == NULL || length > end) {
        fprintf(stderr, "no length: %.200s\n", which->bytes);
        exit(1);
    }
    return which->length >= (size_t)(end + 4 - which->bytes) + strtoul(length + 15, NULL, 10);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: load PORT PATH CONNECTIONS SECONDS\n");
        return 2;
    }
    int count = atoi(argv[3]);
    double seconds = atof(argv[4]);
    if (count < 1 || count > MAX_CONNECTIONS || seconds <= 0) return 2;
    request_length = (size_t)snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n", argv[2]);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int events = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        connection *made = calloc(1, sizeof *made);
        if (made == NULL) die("calloc");
        made->socket = socket(AF_INET, SOCK_STREAM, 0);
        int on = 1;
        setsockopt(made->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(made->socket, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = made};
        epoll_ctl(events, EPOLL_CTL_ADD, made->socket, &event);
        connections[i] = made;
    }
    for (int i = 0; i < count; i++) ask(connections[i]);
    // The first tenth is for warming up.
    double start = now();
    double warm = start + seconds / 10;
    double end = warm + seconds;
    double counting_since = 0;
    long answered = 0;
    for (;;) {
        struct epoll_event ready[64];
        int number = epoll_wait(events, ready, 64, 1000);
        double time = now();
        if (counting_since == 0 && time >= warm) {
            counting_since = time;
            answered = 0;
        }
        if (time >= end) {
            printf("%.0f\n", (double)answered / (time - counting_since));
            return 0;
        }
        for (int i = 0; i < number; i++) {
            connection *which = ready[i].data.ptr;
            ssize_t received = read(which->socket, which->bytes + which->length, BUFFER - 1 - which->length);
            if (received <= 0) die("read");
            which->length += (size_t)received;
            if (!is_complete(which)) continue;
            answered++;
            ask(which);
        }
    }
}
