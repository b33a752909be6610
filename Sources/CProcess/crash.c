#define _GNU_SOURCE
#include "CProcess.h"
#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 34)
#define HAS_FORK
#endif
#endif
#else
#include <pthread.h>
#endif

// A crash closes the relay at once, whatever the backtracer does, and RoadRunner answers 500 and starts the next worker.
//
//     parent: the line ─▶ fork ─▶ the relay is closed ─▶ dies by the signal
//     child:  releases everything ─▶ file ─▶ the handler that was there before: Swift's backtracer
//
// RoadRunner stops reading a worker's standard error once the relay has ended, so the line is written first.

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGSEGV, "SIGSEGV"},
    {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"},   {SIGABRT, "SIGABRT"},
};
#define SIGNAL_COUNT ((int)(sizeof signals / sizeof signals[0]))

// The process ends after this many seconds, whatever holds it up.
static const int last_resort = 1;
// The backtracer is killed after this many seconds.
static const unsigned longest_backtrace = 60;

static struct sigaction previous[SIGNAL_COUNT];
static char directory[PATH_MAX];
static char fallback_directory[PATH_MAX];
static _Atomic(int) relay_output = -1;
volatile int roadrunner_is_crashing = 0;
// The thread whose crash is being handled.
static _Atomic(uintptr_t) handling;

static uintptr_t this_thread(void) {
#if defined(__linux__)
    return (uintptr_t)syscall(SYS_gettid);
#else
    return (uintptr_t)pthread_self();
#endif
}

static int index_of(int number) {
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (signals[i].number == number) return i;
    }
    return -1;
}

static void set_default(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, NULL);
}

static void unblock(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

// Ends the process as if the signal had no handler, with a core dump where these are enabled.
static _Noreturn void end_by_signal(int number, siginfo_t *information) {
    set_default(number);
    unblock(number);
#if defined(__linux__)
    // Passes on the kernel's information about the signal, for the core dump.
    syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), number, information);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
#else
    (void)information;
    pthread_kill(pthread_self(), number);
#endif
    // The first process of a container survives the signals that it sends to itself.
    _exit(128 + number);
}

static int open_file(time_t time, pid_t crashed, int *is_first) {
    int file = crash_open_file(directory, 0, time, crashed, is_first);
    return file >= 0 ? file : crash_open_file(fallback_directory, 1, time, crashed, is_first);
}

// MARK: The child

#if defined(__linux__)
// Skips the handlers that were registered for a fork: their locks may be held.
static pid_t fork_process(void) {
#if defined(HAS_FORK)
    return _Fork();
#elif defined(__s390__)
    return (pid_t)syscall(SYS_clone, 0, SIGCHLD, 0, 0, 0);
#else
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

static void give_up(int number) {
    (void)number;
    // The report: standard error leads there by now.
    static const char text[] = "\n[roadrunner-swift] the backtracer took too long, and was ended\n";
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    // Kills the backtracer as well, which is in this process group.
    kill(0, SIGKILL);
    _exit(1);
}
#endif

static void call_previous(int number, siginfo_t *information, void *context) {
    struct sigaction action = previous[index_of(number)];
    // If the handler crashes itself, the previous actions apply.
    for (int i = 0; i < SIGNAL_COUNT; i++) sigaction(signals[i].number, &previous[i], NULL);
    if (action.sa_flags & SA_SIGINFO) {
        if (action.sa_sigaction) action.sa_sigaction(number, information, context);
    } else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
        action.sa_handler(number);
    }
}

#if defined(__linux__)
static _Noreturn void run_child(
    pid_t crashed, int number, siginfo_t *information, void *context, const struct crash_text *line, const char *signal_name
) {
    // First of all: RoadRunner waits as long as this process holds the relay.
    crash_close_from(3);
    atomic_store(&handling, this_thread());
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    if (null < 0) close(2);
    if (null > 2) close(null);

    // A separate process group is not killed with RoadRunner's worker, and can be killed as a whole. The parent writes the core
    // dump.
    int is_leader = setpgid(0, 0) == 0;
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    // Processes that serve requests come first.
    setpriority(PRIO_PROCESS, 0, 10);
    set_default(SIGTERM);
    set_default(SIGINT);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = is_leader ? give_up : SIG_DFL;
    sigaction(SIGALRM, &action, NULL);
    unblock(SIGALRM);
    alarm(longest_backtrace);

    time_t now = time(NULL);
    int is_first = 0;
    int file = open_file(now, crashed, &is_first);
    if (file >= 0) {
        crash_write_report(file, line, signal_name, now, is_first ? NULL : "no backtrace, since another crash is writing one");
        // A request that crashes one worker after the other must not keep all processors busy.
        if (!is_first) _exit(0);
        dup2(file, 1);
        dup2(file, 2);
        if (file > 2) close(file);
        call_previous(number, information, context);
    }
    _exit(0);
}
#endif

