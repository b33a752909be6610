#include "crash.h"

static void add_byte(struct crash_text *text, char byte) {
    if (text->length < sizeof text->bytes) text->bytes[text->length++] = byte;
}

void crash_add(struct crash_text *text, const char *bytes) {
    while (*bytes != 0) add_byte(text, *bytes++);
}

void crash_add_foreign(struct crash_text *text, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        add_byte(text, byte > 0x20 && byte < 0x7F ? (char)byte : byte == 0x20 ? ' ' : '?');
    }
}

void crash_add_number(struct crash_text *text, uint64_t number, int digits) {
    char reversed[20];
    int count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (int i = count; i < digits; i++) add_byte(text, '0');
    while (count > 0) add_byte(text, reversed[--count]);
}

void crash_add_hexadecimal(struct crash_text *text, uint64_t number) {
    for (int shift = 60; shift >= 0; shift -= 4) add_byte(text, "0123456789abcdef"[(number >> shift) & 15]);
}

void crash_add_time(struct crash_text *text, time_t time, int is_readable) {
    // Not gmtime_r, which may take a lock. The year begins in March, so that the leap day is its last.
    int64_t day = time / 86400 + 719468;
    uint64_t second = (uint64_t)(time % 86400);
    int64_t era = day / 146097;
    int64_t of_era = day % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    crash_add_number(text, (uint64_t)year, 4);
    if (is_readable) crash_add(text, "-");
    crash_add_number(text, (uint64_t)month, 2);
    if (is_readable) crash_add(text, "-");
    crash_add_number(text, (uint64_t)(of_year - (153 * march_month + 2) / 5 + 1), 2);
    crash_add(text, "T");
    crash_add_number(text, second / 3600, 2);
    if (is_readable) crash_add(text, ":");
    crash_add_number(text, second / 60 % 60, 2);
    if (is_readable) crash_add(text, ":");
    crash_add_number(text, second % 60, 2);
    crash_add(text, "Z");
}
