#ifndef ROADRUNNER_CSLOT_H
#define ROADRUNNER_CSLOT_H

#include <stdint.h>

// The slots of a shared pool. RoadRunner starts a pool's processes as usual; with APP_RUNTIME=shared each of them only hands its
// relay to one host process, and waits. A slot never reaches `main`: the decision is made, and the slot runs and exits, in a
// constructor.

/// The role of this process.
enum {
    /// Not part of a shared pool, or not yet.
    ROADRUNNER_SHARED_NONE = 0,
    /// The process that serves all slots.
    ROADRUNNER_SHARED_HOST = 1,
    /// A slot that found no host, and serves by itself.
    ROADRUNNER_SHARED_ALONE = 2,
};
int roadrunner_shared_role(void);

/// The reason why this process serves by itself.
const char *roadrunner_shared_reason(void);

/// Whether this process was a slot that a host served before: RoadRunner knows it already.
int roadrunner_shared_was_served(void);

/// The listening socket to which slots connect.
int roadrunner_shared_listener(void);

/// Marks this host as serving. Slots whose hosts end without this mark do not retry for ever, and slots of an older program move
/// only to a host that has it.
void roadrunner_shared_serves(uint8_t *memory);

/// Whether slots can no longer find this host, and could find another one: its socket was removed, or another host has its name.
int roadrunner_shared_has_lost_name(void);

/// Removes this host's name, so that slots no longer find it. It waits for a slot that is about to start a host.
void roadrunner_shared_give_up_name(void);

/// Whether another host has served the same pool for this many seconds, and still does: the host of another program, which has
/// replaced this one's.
int roadrunner_shared_has_successor(int seconds);

/// Runs this program from its beginning as a slot, with its relay where RoadRunner put it. It returns only on failure.
void roadrunner_shared_restart(int input, int output);

/// The number of slots that fit into the memory that they share with their host.
#define ROADRUNNER_SHARED_SLOTS 4095
/// The byte after theirs says whether the host has ever served.
#define ROADRUNNER_SHARED_SIZE (ROADRUNNER_SHARED_SLOTS + 1)

/// The value of a slot's byte when RoadRunner waits for nothing from it.
#define ROADRUNNER_SLOT_IDLE 0
/// The value of a slot's byte when another event loop or host will serve it.
#define ROADRUNNER_SLOT_MOVED 4

/// Creates that memory, and the descriptor by which slots get it. Returns NULL and sets `errno` on failure.
uint8_t *roadrunner_shared_make_memory(int *descriptor);

/// The flags of a slot's introduction.
enum {
    /// It hands over its relay; otherwise the host connects in its place.
    ROADRUNNER_SLOT_HAS_RELAY = 1,
    /// RoadRunner knows it already: another host served it before.
    ROADRUNNER_SLOT_WAS_SERVED = 2,
    /// Another program runs between RoadRunner and the slot.
    ROADRUNNER_SLOT_IS_WRAPPED = 4,
};

struct roadrunner_hello {
    uint32_t flags;
    int32_t pid;
    int standard_error;
    /// Both are -1 if it has no relay, and the same descriptor if the relay is a socket.
    int input;
    int output;
};

/// Accepts a slot. Returns -1 if none is waiting, -2 if it was refused, and -3 if this process can open no more descriptors.
int roadrunner_shared_accept(int listener);

/// Receives a slot's introduction. Returns 1, or 0 if it has not arrived yet, or -1 if the slot has ended or sent anything else.
int roadrunner_shared_receive_hello(int slot, struct roadrunner_hello *hello);

/// The kinds of messages from a host to a slot.
enum {
    /// The host has accepted the slot; with the shared memory's descriptor, and the slot's place in it.
    ROADRUNNER_HOST_ATTACHED = 1,
    /// The slot's relay, which the host has connected.
    ROADRUNNER_HOST_RELAY = 2,
    /// The slot must exit, with this exit code.
    ROADRUNNER_HOST_LEAVE = 3,
    /// This host takes no more slots.
    ROADRUNNER_HOST_GONE = 4,
};

/// Sends a message to a slot. `descriptor` may be -1. Returns 0, or -1 if the slot has ended.
int roadrunner_shared_tell(int slot, int kind, int value, int descriptor);

/// Raises the limit of open descriptors as far as this process is allowed to.
void roadrunner_shared_raise_limit(void);

#endif
