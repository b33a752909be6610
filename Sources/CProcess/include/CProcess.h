#ifndef ROADRUNNER_CPROCESS_H
#define ROADRUNNER_CPROCESS_H

#include <stdint.h>

/// Opens a descriptor that is readable once the process `pid` has ended; close-on-exec is set.
///
/// Returns -1 and sets `errno` where the system has no such descriptors: `ENOSYS` on anything but Linux 5.3 and later.
int roadrunner_pidfd_open(int pid);

/// Claims a name that only one process on this machine can hold, until it exits or closes the descriptor.
///
/// - name: 107 bytes at most.
///
/// Returns the descriptor, with close-on-exec set. Returns -1 and sets `errno` if another process holds the name (`EADDRINUSE`), or
/// if the system has no such names (`ENOSYS`: all but Linux).
int roadrunner_claim_name(const char *name);

/// Gives the calling thread a stack for signal handlers, unless it has one that is large enough. It is released when the thread
/// ends.
///
/// Without it a stack overflow is not reported, since the handler would need the stack that is full.
void roadrunner_use_signal_stack(void);

/// Installs handlers of fatal signals, which run before the handlers that are installed now.
///
/// - mode: the worker's mode, for the line on standard error.
/// - id_prefix: the beginning of the ids of exchanges, before the 16 digits of the id that `roadrunner_exchange_begin` takes.
/// - directory: the directory of crash files, an absolute path; it is created when it is needed.
/// - fallback: the directory to use when that fails, an absolute path. Only this user may write there.
///
/// Returns -1 and sets `errno` if a string is too long.
int roadrunner_crash_install(const char *mode, const char *id_prefix, const char *directory, const char *fallback);

/// Sets the descriptor that leads to RoadRunner, which a crash closes. Without one a crash closes all descriptors.
void roadrunner_crash_set_relay(int output);

/// The longest name of an exchange that is recorded, in bytes.
#define ROADRUNNER_EXCHANGE_NAME_SIZE 256

/// Records an exchange in flight that the current Swift task handles.
///
/// `name` is set to memory for the exchange's name, ROADRUNNER_EXCHANGE_NAME_SIZE bytes at most, which is written before
/// `roadrunner_exchange_name` is called; it is set to NULL if the name would never be read.
///
/// Returns a number for `roadrunner_exchange_end`, or -1 if no handler is installed. It neither allocates nor blocks.
int roadrunner_exchange_begin(uint64_t id, char **name);

/// Marks the name of an exchange as written; it is `length` bytes long.
void roadrunner_exchange_name(int number, int length);

/// Ends the record of an exchange.
void roadrunner_exchange_end(int number);

/// The state of a relay, kept in one byte: see `SlotActivity`.
enum {
    /// RoadRunner waits for nothing from it.
    ROADRUNNER_RELAY_IDLE = 0,
    /// Something was read, and RoadRunner may be waiting for the response.
    ROADRUNNER_RELAY_BUSY = 1,
    /// Nothing was read from it yet.
    ROADRUNNER_RELAY_NEW = 2,
    /// A thread other than its own reads from it.
    ROADRUNNER_RELAY_CLAIMED = 3,
    /// It is served elsewhere: this process no longer reads from it, and nothing is owed.
    ROADRUNNER_RELAY_MOVED = 4,
};

/// Whether a thread is handling a crash. The other threads run on for a moment while their descriptors are already closed: they
/// must not claim to have read what they can no longer answer.
extern volatile int roadrunner_is_crashing;

/// Marks a relay as busy before something is read from it. Returns 0 if another thread is reading, or if reading is not allowed.
static inline int roadrunner_relay_begin(uint8_t *state) {
    if (roadrunner_is_crashing) return 0;
    uint8_t seen = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    while (seen != ROADRUNNER_RELAY_BUSY) {
        if (seen == ROADRUNNER_RELAY_CLAIMED || seen == ROADRUNNER_RELAY_MOVED) return 0;
        if (__atomic_compare_exchange_n(state, &seen, ROADRUNNER_RELAY_BUSY, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return 1;
    }
    return 1;
}

/// Claims a relay that has nothing in flight. Returns its previous state, or -1 if it cannot be claimed, such as while its own
/// thread is reading.
static inline int roadrunner_relay_claim(uint8_t *state) {
    if (roadrunner_is_crashing) return -1;
    uint8_t seen = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    while (seen == ROADRUNNER_RELAY_IDLE || seen == ROADRUNNER_RELAY_NEW) {
        if (__atomic_compare_exchange_n(state, &seen, ROADRUNNER_RELAY_CLAIMED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return seen;
    }
    return -1;
}

/// Sets the state of a relay.
static inline void roadrunner_relay_set(uint8_t *state, uint8_t value) { __atomic_store_n(state, value, __ATOMIC_RELEASE); }

static inline uint8_t roadrunner_relay_state(const uint8_t *state) { return __atomic_load_n(state, __ATOMIC_ACQUIRE); }

/// Copies bytes that can be read at once, without consuming them. Returns their number, or -1 if there are none or the system does
/// not support it.
long roadrunner_peek(int descriptor, void *bytes, unsigned long length);

/// Creates a pipe with close-on-exec set on both ends, atomically where the system supports it.
int roadrunner_pipe_cloexec(int ends[2]);

/// Like `mkstemp`, with close-on-exec set, atomically where the system supports it.
int roadrunner_mkstemp_cloexec(char *path);

#endif
