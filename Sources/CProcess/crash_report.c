#define _GNU_SOURCE
#include "crash.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

// The time that the line may take to be written, and then again to be read, in milliseconds.
static const int longest_wait = 10;

static char mode[64];
static char id_prefix[32];

int crash_copy(char *target, size_t size, const char *text) {
    size_t length = strlen(text);
    if (length >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(target, text, length + 1);
    return 0;
}

int crash_prepare_report(const char *the_mode, const char *the_prefix) {
    return crash_copy(mode, sizeof mode, the_mode) == 0 ? crash_copy(id_prefix, sizeof id_prefix, the_prefix) : -1;
}

static void nap(long microseconds) {
    struct timespec time = {.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

static void add_exchange(struct crash_text *text, const struct crash_exchange *exchange) {
    crash_add(text, id_prefix);
    crash_add_hexadecimal(text, exchange->id);
}

// Finds the exchange of this thread's task, or the only one in flight.
static int find_exchange(struct crash_exchange *found) {
    int recorded = 0;
    for (int i = 0; i < CRASH_EXCHANGE_POSITIONS; i++) {
        struct crash_exchange exchange;
        if (!crash_exchange_at(i, &exchange)) continue;
        recorded++;
        if (recorded == 1 || exchange.is_current) *found = exchange;
        if (exchange.is_current) return 1;
    }
    return recorded == 1 && crash_exchange_count() == 1;
}

void crash_compose_line(struct crash_text *text, const char *signal_name) {
    struct crash_exchange exchange;
    int count = crash_exchange_count();
    int is_known = find_exchange(&exchange);
    crash_add(text, "[roadrunner-swift] crashed by ");
    crash_add(text, signal_name);
    if (is_known) {
        crash_add(text, exchange.is_current ? " while it handled " : " with a request in flight: ");
        crash_add_foreign(text, exchange.name, exchange.name_length);
        crash_add(text, " (request ");
        add_exchange(text, &exchange);
        crash_add(text, ", mode ");
    } else if (count > 0) {
        crash_add(text, " with ");
        crash_add_number(text, (uint64_t)count, 0);
        crash_add(text, count == 1 ? " request in flight (mode " : " requests in flight (mode ");
    } else {
        crash_add(text, " with no request in flight (mode ");
    }
    crash_add(text, mode);
    crash_add(text, ", pid ");
    crash_add_number(text, (uint64_t)getpid(), 0);
    crash_add(text, ")");
    if (is_known && count > 1) {
        crash_add(text, ", one of ");
        crash_add_number(text, (uint64_t)count, 0);
        crash_add(text, " requests in flight");
    }
    if (text->length == sizeof text->bytes) text->length--;
    crash_add(text, "\n");
}

static void write_text(int descriptor, const struct crash_text *text) {
    size_t done = 0;
    while (done < text->length) {
        ssize_t count = write(descriptor, text->bytes + done, text->length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        done += (size_t)count;
    }
}

static int is_unread(int descriptor) {
    struct stat information;
    int count = 0;
    if (fstat(descriptor, &information) != 0) return 0;
#if defined(__linux__)
    unsigned long request = S_ISSOCK(information.st_mode) ? TIOCOUTQ : FIONREAD;
#else
    unsigned long request = FIONREAD;
#endif
    if (!S_ISSOCK(information.st_mode) && !S_ISFIFO(information.st_mode)) return 0;
    return ioctl(descriptor, request, &count) == 0 && count > 0;
}

void crash_say(const struct crash_text *text) {
    struct pollfd descriptor = {.fd = 2, .events = POLLOUT};
    if (poll(&descriptor, 1, longest_wait) == 0 || (descriptor.revents & POLLOUT) == 0) return;
    write_text(2, text);
    for (int waited = 0; waited < longest_wait * 1000 && is_unread(2); waited += 250) nap(250);
}

void crash_write_report(int file, const struct crash_text *line, const char *signal_name, time_t time, const char *note) {
    static struct crash_text text;
    write_text(file, line);
    text.length = 0;
    crash_add(&text, "signal: ");
    crash_add(&text, signal_name);
    crash_add(&text, "\ntime: ");
    crash_add_time(&text, time, 1);
    crash_add(&text, "\nmode: ");
    crash_add(&text, mode);
    if (note != NULL) {
        crash_add(&text, "\nnote: ");
        crash_add(&text, note);
    }
    crash_add(&text, "\n");
    write_text(file, &text);

    struct crash_exchange exchange;
    int is_known = find_exchange(&exchange);
    const char *name = is_known ? exchange.name : NULL;
    if (is_known) {
        text.length = 0;
        crash_add(&text, "request: ");
        add_exchange(&text, &exchange);
        crash_add(&text, " ");
        crash_add_foreign(&text, exchange.name, exchange.name_length);
        crash_add(&text, "\n");
        write_text(file, &text);
    }
    for (int i = 0; i < CRASH_EXCHANGE_POSITIONS; i++) {
        if (!crash_exchange_at(i, &exchange) || exchange.name == name) continue;
        text.length = 0;
        crash_add(&text, "in flight: ");
        add_exchange(&text, &exchange);
        crash_add(&text, " ");
        crash_add_foreign(&text, exchange.name, exchange.name_length);
        crash_add(&text, "\n");
        write_text(file, &text);
    }
    text.length = 0;
    crash_add(&text, "\n");
    write_text(file, &text);
}
