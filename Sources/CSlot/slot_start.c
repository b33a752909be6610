#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <crt_externs.h>
#include <mach-o/dyld.h>
#else
extern char **environ;
#endif

// As many slots as RoadRunner allows may connect before the host accepts the first one.
#define BACKLOG 1024

char **slot_environment(void) {
#if defined(__APPLE__)
    return *_NSGetEnviron();
#else
    return environ;
#endif
}

// The arguments of this process; their memory is never released.
static char **arguments(void) {
#if defined(__APPLE__)
    return *_NSGetArgv();
#else
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    char *text = NULL;
    size_t length = 0;
    for (;;) {
        char *larger = realloc(text, length + 4096 + 1);
        ssize_t count = larger != NULL ? read(file, larger + length, 4096) : -1;
        if (larger != NULL) text = larger;
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        length += (size_t)count;
    }
    close(file);
    if (text == NULL || length == 0) return NULL;
    text[length] = 0;
    size_t number = 0;
    for (size_t i = 0; i < length; i++) number += text[i] == 0;
    char **list = calloc(number + 2, sizeof *list);
    if (list == NULL) return NULL;
    size_t index = 0;
    for (size_t i = 0; i < length; i += strlen(text + i) + 1) list[index++] = text + i;
    return list;
#endif
}

// This process's environment with one more variable, which replaces one of the same name.
static char **environment_with(const char *variable, const char *value) {
    char **current = slot_environment();
    size_t number = 0;
    while (current != NULL && current[number] != NULL) number++;
    char **list = calloc(number + 2, sizeof *list);
    size_t length = strlen(variable);
    char *entry = malloc(length + strlen(value) + 2);
    if (list == NULL || entry == NULL) return NULL;
    sprintf(entry, "%s=%s", variable, value);
    size_t index = 0;
    for (size_t i = 0; i < number; i++) {
        if (strncmp(current[i], variable, length) == 0 && current[i][length] == '=') continue;
        list[index++] = current[i];
    }
    list[index] = entry;
    return list;
}

static void restore_signals(void) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGPIPE, SIGCHLD};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) sigaction(numbers[i], &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void execute(char **list, char **environment) {
    if (list == NULL || environment == NULL) return;
#if defined(__APPLE__)
    char path[PATH_MAX];
    uint32_t size = sizeof path;
    if (_NSGetExecutablePath(path, &size) == 0) execve(path, list, environment);
#else
    // The file that this process runs, even when another one has replaced it.
    execve("/proc/self/exe", list, environment);
#endif
}

void slot_execute(const char *variable, const char *value) {
    restore_signals();
    execute(arguments(), environment_with(variable, value));
}

static int listen_at(struct slot *slot) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, slot->path);
    // Nothing listens there, and the lock is held.
    unlink(slot->path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener >= 0) {
        (void)fcntl(listener, F_SETFD, FD_CLOEXEC);
        (void)fcntl(listener, F_SETFL, O_NONBLOCK);
        // Without the execute permission, which marks a host that serves.
        if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && chmod(slot->path, 0600) == 0
            && listen(listener, BACKLOG) == 0) {
            return listener;
        }
    }
    snprintf(slot->reason, sizeof slot->reason, "the socket %s cannot be made: %s", slot->path, strerror(errno));
    if (listener >= 0) close(listener);
    return -1;
}

int slot_start_host(struct slot *slot) {
    slot_prune(slot->path);
    int listener = listen_at(slot);
    if (listener < 0) return -1;
    char role[160];
    snprintf(role, sizeof role, "host:%d:%s", listener, slot->path);
    char **list = arguments();
    char **environment = environment_with(SLOT_ROLE_VARIABLE, role);
    pid_t host = list != NULL && environment != NULL ? fork() : -1;
    if (host == 0) {
        // The host is not a worker of RoadRunner: it has no part of this slot's relay, and is not signalled with it.
        setsid();
        restore_signals();
        int null = open("/dev/null", O_RDONLY);
        // If there is none, anything but this slot's relay will do.
        if (null < 0) null = open("/", O_RDONLY);
        dup2(null, 0);
        dup2(2, 1);
        if (null > 2) close(null);
        (void)fcntl(listener, F_SETFD, 0);
        execute(list, environment);
        dprintf(2, "[roadrunner-swift] cannot start the process that serves this pool: %s\n", strerror(errno));
        _exit(1);
    }
    if (host < 0) {
        snprintf(slot->reason, sizeof slot->reason, "the host cannot be started: %s", strerror(errno));
        unlink(slot->path);
    }
    close(listener);
    return host < 0 ? -1 : 0;
}
