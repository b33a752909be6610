#define _GNU_SOURCE
#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#if defined(SYS_close_range)
#define CLOSE_RANGE SYS_close_range
#else
// The number is the same on all architectures.
#define CLOSE_RANGE 436
#endif
#endif

// The number of descriptors that are tried at most where the system cannot close a range.
#define MOST_DESCRIPTORS 65536

void crash_close_from(int first) {
#if defined(__linux__)
    if (syscall(CLOSE_RANGE, first, ~0u, 0) == 0) return;
#endif
    struct rlimit limit;
    rlim_t end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MOST_DESCRIPTORS ? limit.rlim_cur : MOST_DESCRIPTORS;
    for (int descriptor = first; descriptor < (int)end; descriptor++) close(descriptor);
}

static void make_directories(const char *directory) {
    static char path[PATH_MAX];
    size_t length = strlen(directory);
    if (length >= sizeof path) return;
    memcpy(path, directory, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (path[i] != '/') continue;
        path[i] = 0;
        mkdir(path, 0755);
        path[i] = '/';
    }
    mkdir(path, 0700);
}

static int open_directory(const char *directory, int is_shared) {
    make_directories(directory);
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (is_shared ? O_NOFOLLOW : 0));
    if (descriptor < 0 || !is_shared) return descriptor;
    // Any user may have created it.
    struct stat information;
    if (fstat(descriptor, &information) == 0 && information.st_uid == geteuid() && (information.st_mode & 022) == 0) return descriptor;
    close(descriptor);
    return -1;
}

int crash_open_file(const char *directory, int is_shared, time_t time, pid_t process, int *is_first) {
    int folder = open_directory(directory, is_shared);
    if (folder < 0) return -1;
    static struct crash_text name;
    name.length = 0;
    crash_add(&name, "crash-");
    crash_add_time(&name, time, 0);
    crash_add(&name, "-");
    crash_add_number(&name, (uint64_t)process, 0);
    crash_add(&name, ".new");
    name.bytes[name.length] = 0;
    int file = openat(folder, name.bytes, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) close(folder);
    // Held until the last process that writes to it has ended, Swift's backtracer included.
    if (file >= 0) flock(file, LOCK_EX | LOCK_NB);
    // Held until this process ends.
    *is_first = file >= 0 && (flock(folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK);
    return file;
}