// MARK: The handler

static void arm_last_resort(int seconds) {
    set_default(SIGALRM);
    unblock(SIGALRM);
    struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

#if defined(__linux__)
// Other threads trap when their descriptors are closed: their output would look like another crash.
static void silence(void) {
    int null = open("/dev/null", O_WRONLY);
    if (null >= 0) dup2(null, 2);
}
#endif

// Disconnects RoadRunner, or the clients of this process. Its end does so as well, but a core dump, which comes before, may take
// long.
static void let_go(void) {
    int output = atomic_load(&relay_output);
    // The input stays open, so that the event loop does not notice and react.
    if (output < 0) return crash_close_from(3);
    // Ends a socket's connection even while other processes hold the descriptor; it does nothing on a pipe.
    shutdown(output, SHUT_WR);
    close(output);
}

// Another thread may have noticed, and exit: its exit code must not become the process's.
static void wait_for_end(void) {
    while (atomic_load(&handling) != 0) pause();
}

static void handle(int number, siginfo_t *information, void *context) {
    static struct crash_text line;
    int index = index_of(number);
    uintptr_t thread = this_thread();
    uintptr_t none = 0;
    if (index < 0) end_by_signal(number, information);
    if (!atomic_compare_exchange_strong(&handling, &none, thread)) {
        // A crash in this handler.
        if (none == thread) end_by_signal(number, information);
        // Another thread's crash ends the process. The backtracer may want to stop this thread by a signal.
        sigset_t all;
        sigemptyset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        for (;;) pause();
    }
    roadrunner_is_crashing = 1;
    arm_last_resort(last_resort);
    crash_compose_line(&line, signals[index].name);
    // On a terminal the user waits for the backtrace, and may use the interactive backtracer. When the first process of a container
    // ends, all others end with it, and its files may be gone.
    int stays = isatty(2) || getpid() == 1;
    crash_say(&line);
    if (stays) {
        let_go();
        arm_last_resort(0);
        call_previous(number, information, context);
        end_by_signal(number, information);
    }
#if defined(__linux__)
    pid_t crashed = getpid();
    pid_t child = fork_process();
    if (child == 0) run_child(crashed, number, information, context, &line, signals[index].name);
    if (child > 0) silence();
    let_go();
    if (child > 0) end_by_signal(number, information);
#else
    // The system reports crashes itself.
    let_go();
#endif
    time_t now = time(NULL);
    int is_first = 0;
    int file = open_file(now, getpid(), &is_first);
    if (file >= 0) crash_write_report(file, &line, signals[index].name, now, NULL);
    end_by_signal(number, information);
}

// MARK: Installing

int roadrunner_crash_install(const char *the_mode, const char *the_prefix, const char *the_directory, const char *the_fallback) {
    if (crash_prepare_report(the_mode, the_prefix) != 0
        || crash_copy(directory, sizeof directory, the_directory) != 0
        || crash_copy(fallback_directory, sizeof fallback_directory, the_fallback) != 0) {
        return -1;
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGALRM);
    for (int i = 0; i < SIGNAL_COUNT; i++) sigdelset(&action.sa_mask, signals[i].number);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (sigaction(signals[i].number, NULL, &previous[i]) != 0) continue;
        // A signal that the program ignores stays ignored.
        if ((previous[i].sa_flags & SA_SIGINFO) == 0 && previous[i].sa_handler == SIG_IGN) continue;
        sigaction(signals[i].number, &action, NULL);
    }
    crash_record_exchanges();
    atexit(wait_for_end);
    return 0;
}

void roadrunner_crash_set_relay(int output) { atomic_store(&relay_output, output); }
