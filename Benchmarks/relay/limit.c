// The least that a worker can do: it reads a frame and answers with prepared bytes, which BENCH_CASE selects.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "goridge.h"

enum { BIG = 64 * 1024, CHUNKS = 100, CHUNK = 1024 };

static uint8_t buffer[1 << 17], answer[1 << 18], call[256];

static size_t frame(uint8_t *out, uint8_t flags, int options, uint32_t option, const void *payload, size_t length) {
    size_t head = put_header(out, flags, (uint32_t)length, options, option, 0);
    if (length) memcpy(out + head, payload, length);
    return head + length;
}

static size_t head(uint8_t *out, const char *type, long length) {
    size_t n = put_varint(out, 1 << 3);
    n += put_varint(out + n, 200);
    n += put_line(out + n, 2, "Content-Type", type);
    if (length < 0) return n;
    char text[32];
    snprintf(text, sizeof text, "%ld", length);
    return n + put_line(out + n, 2, "Content-Length", text);
}

static size_t response(const char *type, const uint8_t *body, size_t length) {
    static uint8_t payload[1 << 17];
    size_t n = head(payload, type, (long)length);
    memcpy(payload + n, body, length);
    return frame(answer, 0x80, 1, (uint32_t)n, payload, n + length);
}

static size_t text(const char *type, const char *body) { return response(type, (const uint8_t *)body, strlen(body)); }

static size_t stream(void) {
    static uint8_t payload[4096];
    size_t size = 0;
    for (int i = 0; i < CHUNKS; i++) {
        size_t n = i ? 0 : head(payload, "text/plain; charset=utf-8", -1);
        memset(payload + n, 'a', CHUNK);
        uint8_t *at = answer + size;
        size += frame(at, 0x80, 1, (uint32_t)n, payload, n + CHUNK);
        at[10] |= 1;
    }
    return size + frame(answer + size, 0x80, 1, 0, NULL, 0);
}

// A `kv.MGet` of one key.
static size_t get(void) {
    uint8_t payload[128];
    memcpy(payload, "kv.MGet", 7);
    size_t n = 7 + put_text(payload + 7, 1, "cache");
    uint8_t item[32];
    n += put_field(payload + n, 2, item, put_text(item, 1, "key"));
    size_t head = put_header(call, 0x80, (uint32_t)n, 2, 1, 7);
    memcpy(call + head, payload, n);
    return head + n;
}

// Connects to RR_RPC: tcp://127.0.0.1:PORT.
static int connect_rpc(void) {
    const char *address = getenv("RR_RPC"), *port = address ? strrchr(address, ':') : NULL;
    if (!port) return -1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port + 1))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connect(fd, (struct sockaddr *)&to, sizeof to) ? -1 : fd;
}

// Reads one frame.
static int receive(int fd) {
    size_t have = 0;
    while (have < 12 || have < frame_size(buffer)) {
        ssize_t n = read(fd, buffer + have, sizeof buffer - have);
        if (n <= 0) return 0;
        have += (size_t)n;
    }
    return 1;
}

int main(void) {
    const char *which = getenv("BENCH_CASE");
    if (!which) which = "hello";
    static uint8_t big[BIG];
    memset(big, 'a', sizeof big);
    size_t size = !strcmp(which, "json") ? text("application/json; charset=utf-8", "{\"message\":\"Hello from Swift!\",\"languages\":[\"Swift\",\"Go\"],\"count\":42}")
        : !strcmp(which, "large") ? response("application/octet-stream", big, sizeof big)
        : !strcmp(which, "stream") ? stream()
        : text("text/plain; charset=utf-8", "Hello from Swift!\n");
    int rpc = -1;
    size_t call_size = 0;
    if (!strcmp(which, "get")) {
        call_size = get();
        if ((rpc = connect_rpc()) < 0) return 1;
    }
    uint8_t pid[64];
    char json[32];
    int length = snprintf(json, sizeof json, "{\"pid\":%d}", (int)getpid());
    size_t pid_size = frame(pid, 9, 0, 0, json, (size_t)length);

    while (receive(0)) {
        int control = buffer[1] & 1;
        if (rpc >= 0 && !control && (write(rpc, call, call_size) < 0 || !receive(rpc))) return 1;
        const uint8_t *bytes = control ? pid : answer;
        for (size_t left = control ? pid_size : size; left;) {
            ssize_t n = write(1, bytes, left);
            if (n < 0) return 1;
            bytes += n;
            left -= (size_t)n;
        }
    }
    return 0;
}
