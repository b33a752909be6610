#include "CProcess.h"

#include <errno.h>

#if defined(__linux__)
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int roadrunner_claim_name(const char *name) {
    // A name in the abstract namespace is a path that begins with a zero byte: no file is left when the process ends.
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length > sizeof(address.sun_path) - 1) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    memcpy(address.sun_path + 1, name, length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    if (bind(descriptor, (struct sockaddr *)&address, size) == 0) return descriptor;
    int failure = errno;
    (void)close(descriptor);
    errno = failure;
    return -1;
}
#else
int roadrunner_claim_name(const char *name) {
    (void)name;
    errno = ENOSYS;
    return -1;
}
#endif
