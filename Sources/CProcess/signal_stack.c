#define _GNU_SOURCE
#include "CProcess.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

// Room for our handler, Swift's, and the registers of the largest processors. None of it is touched before a crash.
static const size_t stack_size = 64 * 1024;
// Smaller stacks are replaced: Swift's, of 8 KiB, is large enough only for Swift's own handler.
static const size_t least_size = 32 * 1024;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int has_key;
static size_t guard_size;
static _Thread_local int is_set;

static void release(void *memory) {
    stack_t current;
    if (sigaltstack(NULL, &current) == 0 && current.ss_sp == (char *)memory + guard_size) {
        stack_t none;
        memset(&none, 0, sizeof none);
        none.ss_flags = SS_DISABLE;
        none.ss_size = stack_size;
        sigaltstack(&none, NULL);
    }
    munmap(memory, guard_size + stack_size);
}

static void prepare(void) {
    guard_size = (size_t)sysconf(_SC_PAGESIZE);
    has_key = pthread_key_create(&key, release) == 0;
}

void roadrunner_use_signal_stack(void) {
    if (is_set) return;
    is_set = 1;
    pthread_once(&once, prepare);
    stack_t current;
    if (!has_key || sigaltstack(NULL, &current) != 0) return;
    if ((current.ss_flags & SS_DISABLE) == 0 && current.ss_sp != NULL && current.ss_size >= least_size) return;

    char *memory = mmap(NULL, guard_size + stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    mprotect(memory, guard_size, PROT_NONE);
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = memory + guard_size;
    stack.ss_size = stack_size;
    if (pthread_setspecific(key, memory) != 0) {
        munmap(memory, guard_size + stack_size);
        return;
    }
    if (sigaltstack(&stack, NULL) != 0) {
        pthread_setspecific(key, NULL);
        munmap(memory, guard_size + stack_size);
    }
}
