// Measures what a worker costs per request: its CPU time and the wall time of a round trip.
//
// It plays RoadRunner: one request at a time over a pair of pipes, to several workers in turn, round by round. Pump and
// workers share one CPU, so that neither caches nor the scheduler favour one of them. The first worker is the limit to which
// the others are compared.
//
//     pump ROUNDS REQUESTS PATH NAME=PROGRAM [NAME=PROGRAM ...]
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "goridge.h"

enum { MAX_WORKERS = 8, MAX_ROUNDS = 99, BUFFER = 1 << 20 };

typedef struct {
    const char *name, *program;
    pid_t pid;
    int to, from;
    clockid_t clock;
    double cpu[MAX_ROUNDS], wall[MAX_ROUNDS];
} worker;

static uint8_t buffer[BUFFER];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static size_t put_varint(uint8_t *out, uint64_t value) {
    size_t count = 0;
    for (; value >= 128; value >>= 7) out[count++] = (uint8_t)(value | 128);
    out[count++] = (uint8_t)value;
    return count;
}

static size_t put_field(uint8_t *out, int number, const void *bytes, size_t length) {
    size_t count = put_varint(out, (uint64_t)number << 3 | 2);
    count += put_varint(out + count, length);
    memcpy(out + count, bytes, length);
    return count + length;
}

static size_t put_text(uint8_t *out, int number, const char *text) { return put_field(out, number, text, strlen(text)); }

// A browser's GET with ten header lines, as RoadRunner describes it.
static size_t put_request(uint8_t *out, const char *path) {
    static const char *headers[10][2] = {
        {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
        {"Accept-Encoding", "gzip, deflate, br"},
        {"Accept-Language", "en-GB,en;q=0.7,de;q=0.3"},
        {"Cache-Control", "no-cache"},
        {"Connection", "keep-alive"},
        {"Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"},
        {"Referer", "http://localhost:8080/"},
        {"Sec-Fetch-Mode", "navigate"},
        {"Upgrade-Insecure-Requests", "1"},
        {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
    };
    static uint8_t context[8192], entry[1024], value[1024];
    char uri[512];
    snprintf(uri, sizeof uri, "http://localhost:8080%s", path);
    size_t n = 0;
    n += put_text(context + n, 1, "127.0.0.1");
    n += put_text(context + n, 2, "HTTP/1.1");
    n += put_text(context + n, 3, "GET");
    n += put_text(context + n, 4, uri);
    for (int i = 0; i < 10; i++) {
        size_t length = put_text(value, 1, headers[i][1]);
        size_t size = put_text(entry, 1, headers[i][0]);
        size += put_field(entry + size, 2, value, length);
        n += put_field(context + n, 5, entry, size);
    }
    size_t head = put_header(out, 0x80, (uint32_t)n, 1, (uint32_t)n);
    memcpy(out + head, context, n);
    return head + n;
}

static void send_all(worker *w, const uint8_t *bytes, size_t count) {
    while (count) {
        ssize_t n = write(w->to, bytes, count);
        if (n < 0) die("write");
        bytes += n;
        count -= (size_t)n;
    }
}

// Reads frames up to and with the first that does not say that more follow.
static void read_answer(worker *w) {
    size_t have = 0, at = 0;
    for (;;) {
        while (have - at >= 12) {
            uint32_t length;
            memcpy(&length, buffer + at + 2, 4);
            size_t size = 4 * (size_t)(buffer[at] & 15) + length;
            if (have - at < size) break;
            int more = buffer[at + 10] & 1;
            at += size;
            if (!more) return;
        }
        if (have == BUFFER) {
            memmove(buffer, buffer + at, have - at);
            have -= at;
            at = 0;
        }
        ssize_t n = read(w->from, buffer + have, BUFFER - have);
        if (n <= 0) {
            fprintf(stderr, "%s ended\n", w->name);
            exit(1);
        }
        have += (size_t)n;
    }
}

static void start(worker *w) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) die("pipe");
    w->pid = fork();
    if (w->pid < 0) die("fork");
    if (!w->pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        setenv("RR_MODE", "http", 1);
        setenv("RR_RELAY", "pipes", 1);
        execl(w->program, w->program, (char *)0);
        die(w->program);
    }
    close(in[0]);
    close(out[1]);
    w->to = in[1];
    w->from = out[0];
    if (clock_getcpuclockid(w->pid, &w->clock)) die("clock_getcpuclockid");
    uint8_t frame[64];
    const char *pid = "{\"pid\":1}";
    size_t n = put_header(frame, 9, (uint32_t)strlen(pid), 0, 0);
    memcpy(frame + n, pid, strlen(pid));
    send_all(w, frame, n + strlen(pid));
    read_answer(w);
}

static double seconds(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t)) die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

int main(int argc, char **argv) {
    if (argc < 5 || argc - 4 > MAX_WORKERS) {
        fprintf(stderr, "usage: pump ROUNDS REQUESTS PATH NAME=PROGRAM [NAME=PROGRAM ...]\n");
        return 2;
    }
    int rounds = atoi(argv[1]), requests = atoi(argv[2]), count = argc - 4;
    if (rounds < 1 || rounds > MAX_ROUNDS || requests < 1) return 2;
    signal(SIGPIPE, SIG_IGN);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus)) die("sched_setaffinity");

    static worker workers[MAX_WORKERS];
    static uint8_t request[16384];
    size_t size = put_request(request, argv[3]);
    for (int i = 0; i < count; i++) {
        workers[i].name = strtok(argv[4 + i], "=");
        workers[i].program = strtok(NULL, "=");
        if (!workers[i].program) return 2;
        start(&workers[i]);
        for (int k = 0; k < requests / 10 + 1; k++) {
            send_all(&workers[i], request, size);
            read_answer(&workers[i]);
        }
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            worker *w = &workers[i];
            double cpu = seconds(w->clock), wall = seconds(CLOCK_MONOTONIC);
            for (int k = 0; k < requests; k++) {
                send_all(w, request, size);
                read_answer(w);
            }
            w->wall[round] = (seconds(CLOCK_MONOTONIC) - wall) / requests * 1e6;
            w->cpu[round] = (seconds(w->clock) - cpu) / requests * 1e6;
        }
    }
    double base_cpu = median(workers[0].cpu, rounds), base_wall = median(workers[0].wall, rounds);
    printf("%-14s %10s %8s %10s %8s\n", "worker", "CPU us", "ratio", "wall us", "ratio");
    for (int i = 0; i < count; i++) {
        double cpu = median(workers[i].cpu, rounds), wall = median(workers[i].wall, rounds);
        printf("%-14s %10.2f %8.2f %10.2f %8.2f\n", workers[i].name, cpu, cpu / base_cpu, wall, wall / base_wall);
        kill(workers[i].pid, SIGKILL);
        waitpid(workers[i].pid, NULL, 0);
    }
    return 0;
}
