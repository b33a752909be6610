#include "CProcess.h"
#include "crash.h"

#include <stdatomic.h>

struct slot {
    uint64_t id;
    // The Swift task that handles it.
    const void *task;
    // Zero until the name is complete.
    _Atomic(int) name_length;
    char name[ROADRUNNER_EXCHANGE_NAME_SIZE];
};

static struct slot slots[CRASH_EXCHANGE_POSITIONS];
// A bit for each slot that is taken.
static _Atomic(uint64_t) taken;
// Exchanges that found all slots taken.
static _Atomic(int) unrecorded;
static _Atomic(int) is_recording;

// From Swift's concurrency library: it reads a thread-local variable.
extern const void *swift_task_getCurrent(void) __attribute__((weak));

static const void *current_task(void) { return &swift_task_getCurrent ? swift_task_getCurrent() : NULL; }

void crash_record_exchanges(void) { atomic_store(&is_recording, 1); }

int roadrunner_exchange_begin(uint64_t id, char **name) {
    *name = NULL;
    if (!atomic_load_explicit(&is_recording, memory_order_relaxed)) return -1;
    uint64_t seen = atomic_load_explicit(&taken, memory_order_relaxed);
    while (~seen != 0) {
        int number = __builtin_ctzll(~seen);
        if (!atomic_compare_exchange_weak_explicit(
                &taken, &seen, seen | (1ull << number), memory_order_acquire, memory_order_relaxed)) {
            continue;
        }
        slots[number].id = id;
        slots[number].task = current_task();
        *name = slots[number].name;
        return number;
    }
    atomic_fetch_add_explicit(&unrecorded, 1, memory_order_relaxed);
    return CRASH_EXCHANGE_POSITIONS;
}

void roadrunner_exchange_name(int number, int length) {
    if (number < 0 || number >= CRASH_EXCHANGE_POSITIONS) return;
    atomic_store_explicit(&slots[number].name_length, length, memory_order_release);
}

void roadrunner_exchange_end(int number) {
    if (number < 0) return;
    if (number >= CRASH_EXCHANGE_POSITIONS) {
        atomic_fetch_sub_explicit(&unrecorded, 1, memory_order_relaxed);
        return;
    }
    atomic_store_explicit(&slots[number].name_length, 0, memory_order_relaxed);
    atomic_fetch_and_explicit(&taken, ~(1ull << number), memory_order_release);
}

int crash_exchange_count(void) {
    return __builtin_popcountll(atomic_load(&taken)) + atomic_load(&unrecorded);
}

int crash_exchange_at(int position, struct crash_exchange *exchange) {
    if ((atomic_load(&taken) & (1ull << position)) == 0) return 0;
    int length = atomic_load_explicit(&slots[position].name_length, memory_order_acquire);
    if (length <= 0) return 0;
    const void *task = current_task();
    exchange->id = slots[position].id;
    exchange->name = slots[position].name;
    exchange->name_length = length < ROADRUNNER_EXCHANGE_NAME_SIZE ? (size_t)length : ROADRUNNER_EXCHANGE_NAME_SIZE;
    exchange->is_current = task != NULL && task == slots[position].task;
    return 1;
}
