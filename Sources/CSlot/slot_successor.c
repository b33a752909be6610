#include "slot.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// Whether `name` is a socket that was created after `own`, and whose host has served for this many seconds and still runs.
static int is_newer(const char *directory, const char *name, const struct stat *own, int seconds) {
    char path[240];
    struct stat other;
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof path || lstat(path, &other) != 0 || !S_ISSOCK(other.st_mode)) return 0;
#if defined(__APPLE__)
    struct timespec its = other.st_mtimespec, ours = own->st_mtimespec, served = other.st_ctimespec;
#else
    struct timespec its = other.st_mtim, ours = own->st_mtim, served = other.st_ctim;
#endif
    int is_later = its.tv_sec != ours.tv_sec ? its.tv_sec > ours.tv_sec : its.tv_nsec > ours.tv_nsec;
    // A host marks its socket when it begins to serve. One that was killed leaves it behind.
    if (!is_later || !(other.st_mode & S_IXUSR) || served.tv_sec + seconds > time(NULL)) return 0;
    int host = slot_connect(path);
    if (host < 0) return 0;
    close(host);
    return 1;
}

int slot_has_successor(const char *own_path, int seconds) {
    struct stat own;
    char directory[108];
    const char *name = slot_split_path(own_path, directory);
    if (name == NULL || lstat(own_path, &own) != 0) return 0;
    // MODE-PID-HASH: other programs of the pool have other hashes.
    const char *hash = strrchr(name, '-');
    DIR *entries = hash != NULL ? opendir(directory) : NULL;
    if (entries == NULL) return 0;
    size_t prefix = (size_t)(hash + 1 - name);
    struct dirent *entry;
    int has_successor = 0;
    while (!has_successor && (entry = readdir(entries)) != NULL) {
        has_successor = strncmp(entry->d_name, name, prefix) == 0 && strcmp(entry->d_name, name) != 0
            && is_newer(directory, entry->d_name, &own, seconds);
    }
    closedir(entries);
    return has_successor;
}
