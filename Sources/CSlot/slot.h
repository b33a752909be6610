#ifndef ROADRUNNER_SLOT_H
#define ROADRUNNER_SLOT_H

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "CSlot.h"

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

// How long a slot looks for a host, in milliseconds. RoadRunner kills a worker ten seconds after it was told to stop.
#define SLOT_PATIENCE 10000

// The variable by which a slot tells the program that it runs what it is.
#define SLOT_ROLE_VARIABLE "RR_SHARED_ROLE"

// What a slot knows of itself.
struct slot {
    // RoadRunner, as far as can be known: the parent.
    pid_t parent;
    // The relay: both are -1 until the host has connected it.
    int input;
    int output;
    uint32_t flags;
    // Of the host: where it listens, and the file that who makes or removes it locks.
    char path[108];
    char lock_path[120];
    // The host: its connection, and what it has said of this slot.
    int host;
    volatile uint8_t *memory;
    int place;
    // Whether the last host has ever served.
    int has_seen_service;
    // How many hosts this slot has started that have not taken it.
    int starts;
    // Why there is no host.
    char reason[256];
};

// MARK: Names (slot_name.c)

// Finds where the host of this pool listens. Returns -1, and the reason, where there is no place for it.
int slot_find_name(struct slot *slot, const char *mode);

// MARK: The lock (slot_lock.c)

// Returns the locked file, or -1 and the reason.
int slot_lock(struct slot *slot, int64_t deadline);
void slot_unlock(int lock);
// Copies the directory of `path`. Returns where the name within it begins, or NULL where there is no directory.
const char *slot_split_path(const char *path, char directory[108]);
// Returns a connection, or -1 and `errno`.
int slot_connect(const char *path);
// Removes what hosts of ended RoadRunners have left in the directory of `path`.
void slot_prune(const char *path);

// Whether there is another host for the same pool that serves, made later than the one at `own_path` (slot_successor.c).
int slot_has_successor(const char *own_path, int seconds);

// MARK: Starting a host (slot_start.c)

// Makes the socket and starts a host that listens on it; the lock is held. Returns -1, and the reason, where that fails.
int slot_start_host(struct slot *slot);
// Runs this program again, in place of this process. It returns where that fails.
void slot_execute(const char *variable, const char *value);
char **slot_environment(void);

// MARK: Messages (slot_message.c)

struct slot_message {
    uint32_t magic;
    uint16_t kind;
    uint16_t value;
};

int slot_introduce(struct slot *slot);
// Returns 1, or 0 where nothing has come, or -1 where the host has ended or says what is no message.
int slot_receive(int host, struct slot_message *message, int *descriptor);

// MARK: The slot itself (slot_attach.c, slot_wait.c)

// Returns -1, and the reason, where there is no host to be had in time.
int slot_attach(struct slot *slot);
// What has ended the wait.
enum slot_end { SLOT_LEAVES, SLOT_HOST_ENDED };
enum slot_end slot_wait(struct slot *slot, int *code);

int64_t slot_now(void);
void slot_nap(int milliseconds);
void slot_end_without_parent(const struct slot *slot);

#endif
