#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

long roadrunner_peek(int descriptor, void *bytes, unsigned long length) {
    ssize_t count = recv(descriptor, bytes, length, MSG_PEEK | MSG_DONTWAIT);
    if (count >= 0 || errno != ENOTSOCK) return count;
#if defined(__linux__)
    // The contents of a pipe can be copied to another pipe.
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    count = tee(descriptor, ends[1], length, SPLICE_F_NONBLOCK);
    if (count > 0) count = read(ends[0], bytes, length);
    close(ends[0]);
    close(ends[1]);
    return count;
#else
    return -1;
#endif
}
