// The least a worker can do: it reads a frame and answers with bytes that were made before.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint8_t buffer[1 << 16];

static uint32_t crc32(const uint8_t *bytes, size_t count) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static size_t frame(uint8_t *out, uint8_t flags, int options, uint32_t option, const char *payload, size_t length) {
    uint32_t size = (uint32_t)length;
    memset(out, 0, 16);
    out[0] = (uint8_t)(0x10 | (3 + options));
    out[1] = flags;
    memcpy(out + 2, &size, 4);
    uint32_t crc = crc32(out, 6);
    memcpy(out + 6, &crc, 4);
    if (options) memcpy(out + 12, &option, 4);
    memcpy(out + 12 + 4 * options, payload, length);
    return 12 + 4 * (size_t)options + length;
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
