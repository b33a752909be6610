#include "slot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// A process that creates or removes the name of a host holds the lock of that name, so there is never more than one host, and no
// host's name is removed by another one.

// Returns the locked file, or -1 with `errno` set: EWOULDBLOCK if another process has the lock.
static int try_lock(const char *path) {
    for (;;) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file < 0) return -1;
        if (flock(file, LOCK_EX | LOCK_NB) != 0) {
            int code = errno;
            close(file);
            errno = code;
            if (code == EINTR) continue;
            return -1;
        }
        // The previous holder of the lock may have removed the file.
        struct stat locked, named;
        if (fstat(file, &locked) == 0 && lstat(path, &named) == 0 && locked.st_ino == named.st_ino
            && locked.st_dev == named.st_dev) {
            return file;
        }
        close(file);
    }
}

int slot_lock(struct slot *slot, int64_t deadline) {
    for (;;) {
        int file = try_lock(slot->lock_path);
        if (file >= 0) return file;
        if (errno != EWOULDBLOCK) {
            snprintf(slot->reason, sizeof slot->reason, "the file %s cannot be locked: %s", slot->lock_path, strerror(errno));
            return -1;
        }
        if (slot_now() >= deadline) {
            snprintf(slot->reason, sizeof slot->reason, "another process has kept %s locked", slot->lock_path);
            return -1;
        }
        slot_end_without_parent(slot);
        slot_nap(1);
    }
}

void slot_unlock(int lock) { close(lock); }

const char *slot_split_path(const char *path, char directory[108]) {
    const char *end = strrchr(path, '/');
    if (end == NULL || end - path >= 108) return NULL;
    memcpy(directory, path, (size_t)(end - path));
    directory[end - path] = 0;
    return end + 1;
}

int slot_connect(const char *path) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int host = socket(AF_UNIX, SOCK_STREAM, 0);
    if (host < 0) return -1;
    (void)fcntl(host, F_SETFD, FD_CLOEXEC);
    (void)fcntl(host, F_SETFL, O_NONBLOCK);
    if (connect(host, (struct sockaddr *)&address, sizeof address) == 0) return host;
    int code = errno;
    close(host);
    errno = code;
    return -1;
}

// MARK: Stale files

static void remove_stale(const char *path) {
    char lock_path[120];
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    int lock = try_lock(lock_path);
    if (lock < 0) return;
    int host = slot_connect(path);
    if (host >= 0) {
        // The host belongs to a RoadRunner in another container.
        close(host);
    } else if (errno == ECONNREFUSED || errno == ENOENT) {
        unlink(path);
        unlink(lock_path);
    }
    close(lock);
}

void slot_prune(const char *own_path) {
    char directory[108];
    if (slot_split_path(own_path, directory) == NULL) return;
    DIR *entries = opendir(directory);
    if (entries == NULL) return;
    struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        // MODE-PID-HASH
        char *number = strchr(entry->d_name, '-');
        char *rest = NULL;
        long process = number != NULL ? strtol(number + 1, &rest, 10) : 0;
        if (process <= 0 || rest == NULL || *rest != '-') continue;
        if (kill((pid_t)process, 0) == 0 || errno != ESRCH) continue;
        char path[108];
        int length = snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof path) continue;
        if (length > 5 && strcmp(path + length - 5, ".lock") == 0) path[length - 5] = 0;
        remove_stale(path);
    }
    closedir(entries);
}
