#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELLO_MAGIC 0x52525331u
#define HOST_MAGIC 0x52524831u
// Six for each possible slot, and as many for the application.
#define MOST_FILES 65536
// Standard error and both ends of the relay.
#define MOST_DESCRIPTORS 3

#if !defined(MSG_CMSG_CLOEXEC)
#define MSG_CMSG_CLOEXEC 0
#endif
#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

struct hello_message {
    uint32_t magic;
    uint32_t flags;
    int32_t pid;
};

static int send_message(int socket, const void *bytes, size_t length, const int *descriptors, int count) {
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
    char control[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(control, 0, sizeof control);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
    }
    for (;;) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        return sent == (ssize_t)length ? 0 : -1;
    }
}

static void close_all(const int *descriptors, int count) {
    for (int i = 0; i < count; i++) close(descriptors[i]);
}

// Returns 1 for a whole message, 0 if none has arrived, -1 for anything else. The caller owns the received descriptors.
static int receive_message(int socket, void *bytes, size_t length, int *descriptors, int *count) {
    struct iovec vector = {.iov_base = bytes, .iov_len = length};
    // Room for more than are expected, so that surplus descriptors do not go unnoticed.
    char control[CMSG_SPACE(sizeof(int) * (MOST_DESCRIPTORS + 1))];
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    *count = 0;
    ssize_t received;
    do { received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC); } while (received < 0 && errno == EINTR);
    if (received < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    int found[MOST_DESCRIPTORS + 1];
    int number = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t size = header->cmsg_len - CMSG_LEN(0);
        for (size_t i = 0; i < size / sizeof(int) && number <= MOST_DESCRIPTORS; i++) {
            memcpy(&found[number], CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            if (MSG_CMSG_CLOEXEC == 0) (void)fcntl(found[number], F_SETFD, FD_CLOEXEC);
            number++;
        }
    }
    if (received != (ssize_t)length || number > MOST_DESCRIPTORS || (message.msg_flags & MSG_CTRUNC) != 0) {
        close_all(found, number);
        return -1;
    }
    memcpy(descriptors, found, sizeof(int) * (size_t)number);
    *count = number;
    return 1;
}

// MARK: From the slot

int slot_introduce(struct slot *slot) {
    struct hello_message hello = {.magic = HELLO_MAGIC, .flags = slot->flags, .pid = (int32_t)getpid()};
    int descriptors[MOST_DESCRIPTORS] = {2, slot->input, slot->output};
    int count = 1;
    if (slot->flags & ROADRUNNER_SLOT_HAS_RELAY) count = slot->input == slot->output ? 2 : 3;
    return send_message(slot->host, &hello, sizeof hello, descriptors, count);
}

int slot_receive(int host, struct slot_message *message, int *descriptor) {
    int descriptors[MOST_DESCRIPTORS];
    int count = 0;
    int result = receive_message(host, message, sizeof *message, descriptors, &count);
    *descriptor = -1;
    if (result <= 0) return result;
    if (message->magic != HOST_MAGIC || count > 1) {
        close_all(descriptors, count);
        return -1;
    }
    if (count == 1) *descriptor = descriptors[0];
    return 1;
}

// MARK: From the host

static int is_of_this_user(int socket) {
#if defined(__linux__)
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 && credentials.uid == geteuid();
#else
    uid_t user;
    gid_t group;
    return getpeereid(socket, &user, &group) == 0 && user == geteuid();
#endif
}

int roadrunner_shared_accept(int listener) {
    int slot;
    do {
#if defined(__linux__)
        slot = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
        slot = accept(listener, NULL, NULL);
        if (slot >= 0) {
            (void)fcntl(slot, F_SETFD, FD_CLOEXEC);
            (void)fcntl(slot, F_SETFL, O_NONBLOCK);
        }
#endif
    } while (slot < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (slot < 0) return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM ? -3 : -1;
    if (is_of_this_user(slot)) return slot;
    close(slot);
    return -2;
}

int roadrunner_shared_receive_hello(int slot, struct roadrunner_hello *hello) {
    struct hello_message message;
    int descriptors[MOST_DESCRIPTORS];
    int count = 0;
    int result = receive_message(slot, &message, sizeof message, descriptors, &count);
    if (result <= 0) return result;
    int has_relay = (message.flags & ROADRUNNER_SLOT_HAS_RELAY) != 0;
    if (message.magic != HELLO_MAGIC || message.pid <= 0 || count < 1 || has_relay != (count > 1)) {
        close_all(descriptors, count);
        return -1;
    }
    hello->flags = message.flags;
    hello->pid = message.pid;
    hello->standard_error = descriptors[0];
    hello->input = count > 1 ? descriptors[1] : -1;
    hello->output = count > 2 ? descriptors[2] : hello->input;
    return 1;
}

int roadrunner_shared_tell(int slot, int kind, int value, int descriptor) {
    struct slot_message message = {.magic = HOST_MAGIC, .kind = (uint16_t)kind, .value = (uint16_t)value};
    return send_message(slot, &message, sizeof message, &descriptor, descriptor >= 0 ? 1 : 0);
}

// MARK: Memory and limits

#if !defined(__linux__)
#include <stdlib.h>
#endif

uint8_t *roadrunner_shared_make_memory(int *descriptor) {
#if defined(__linux__)
    int file = memfd_create("roadrunner-slots", MFD_CLOEXEC);
#else
    char path[] = "/tmp/roadrunner-slots-XXXXXX";
    int file = mkstemp(path);
    if (file >= 0) {
        unlink(path);
        (void)fcntl(file, F_SETFD, FD_CLOEXEC);
    }
#endif
    if (file < 0) return NULL;
    void *memory = MAP_FAILED;
    if (ftruncate(file, ROADRUNNER_SHARED_SIZE) == 0) {
        memory = mmap(NULL, ROADRUNNER_SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (memory == MAP_FAILED) {
        int code = errno;
        close(file);
        errno = code;
        return NULL;
    }
    *descriptor = file;
    return memory;
}

void roadrunner_shared_raise_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
#if defined(__APPLE__)
    if (limit.rlim_max > OPEN_MAX) limit.rlim_max = OPEN_MAX;
#endif
    // Some systems allow a thousand million, and programs started by this one might try to close them all.
    rlim_t most = limit.rlim_max < MOST_FILES ? limit.rlim_max : MOST_FILES;
    if (limit.rlim_cur >= most) return;
    limit.rlim_cur = most;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}
