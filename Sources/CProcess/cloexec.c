#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "CProcess.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__linux__)

int roadrunner_pipe_cloexec(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int roadrunner_mkstemp_cloexec(char *path) { return mkostemp(path, O_CLOEXEC); }

#else

int roadrunner_pipe_cloexec(int ends[2]) {
    if (pipe(ends) != 0) { return -1; }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

int roadrunner_mkstemp_cloexec(char *path) {
    int descriptor = mkstemp(path);
    if (descriptor >= 0) { (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
    return descriptor;
}

#endif
