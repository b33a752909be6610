#ifndef ROADRUNNER_SLOT_H
#define ROADRUNNER_SLOT_H

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "CSlot.h"

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

// How long a slot looks for a host, in milliseconds. RoadRunner kills a worker ten seconds after it was asked to stop.
#define SLOT_TIMEOUT 10000

// The environment variable that passes the role to the program that a slot runs.
#define SLOT_ROLE_VARIABLE "RR_SHARED_ROLE"

// The state of a slot.
struct slot {
    // The parent process, which is taken for RoadRunner.
    pid_t parent;
    // The relay: both are -1 until the host has connected it.
    int input;
    int output;
    uint32_t flags;
    // The path of the host's socket, and of the file that is locked while the socket is created or removed.
    char path[108];
    char lock_path[120];
    // The connection to the host, the memory shared with it, and this slot's place there.
    int host;
    volatile uint8_t *memory;
    int place;
    // Whether the last host has ever served.
    int has_seen_service;
    // The number of hosts that this slot started and that did not accept it.
    int starts;
    // The reason why there is no host.
    char reason[256];
};

// MARK: Names (slot_name.c)

// Finds the path at which the host of this pool listens. Returns -1 and sets the reason if there is no place for it.
int slot_find_name(struct slot *slot, const char *mode);

// MARK: The lock (slot_lock.c)

// Returns the locked file, or -1 with the reason set.
int slot_lock(struct slot *slot, int64_t deadline);
void slot_unlock(int lock);
// Copies the directory of `path`. Returns the beginning of the name within it, or NULL if there is no directory.
const char *slot_split_path(const char *path, char directory[108]);
// Returns a connection, or -1 with `errno` set.
int slot_connect(const char *path);
// Removes the files that hosts of ended RoadRunner processes left in the directory of `path`.
void slot_prune(const char *path);

// Whether another host serves the same pool, with a socket newer than the one at `own_path` (slot_successor.c).
int slot_has_successor(const char *own_path, int seconds);

// MARK: Starting a host (slot_start.c)

// Creates the socket and starts a host that listens on it; the caller holds the lock. Returns -1 and sets the reason on failure.
int slot_start_host(struct slot *slot);
// Runs this program again, in place of this process. It returns only on failure.
void slot_execute(const char *variable, const char *value);
char **slot_environment(void);

// MARK: Messages (slot_message.c)

struct slot_message {
    uint32_t magic;
    uint16_t kind;
    uint16_t value;
};

int slot_introduce(struct slot *slot);
// Returns 1, or 0 if nothing has arrived, or -1 if the host has ended or sent anything but a message.
int slot_receive(int host, struct slot_message *message, int *descriptor);

// MARK: The slot itself (slot_attach.c, slot_wait.c)

// Returns -1 and sets the reason if no host accepts the slot in time.
int slot_attach(struct slot *slot);
// The reason why the wait ended.
enum slot_end { SLOT_LEAVES, SLOT_HOST_ENDED };
enum slot_end slot_wait(struct slot *slot, int *code);

int64_t slot_now(void);
void slot_nap(int milliseconds);
void slot_end_without_parent(const struct slot *slot);

#endif
