#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

// A slot gives up once this many hosts in succession have ended before they served.
#define MOST_HOSTS 5

static int role = ROADRUNNER_SHARED_NONE;
static int listener = -1;
static char socket_path[108];
// Identifies the socket itself: another one may get its name.
static struct stat socket_file;
static char reason[256];
static int was_served;

int roadrunner_shared_role(void) { return role; }
const char *roadrunner_shared_reason(void) { return reason; }
int roadrunner_shared_was_served(void) { return was_served; }
int roadrunner_shared_listener(void) { return listener; }

static int is_own_socket(void) {
    struct stat found;
    return lstat(socket_path, &found) == 0 && found.st_ino == socket_file.st_ino && found.st_dev == socket_file.st_dev;
}

void roadrunner_shared_serves(uint8_t *memory) {
    __atomic_store_n(&memory[ROADRUNNER_SHARED_SLOTS], 1, __ATOMIC_RELEASE);
    if (role == ROADRUNNER_SHARED_HOST && socket_path[0] != 0 && is_own_socket()) (void)chmod(socket_path, 0700);
}

int roadrunner_shared_has_lost_name(void) {
    if (role != ROADRUNNER_SHARED_HOST || socket_path[0] == 0 || is_own_socket()) return 0;
    char directory[108];
    if (slot_split_path(socket_path, directory) == NULL) return 0;
    // If there can be no other host, the slots of this one are better off with it.
    return mkdir(directory, 0700) == 0 || access(directory, W_OK | X_OK) == 0;
}

void roadrunner_shared_give_up_name(void) {
    if (role != ROADRUNNER_SHARED_HOST || socket_path[0] == 0) return;
    struct slot slot;
    memset(&slot, 0, sizeof slot);
    slot.parent = getppid();
    snprintf(slot.path, sizeof slot.path, "%s", socket_path);
    snprintf(slot.lock_path, sizeof slot.lock_path, "%s.lock", socket_path);
    int is_own = is_own_socket();
    socket_path[0] = 0;
    // A slot that holds it is about to find this host, which is still there: without the lock there is a second host at worst.
    int lock = slot_lock(&slot, slot_now() + 100);
    if (is_own) {
        unlink(slot.path);
        unlink(slot.lock_path);
    }
    if (lock >= 0) slot_unlock(lock);
}

int roadrunner_shared_has_successor(int seconds) {
    return role == ROADRUNNER_SHARED_HOST && socket_path[0] != 0 && slot_has_successor(socket_path, seconds);
}

void roadrunner_shared_restart(int input, int output) {
    dup2(input, 0);
    dup2(output, 1);
    slot_execute("APP_RUNTIME", "shared");
}

static void ignore_signals(void) {
    // Requests may be in flight when the whole process group is asked to stop. The host decides when the slot ends.
    static const int numbers[] = {SIGTERM, SIGINT, SIGPIPE, SIGCHLD};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) sigaction(numbers[i], &action, NULL);
}

static void heed_signals(void) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGPIPE, SIGCHLD};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) signal(numbers[i], SIG_DFL);
}

static int has_pipes(void) {
    const char *relay = getenv("RR_RELAY");
    return relay == NULL || strcmp(relay, "pipes") == 0;
}

// Runs the slot and exits the process, unless it has to serve by itself.
static void run(const char *mode) {
    static struct slot slot;
    slot.parent = getppid();
    slot.host = -1;
    slot.input = -1;
    slot.output = -1;
    int is_piped = has_pipes();
    if (is_piped) {
        slot.input = 0;
        slot.output = 1;
        slot.flags = ROADRUNNER_SLOT_HAS_RELAY;
    }
    // RoadRunner makes each worker the leader of a process group.
    if (getpgrp() != getpid() && getpgrp() == slot.parent) slot.flags |= ROADRUNNER_SLOT_IS_WRAPPED;
    ignore_signals();
    int found = slot_find_name(&slot, mode);
    for (int hosts = 0; found == 0 && hosts < MOST_HOSTS; hosts++) {
        found = slot_attach(&slot);
        if (found != 0) break;
        int code = 0;
        if (slot_wait(&slot, &code) == SLOT_LEAVES) _exit(code);
        slot.flags |= ROADRUNNER_SLOT_WAS_SERVED;
        // The next host may serve as well, however often clients make the program crash. Only hosts that end at once must not keep
        // the processor busy.
        if (slot.has_seen_service) hosts = -1;
        slot_nap(200 * (hosts + 1));
    }
    // By itself it would do no better. The last host has logged the reason.
    if (found == 0) _exit(1);
    // Only the host could connect to RoadRunner again; RoadRunner would take a connection from here for another worker.
    if (slot.flags & ROADRUNNER_SLOT_WAS_SERVED && !is_piped) _exit(1);
    snprintf(reason, sizeof reason, "%s", slot.reason);
    was_served = (slot.flags & ROADRUNNER_SLOT_WAS_SERVED) != 0;
    role = ROADRUNNER_SHARED_ALONE;
    heed_signals();
}

// host:DESCRIPTOR:PATH
static void be_host(const char *text) {
    char *end = NULL;
    long number = strtol(text, &end, 10);
    struct stat information;
    if (end == text || *end != ':' || number < 3 || number > INT_MAX || fstat((int)number, &information) != 0
        || !S_ISSOCK(information.st_mode) || strlen(end + 1) >= sizeof socket_path) {
        return;
    }
    listener = (int)number;
    (void)fcntl(listener, F_SETFD, FD_CLOEXEC);
    snprintf(socket_path, sizeof socket_path, "%s", end + 1);
    // The slot that started this process has just created it.
    if (lstat(socket_path, &socket_file) != 0) memset(&socket_file, 0, sizeof socket_file);
    role = ROADRUNNER_SHARED_HOST;
}

static void name_process(void) {
#if defined(__linux__)
    // It was started as /proc/self/exe.
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    if (name != NULL) prctl(PR_SET_NAME, name + 1, 0, 0, 0);
#endif
}

__attribute__((constructor(101))) static void decide(void) {
    const char *given = getenv(SLOT_ROLE_VARIABLE);
    if (given != NULL) {
        if (strncmp(given, "host:", 5) == 0) be_host(given + 5);
        // Programs that this one starts must not inherit it.
        unsetenv(SLOT_ROLE_VARIABLE);
        name_process();
        return;
    }
    const char *runtime = getenv("APP_RUNTIME");
    const char *mode = getenv("RR_MODE");
    if (runtime == NULL || strcmp(runtime, "shared") != 0 || mode == NULL || *mode == 0) return;
    run(mode);
}
