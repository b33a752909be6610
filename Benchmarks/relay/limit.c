// The least a worker can do: it reads a frame and answers with bytes that were made before.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "goridge.h"

static uint8_t buffer[1 << 16];

static size_t frame(uint8_t *out, uint8_t flags, int options, uint32_t option, const char *payload, size_t length) {
    size_t head = put_header(out, flags, (uint32_t)length, options, option);
    memcpy(out + head, payload, length);
    return head + length;
}

int main(void) {
    static const char context[] =
        "\x08\xc8\x01\x12\x2b\x0a\x0c" "Content-Type\x12\x1b\x0a\x19text/plain; charset=utf-8"
        "\x12\x16\x0a\x0e" "Content-Length\x12\x04\x0a\x02" "18";
    static const char body[] = "Hello from Swift!\n";
    char payload[sizeof context + sizeof body];
    memcpy(payload, context, sizeof context - 1);
    memcpy(payload + sizeof context - 1, body, sizeof body - 1);
    uint8_t answer[256], pid[64];
    size_t size = frame(answer, 0x80, 1, sizeof context - 1, payload, sizeof context + sizeof body - 2);
    char text[32];
    int length = snprintf(text, sizeof text, "{\"pid\":%d}", (int)getpid());
    size_t pid_size = frame(pid, 9, 0, 0, text, (size_t)length);

    size_t have = 0;
    for (;;) {
        ssize_t n = read(0, buffer + have, sizeof buffer - have);
        if (n <= 0) return 0;
        have += (size_t)n;
        uint32_t length;
        memcpy(&length, buffer + 2, 4);
        if (have < 12 || have < 4 * (size_t)(buffer[0] & 15) + length) continue;
        have = 0;
        int control = buffer[1] & 1;
        if (write(1, control ? pid : answer, control ? pid_size : size) < 0) return 1;
    }
}
