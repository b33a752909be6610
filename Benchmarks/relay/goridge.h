// Goridge frames and protobuf fields, as far as these programs need them.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint32_t crc32(const uint8_t *bytes, size_t count) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static size_t put_header(uint8_t *out, uint8_t flags, uint32_t length, int options, uint32_t first, uint32_t second) {
    memset(out, 0, 20);
    out[0] = (uint8_t)(0x10 | (3 + options));
    out[1] = flags;
    memcpy(out + 2, &length, 4);
    uint32_t crc = crc32(out, 6);
    memcpy(out + 6, &crc, 4);
    if (options > 0) memcpy(out + 12, &first, 4);
    if (options > 1) memcpy(out + 16, &second, 4);
    return 12 + 4 * (size_t)options;
}

// The size of the frame that begins at `bytes`, whose header is complete.
static size_t frame_size(const uint8_t *bytes) {
    uint32_t length;
    memcpy(&length, bytes + 2, 4);
    return 4 * (size_t)(bytes[0] & 15) + length;
}

static size_t put_varint(uint8_t *out, uint64_t value) {
    size_t count = 0;
    for (; value >= 128; value >>= 7) out[count++] = (uint8_t)(value | 128);
    out[count++] = (uint8_t)value;
    return count;
}

static size_t put_field(uint8_t *out, int number, const void *bytes, size_t length) {
    size_t count = put_varint(out, (uint64_t)number << 3 | 2);
    count += put_varint(out + count, length);
    memcpy(out + count, bytes, length);
    return count + length;
}

static size_t put_text(uint8_t *out, int number, const char *text) { return put_field(out, number, text, strlen(text)); }

// A line of a request's or response's head: an entry of a map from names to lists of values.
static size_t put_line(uint8_t *out, int number, const char *name, const char *text) {
    static uint8_t entry[1024], value[1024];
    size_t length = put_text(value, 1, text);
    size_t size = put_text(entry, 1, name);
    size += put_field(entry + size, 2, value, length);
    return put_field(out, number, entry, size);
}
