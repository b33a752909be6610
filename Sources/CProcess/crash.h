#ifndef ROADRUNNER_CRASH_H
#define ROADRUNNER_CRASH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// Everything here may be called in a signal handler.

// A string that drops whatever no longer fits.
struct crash_text {
    char bytes[1024];
    size_t length;
};

void crash_add(struct crash_text *text, const char *bytes);
// Adds bytes from outside: anything but printable ASCII is replaced, so that a line stays one line.
void crash_add_foreign(struct crash_text *text, const char *bytes, size_t length);
void crash_add_number(struct crash_text *text, uint64_t number, int digits);
void crash_add_hexadecimal(struct crash_text *text, uint64_t number);
// Adds a time as 20261125T232201Z, or with dashes and colons.
void crash_add_time(struct crash_text *text, time_t time, int is_readable);

// An exchange in flight.
struct crash_exchange {
    uint64_t id;
    const char *name;
    size_t name_length;
    // Whether the current task of this thread handles it.
    int is_current;
};

// Starts to record exchanges.
void crash_record_exchanges(void);
// Returns the number of exchanges in flight.
int crash_exchange_count(void);
// Reads the exchange at `position`, counted from zero. Returns 0 if none is recorded there, or if it is just beginning or ending.
int crash_exchange_at(int position, struct crash_exchange *exchange);
#define CRASH_EXCHANGE_POSITIONS 64

// Sets what reports have in common. It must not be called in a signal handler.
int crash_prepare_report(const char *mode, const char *id_prefix);
// Copies a string with its terminator. Returns -1 if it is too long.
int crash_copy(char *target, size_t size, const char *text);
// Composes the line that reports the crash.
void crash_compose_line(struct crash_text *text, const char *signal_name);
// Writes to standard error unless nothing reads from it, and waits a moment for the line to be read.
void crash_say(const struct crash_text *text);
// Writes the part that the next worker parses: the line, lines of a name and a value, and an empty line. `note` may be NULL.
void crash_write_report(int file, const struct crash_text *line, const char *signal_name, time_t time, const char *note);

// Creates and locks a file for the crash of a process in `directory`, which is created if it is missing. Returns -1 on failure.
// `is_first` is set to whether no other crash in that directory is writing its backtrace.
int crash_open_file(const char *directory, int is_shared, time_t time, pid_t process, int *is_first);

// Closes all descriptors from `first` upwards.
void crash_close_from(int first);

#endif
