#include "slot.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t slot_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void slot_nap(int milliseconds) {
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    nanosleep(&time, NULL);
}

void slot_end_without_parent(const struct slot *slot) {
    // Another process has adopted this one, which is no longer needed.
    if (getppid() != slot->parent) _exit(0);
}

static int is_host_of_this_user(int host) {
#if defined(__linux__)
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    return getsockopt(host, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 && credentials.uid == geteuid();
#else
    uid_t user;
    gid_t group;
    return getpeereid(host, &user, &group) == 0 && user == geteuid();
#endif
}

static int is_missing(int code) { return code == ENOENT || code == ECONNREFUSED; }

// Connects to the host, which it may have to start. Returns 1; 0 if it is worth trying again; -1 if it is not.
static int find_host(struct slot *slot, int64_t deadline) {
    slot->host = slot_connect(slot->path);
    if (slot->host < 0 && is_missing(errno)) {
        int lock = slot_lock(slot, deadline);
        if (lock < 0) return -1;
        // Another slot may have started one in the meantime.
        slot->host = slot_connect(slot->path);
        if (slot->host < 0 && is_missing(errno)) {
            // The host that this slot started has ended already, and has logged the reason. RoadRunner waits for nothing from a
            // slot that was served.
            int most_starts = slot->flags & ROADRUNNER_SLOT_WAS_SERVED ? 5 : 1;
            if (slot->starts >= most_starts) _exit(1);
            if (slot_start_host(slot) != 0) {
                slot_unlock(lock);
                return -1;
            }
            slot->starts++;
            slot->host = slot_connect(slot->path);
        }
        slot_unlock(lock);
    }
    if (slot->host >= 0 && !is_host_of_this_user(slot->host)) {
        snprintf(slot->reason, sizeof slot->reason, "the process that listens on %s belongs to another user", slot->path);
        close(slot->host);
        slot->host = -1;
        return -1;
    }
    return slot->host >= 0 ? 1 : 0;
}

// Waits for the host's first message. Returns 1 once the host has accepted this slot, 0 if it does not, and -1 if it does not
// respond.
static int await_host(struct slot *slot, int64_t deadline) {
    for (;;) {
        struct slot_message message;
        int descriptor = -1;
        int result = slot_receive(slot->host, &message, &descriptor);
        if (result > 0 && message.kind == ROADRUNNER_HOST_ATTACHED && descriptor >= 0 && message.value < ROADRUNNER_SHARED_SLOTS) {
            void *memory = mmap(NULL, ROADRUNNER_SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
            close(descriptor);
            if (memory == MAP_FAILED) return 0;
            slot->memory = memory;
            slot->place = message.value;
            return 1;
        }
        if (descriptor >= 0) close(descriptor);
        if (result != 0) return 0;
        int64_t left = deadline - slot_now();
        if (left <= 0) {
            snprintf(slot->reason, sizeof slot->reason, "the host that listens on %s does not answer", slot->path);
            return -1;
        }
        slot_end_without_parent(slot);
        struct pollfd host = {.fd = slot->host, .events = POLLIN};
        poll(&host, 1, left < 500 ? (int)left : 500);
    }
}

int slot_attach(struct slot *slot) {
    int64_t deadline = slot_now() + SLOT_TIMEOUT;
    slot->starts = 0;
    snprintf(slot->reason, sizeof slot->reason, "no host has accepted it");
    while (slot_now() < deadline) {
        slot_end_without_parent(slot);
        int found = find_host(slot, deadline);
        if (found < 0) return -1;
        if (found > 0) {
            int result = slot_introduce(slot) == 0 ? await_host(slot, deadline) : 0;
            if (result > 0) return 0;
            close(slot->host);
            slot->host = -1;
            if (result < 0) return -1;
        }
        // The host is about to end, or its queue of connections is full.
        slot_nap(5);
    }
    return -1;
}
