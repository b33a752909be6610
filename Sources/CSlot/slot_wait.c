#include "slot.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#if defined(SYS_pidfd_open)
#define PIDFD_OPEN SYS_pidfd_open
#else
// The number is the same on all architectures.
#define PIDFD_OPEN 434
#endif
#endif

// The interval at which the parent is checked where the system has no descriptor for it, in milliseconds.
static const int parent_interval = 5000;

// Returns a descriptor that is readable once RoadRunner has ended, which the host may be too busy to notice.
static int watch_parent(const struct slot *slot) {
#if defined(__linux__)
    return (int)syscall(PIDFD_OPEN, slot->parent, 0);
#else
    (void)slot;
    return -1;
#endif
}

static void forget_memory(struct slot *slot) {
    munmap((void *)(uintptr_t)slot->memory, ROADRUNNER_SHARED_SIZE);
    slot->memory = NULL;
}

// Keeps the relay that the host has connected, for the next host.
static void keep_relay(struct slot *slot, int descriptor) {
    if (descriptor < 0) return;
    if (slot->input >= 0) close(slot->input);
    slot->input = descriptor;
    slot->output = descriptor;
    slot->flags |= ROADRUNNER_SLOT_HAS_RELAY;
}

// Returns 1 if the wait is over.
static int receive_all(struct slot *slot, enum slot_end *end, int *code) {
    for (;;) {
        struct slot_message message;
        int descriptor = -1;
        int result = slot_receive(slot->host, &message, &descriptor);
        if (result == 0) return 0;
        if (result > 0 && message.kind == ROADRUNNER_HOST_RELAY) {
            keep_relay(slot, descriptor);
            continue;
        }
        if (descriptor >= 0) close(descriptor);
        if (result > 0 && message.kind != ROADRUNNER_HOST_LEAVE) continue;
        *end = result > 0 ? SLOT_LEAVES : SLOT_HOST_ENDED;
        *code = result > 0 ? message.value : 0;
        return 1;
    }
}

enum slot_end slot_wait(struct slot *slot, int *code) {
    enum slot_end end = SLOT_HOST_ENDED;
    int parent = watch_parent(slot);
    int64_t deadline = -1;
    while (!receive_all(slot, &end, code)) {
        if (getppid() != slot->parent) {
            // The relay has ended as well: the host releases this slot, if it can.
            if (deadline < 0) deadline = slot_now() + SLOT_TIMEOUT;
            if (slot_now() >= deadline) _exit(1);
        }
        struct pollfd descriptors[2] = {{.fd = slot->host, .events = POLLIN}, {.fd = deadline < 0 ? parent : -1, .events = POLLIN}};
        int timeout = deadline >= 0 ? 100 : parent >= 0 ? -1 : parent_interval;
        poll(descriptors, 2, timeout);
        // RoadRunner has ended, and the pid of the parent changes in a moment.
        if (descriptors[1].revents != 0 && getppid() == slot->parent) slot_nap(1);
    }
    if (parent >= 0) close(parent);
    close(slot->host);
    slot->host = -1;
    if (end == SLOT_LEAVES) return end;
    uint8_t state = slot->memory[slot->place];
    slot->has_seen_service = slot->memory[ROADRUNNER_SHARED_SLOTS] != 0;
    forget_memory(slot);
    // RoadRunner waits for a response, or for the handshake, that can no longer come: it notices when this process ends.
    if (state != ROADRUNNER_SLOT_IDLE && state != ROADRUNNER_SLOT_MOVED) {
        end = SLOT_LEAVES;
        *code = 1;
    }
    return end;
}
