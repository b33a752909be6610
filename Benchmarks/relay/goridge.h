// The header of a Goridge frame.
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

static size_t put_header(uint8_t *out, uint8_t flags, uint32_t length, int options, uint32_t option) {
    memset(out, 0, 16);
    out[0] = (uint8_t)(0x10 | (3 + options));
    out[1] = flags;
    memcpy(out + 2, &length, 4);
    uint32_t crc = crc32(out, 6);
    memcpy(out + 6, &crc, 4);
    if (options) memcpy(out + 12, &option, 4);
    return 12 + 4 * (size_t)options;
}
