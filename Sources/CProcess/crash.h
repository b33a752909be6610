#ifndef ROADRUNNER_CRASH_H
#define ROADRUNNER_CRASH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// Everything here may be called in a signal handler.

// A text that is cut when it is full.
struct crash_text {
    char bytes[1024];
    size_t length;
};

void crash_add(struct crash_text *text, const char *bytes);
// Bytes from outside: what is not printable ASCII is replaced, so that a line stays one line.
void crash_add_foreign(struct crash_text *text, const char *bytes, size_t length);
void crash_add_number(struct crash_text *text, uint64_t number, int digits);
void crash_add_hexadecimal(struct crash_text *text, uint64_t number);
// 20261125T232201Z, or with dashes and colons.
void crash_add_time(struct crash_text *text, time_t time, int is_readable);

// An exchange that is in hand.
struct crash_exchange {
    uint64_t id;
    const char *name;
    size_t name_length;
    // Whether the task that runs on this thread handles it.
    int is_current;
};

// From now on exchanges are recorded.
void crash_record_exchanges(void);
// How many are in hand.
int crash_exchange_count(void);
// The one at `position`, counted from zero; 0 where none is recorded there, or its beginning or end is under way.
int crash_exchange_at(int position, struct crash_exchange *exchange);
#define CRASH_EXCHANGE_POSITIONS 64

// Says what reports have in common; not for handlers.
int crash_prepare_report(const char *mode, const char *id_prefix);
// Copies a text with its end; -1 where it is too long.
int crash_copy(char *target, size_t size, const char *text);
// The line that tells of the crash.
void crash_compose_line(struct crash_text *text, const char *signal_name);
// Writes to standard error unless nobody reads there, and waits for a moment until it is read.
void crash_say(const struct crash_text *text);
// Writes what the next worker reads: the line, lines of a name and a value, and an empty one. There need not be a note.
void crash_write_report(int file, const struct crash_text *line, const char *signal_name, time_t time, const char *note);

// Opens a new file for the crash of a process in `directory`, which is made where it is missing, and locks it; -1 when that fails.
// Tells as well whether no other process of that directory is at its backtrace.
int crash_open_file(const char *directory, int is_shared, time_t time, pid_t process, int *is_first);

// Closes all descriptors from `first` on.
void crash_close_from(int first);

#endif
