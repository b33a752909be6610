#ifndef ROADRUNNER_CPROCESS_H
#define ROADRUNNER_CPROCESS_H

#include <stdint.h>

/// Opens a descriptor that is readable once the process `pid` has ended; close-on-exec is set.
///
/// Returns -1, and sets `errno`, where the system has none: `ENOSYS` on anything but Linux 5.3 and later.
int roadrunner_pidfd_open(int pid);

/// Takes a name that one process of this machine has at a time, as long as it lives or until the descriptor is closed.
///
/// - name: 107 bytes at most.
///
/// Returns the descriptor, with close-on-exec set; -1, and sets `errno`, where another process has the name (`EADDRINUSE`), and
/// where the system has no such names (`ENOSYS`: all but Linux).
int roadrunner_claim_name(const char *name);

/// Gives the calling thread a stack for signal handlers, unless it has one that is large enough. It ends with the thread.
///
/// Without it nobody hears of a stack overflow, since the handler would need the stack that is full.
void roadrunner_use_signal_stack(void);

/// Handles fatal signals from now on, before the handlers that are installed now.
///
/// - mode: for the line on standard error.
/// - id_prefix: what ids of exchanges begin with, before the 16 digits of `roadrunner_exchange_begin`.
/// - directory: where files are written, an absolute path; it is made when it is needed.
/// - fallback: where they are written when that fails, an absolute path. Only this user may write there.
///
/// Returns -1, and sets `errno`, where a text is too long.
int roadrunner_crash_install(const char *mode, const char *id_prefix, const char *directory, const char *fallback);

/// Says by which descriptor the relay ends: what is written to it goes to RoadRunner. Without one a crash closes all.
void roadrunner_crash_set_relay(int output);

/// Longest name of an exchange that is kept, in bytes.
#define ROADRUNNER_EXCHANGE_NAME_SIZE 256

/// An exchange is in hand, and the current Swift task handles it.
///
/// `name` is where its name is written, ROADRUNNER_EXCHANGE_NAME_SIZE bytes at most, before `roadrunner_exchange_name`; it is NULL where
/// nobody would read it.
///
/// Returns a number for `roadrunner_exchange_end`, -1 where no handler is installed. It neither allocates nor waits.
int roadrunner_exchange_begin(uint64_t id, char **name);

/// The name was written.
void roadrunner_exchange_name(int number, int length);

/// The exchange is done with.
void roadrunner_exchange_end(int number);

/// What a byte says that tells of a relay's state: see `SlotActivity`.
enum {
    /// RoadRunner waits for nothing from it.
    ROADRUNNER_RELAY_IDLE = 0,
    /// Something was read for which RoadRunner may wait.
    ROADRUNNER_RELAY_BUSY = 1,
    /// Nobody has read from it yet.
    ROADRUNNER_RELAY_NEW = 2,
    /// Another thread than its own reads from it.
    ROADRUNNER_RELAY_CLAIMED = 3,
    /// Nobody reads from it here any more, and nothing is owed: it is served elsewhere.
    ROADRUNNER_RELAY_MOVED = 4,
};

/// Whether a thread handles a crash. The others go on for a moment, with descriptors that are closed by then: they must not say that they
/// read what they cannot answer any more.
extern volatile int roadrunner_is_crashing;

/// Says that something is about to be read. Returns 0 where another thread reads, or nobody may.
static inline int roadrunner_relay_begin(uint8_t *state) {
    if (roadrunner_is_crashing) return 0;
    uint8_t seen = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    while (seen != ROADRUNNER_RELAY_BUSY) {
        if (seen == ROADRUNNER_RELAY_CLAIMED || seen == ROADRUNNER_RELAY_MOVED) return 0;
        if (__atomic_compare_exchange_n(state, &seen, ROADRUNNER_RELAY_BUSY, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return 1;
    }
    return 1;
}

/// Takes a relay from which nothing was read that is not done with. Returns what it was, or -1 where its own thread is reading.
static inline int roadrunner_relay_claim(uint8_t *state) {
    if (roadrunner_is_crashing) return -1;
    uint8_t seen = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    while (seen == ROADRUNNER_RELAY_IDLE || seen == ROADRUNNER_RELAY_NEW) {
        if (__atomic_compare_exchange_n(state, &seen, ROADRUNNER_RELAY_CLAIMED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return seen;
    }
    return -1;
}

/// Says what a relay is from now on.
static inline void roadrunner_relay_set(uint8_t *state, uint8_t value) { __atomic_store_n(state, value, __ATOMIC_RELEASE); }

static inline uint8_t roadrunner_relay_state(const uint8_t *state) { return __atomic_load_n(state, __ATOMIC_ACQUIRE); }

/// Reads what can be read at once, and leaves it there. Returns how much, or -1 where there is nothing, or the system cannot.
long roadrunner_peek(int descriptor, void *bytes, unsigned long length);

/// Makes a pipe whose ends programs that are started do not inherit, not even between two calls where the system can.
int roadrunner_pipe_cloexec(int ends[2]);

/// As `mkstemp`, with close-on-exec set, not even between two calls unset where the system can.
int roadrunner_mkstemp_cloexec(char *path);

#endif
