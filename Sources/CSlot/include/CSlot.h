#ifndef ROADRUNNER_CSLOT_H
#define ROADRUNNER_CSLOT_H

#include <stdint.h>

// The slots of a shared pool. RoadRunner starts a pool's processes as ever; with APP_RUNTIME=shared each of them only hands its relay to one
// host process, and waits. A slot never reaches `main`: it is decided, runs and ends in a constructor.

/// What this process is.
enum {
    /// No part of a shared pool, or not yet.
    ROADRUNNER_SHARED_NONE = 0,
    /// The process that serves all slots.
    ROADRUNNER_SHARED_HOST = 1,
    /// A slot that has found no host, and serves by itself.
    ROADRUNNER_SHARED_ALONE = 2,
};
int roadrunner_shared_role(void);

/// Why this process serves by itself.
const char *roadrunner_shared_reason(void);

/// Whether this process was a slot that a host has served: RoadRunner knows it already.
int roadrunner_shared_was_served(void);

/// Where slots connect to this host.
int roadrunner_shared_listener(void);

/// Slots are served from now on. The slots of a host that has ended without it do not go on forever, and those of an older program follow
/// only to a host that serves.
void roadrunner_shared_serves(uint8_t *memory);

/// Whether slots cannot find this host any more, and could find another one: its socket was removed, or another host has its name.
int roadrunner_shared_has_lost_name(void);

/// Whoever looks for this host finds none from now on. It waits for who is about to start one.
void roadrunner_shared_give_up_name(void);

/// Whether another host has served the same pool for so many seconds, and still does: that of another program, which has taken the place of
/// this one's.
int roadrunner_shared_has_successor(int seconds);

/// Runs this program from its beginning as a slot, with its relay where RoadRunner has put it. It returns where that fails.
void roadrunner_shared_restart(int input, int output);

/// So many slots fit into the memory that they share with their host.
#define ROADRUNNER_SHARED_SLOTS 4095
/// The byte after theirs says whether the host has ever served.
#define ROADRUNNER_SHARED_SIZE (ROADRUNNER_SHARED_SLOTS + 1)

/// What the byte of a slot says there when RoadRunner waits for nothing from it.
#define ROADRUNNER_SLOT_IDLE 0
/// The same, of a slot that another event loop or host is to serve.
#define ROADRUNNER_SLOT_MOVED 4

/// Makes that memory, and the descriptor by which slots get it. Returns NULL, and sets `errno`, where that fails.
uint8_t *roadrunner_shared_make_memory(int *descriptor);

/// How a slot introduces itself.
enum {
    /// It hands over its relay; otherwise the host connects in its place.
    ROADRUNNER_SLOT_HAS_RELAY = 1,
    /// RoadRunner knows it already: another host has served it.
    ROADRUNNER_SLOT_WAS_SERVED = 2,
    /// Another program stands between RoadRunner and it.
    ROADRUNNER_SLOT_IS_WRAPPED = 4,
};

struct roadrunner_hello {
    uint32_t flags;
    int32_t pid;
    int standard_error;
    /// Both are -1 where it has no relay, and the same where that is a socket.
    int input;
    int output;
};

/// Accepts a slot. Returns -1 where none waits, -2 where it was refused, and -3 where this process can have no more descriptors.
int roadrunner_shared_accept(int listener);

/// Receives a slot's introduction. Returns 1, or 0 where it has not come yet, or -1 where it has ended or is none.
int roadrunner_shared_receive_hello(int slot, struct roadrunner_hello *hello);

/// What a host tells a slot.
enum {
    /// It is the host's from now on; with the shared memory's descriptor and its place in it.
    ROADRUNNER_HOST_ATTACHED = 1,
    /// Its relay, which the host has connected.
    ROADRUNNER_HOST_RELAY = 2,
    /// It is to end, with this exit code.
    ROADRUNNER_HOST_LEAVE = 3,
    /// This host takes no more slots.
    ROADRUNNER_HOST_GONE = 4,
};

/// Tells a slot something. `descriptor` may be -1. Returns 0, or -1 where the slot has ended.
int roadrunner_shared_tell(int slot, int kind, int value, int descriptor);

/// Raises the limit of descriptors as far as this process may.
void roadrunner_shared_raise_limit(void);

#endif
