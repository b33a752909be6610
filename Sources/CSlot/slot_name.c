#include "slot.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

// A host serves the slots of one pool and one program. All of these derive the same name for it, and others a different one.

#define HASH_START 0xCBF29CE484222325ull

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *next = bytes;
    for (size_t i = 0; i < length; i++) hash = (hash ^ next[i]) * 0x100000001B3ull;
    return hash;
}

static uint64_t add_text(uint64_t hash, const char *text) { return add_bytes(hash, text, strlen(text) + 1); }

static uint64_t add_number(uint64_t hash, uint64_t number) { return add_bytes(hash, &number, sizeof number); }

// Pids are reused; a pid and a start time identify a process.
static uint64_t add_start_of(uint64_t hash, pid_t process) {
#if defined(__linux__)
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
    if (file >= 0) close(file);
    if (length <= 0) return hash;
    text[length] = 0;
    // The process name, which may contain anything, ends with the last bracket. The 22nd field is the start time.
    char *field = strrchr(text, ')');
    for (int number = 2; field != NULL && number < 22; number++) field = strchr(field + 1, ' ');
    if (field != NULL) hash = add_number(hash, strtoull(field + 1, NULL, 10));
    length = readlink("/proc/self/ns/pid", text, sizeof text);
    return length > 0 ? add_bytes(hash, text, (size_t)length) : hash;
#else
    (void)process;
    return hash;
#endif
}

static uint64_t add_program(uint64_t hash) {
    struct stat file;
#if defined(__APPLE__)
    char path[PATH_MAX];
    uint32_t size = sizeof path;
    if (_NSGetExecutablePath(path, &size) != 0 || stat(path, &file) != 0) return hash;
    struct timespec modified = file.st_mtimespec;
#else
    if (stat("/proc/self/exe", &file) != 0) return hash;
    struct timespec modified = file.st_mtim;
#endif
    hash = add_number(hash, (uint64_t)file.st_dev);
    hash = add_number(hash, (uint64_t)file.st_ino);
    hash = add_number(hash, (uint64_t)modified.tv_sec);
    return add_number(hash, (uint64_t)modified.tv_nsec);
}

static uint64_t add_surroundings(uint64_t hash) {
    char directory[PATH_MAX];
    if (getcwd(directory, sizeof directory) != NULL) hash = add_text(hash, directory);
    // The sum does not depend on their order.
    uint64_t sum = 0;
    for (char **variable = slot_environment(); variable != NULL && *variable != NULL; variable++) {
        if (strncmp(*variable, SLOT_ROLE_VARIABLE "=", sizeof SLOT_ROLE_VARIABLE) == 0) continue;
        sum += add_text(HASH_START, *variable);
    }
    return add_number(hash, sum);
}

// MARK: The directory

// Creates the directory if it is missing. Returns 0 if only this user can use it.
static int make_directory(const char *path, char *reason, size_t size) {
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        snprintf(reason, size, "the directory %s cannot be made: %s", path, strerror(errno));
        return -1;
    }
    struct stat information;
    if (lstat(path, &information) != 0) {
        snprintf(reason, size, "the directory %s cannot be used: %s", path, strerror(errno));
        return -1;
    }
    // A directory of another user could hand our relays to that user.
    if (!S_ISDIR(information.st_mode) || information.st_uid != geteuid() || (information.st_mode & 077) != 0) {
        snprintf(reason, size, "%s must be a directory that this user owns, with mode 0700", path);
        return -1;
    }
    if (access(path, W_OK | X_OK) != 0) {
        snprintf(reason, size, "the directory %s cannot be used: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int find_directory(char *path, size_t size, char *reason, size_t reason_size) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *temporary = getenv("TMPDIR");
    if (temporary == NULL || *temporary == 0) temporary = "/tmp";
    int length = -1;
    if (runtime != NULL && *runtime == '/') {
        length = snprintf(path, size, "%s/roadrunner-swift", runtime);
        if (length > 0 && (size_t)length < size && make_directory(path, reason, reason_size) == 0) return 0;
    }
    length = snprintf(path, size, "%s/roadrunner-swift-%lu", temporary, (unsigned long)geteuid());
    if (length > 0 && (size_t)length < size) return make_directory(path, reason, reason_size);
    // A socket's path must be short; the path of the directory for temporary files may be long.
    length = snprintf(path, size, "/tmp/roadrunner-swift-%lu", (unsigned long)geteuid());
    if (length > 0 && (size_t)length < size) return make_directory(path, reason, reason_size);
    snprintf(reason, reason_size, "the paths of the directories for temporary files are too long");
    return -1;
}

int slot_find_name(struct slot *slot, const char *mode) {
    // The name has 41 bytes at most.
    char directory[62];
    if (find_directory(directory, sizeof directory, slot->reason, sizeof slot->reason) != 0) return -1;
    char short_mode[13];
    size_t length = 0;
    for (; mode[length] != 0 && length < sizeof short_mode - 1; length++) {
        short_mode[length] = isalnum((unsigned char)mode[length]) ? mode[length] : '_';
    }
    short_mode[length] = 0;
    uint64_t hash = add_number(HASH_START, (uint64_t)slot->parent);
    hash = add_start_of(hash, slot->parent);
    hash = add_text(hash, mode);
    hash = add_program(hash);
    hash = add_surroundings(hash);
    int written = snprintf(
        slot->path, sizeof slot->path, "%s/%s-%d-%016llx", directory, short_mode, (int)slot->parent, (unsigned long long)hash);
    // The longest path that unix sockets allow everywhere.
    if (written < 0 || written > 103) {
        snprintf(slot->reason, sizeof slot->reason, "the path of the host's socket would be too long in %s", directory);
        return -1;
    }
    snprintf(slot->lock_path, sizeof slot->lock_path, "%s.lock", slot->path);
    return 0;
}
