#include "CProcess.h"

#include <errno.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_pidfd_open)
#define PIDFD_OPEN SYS_pidfd_open
#else
// The number is the same on all architectures.
#define PIDFD_OPEN 434
#endif

int roadrunner_pidfd_open(int pid) { return (int)syscall(PIDFD_OPEN, pid, 0); }
#else
int roadrunner_pidfd_open(int pid) {
    (void)pid;
    errno = ENOSYS;
    return -1;
}
#endif
