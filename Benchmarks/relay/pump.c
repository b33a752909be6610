// Measures the cost of a request in a worker: its CPU time and the wall time of a round trip.
//
// It plays RoadRunner: one request at a time over a pair of pipes, to several workers in turn, round by round. Pump and
// workers share one CPU, so neither caches nor the scheduler favour one of them. The first worker is the limit with which the
// others are compared.
//
//     pump [-w PROCESSES] ROUNDS REQUESTS CASE NAME=PROGRAM [NAME=PROGRAM ...]
//
// CASE is the requested path, which the programs find in BENCH_CASE; `post` sends 10 KiB. With -w each program runs so many times,
// and the requests go to its processes in turn. It prints a line per program: case, name, CPU time and wall time of a request in
// microseconds, and their ratios to those of the first.
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

enum { MAX_WORKERS = 8, MAX_PROCESSES = 64, MAX_ROUNDS = 99, BUFFER = 1 << 20, POST = 10240 };

typedef struct {
    pid_t pid;
    int to, from;
    clockid_t clock;
} process;

typedef struct {
    const char *name, *program;
    process processes[MAX_PROCESSES];
    double cpu[MAX_ROUNDS], wall[MAX_ROUNDS];
} worker;

static uint8_t buffer[BUFFER];

static void die(const char *what) {
    perror(what);
    exit(1);
}

// A browser's GET with ten header lines, as RoadRunner describes it; or a POST of 10 KiB.
static size_t put_request(uint8_t *out, const char *which) {
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
    static uint8_t payload[32768];
    int is_post = !strcmp(which, "post");
    char uri[512];
    snprintf(uri, sizeof uri, "http://localhost:8080/%s", which);
    size_t n = 0;
    n += put_text(payload + n, 1, "127.0.0.1");
    n += put_text(payload + n, 2, "HTTP/1.1");
    n += put_text(payload + n, 3, is_post ? "POST" : "GET");
    n += put_text(payload + n, 4, uri);
    for (int i = 0; i < 10; i++) n += put_line(payload + n, 5, headers[i][0], headers[i][1]);
    if (is_post) {
        n += put_line(payload + n, 5, "Content-Length", "10240");
        n += put_line(payload + n, 5, "Content-Type", "application/octet-stream");
    }
    size_t context = n;
    for (int i = 0; is_post && i < POST; i++) payload[n++] = 'a';
    size_t head = put_header(out, 0x80, (uint32_t)n, 1, (uint32_t)context, 0);
    memcpy(out + head, payload, n);
    return head + n;
}

static void send_all(process *w, const uint8_t *bytes, size_t count) {
    while (count) {
        ssize_t n = write(w->to, bytes, count);
        if (n < 0) die("write");
        bytes += n;
        count -= (size_t)n;
    }
}

// Reads frames up to the first one without a successor.
static void read_answer(process *w) {
    size_t have = 0, at = 0;
    for (;;) {
        while (have - at >= 12) {
            size_t size = frame_size(buffer + at);
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
            fprintf(stderr, "process %d ended\n", (int)w->pid);
            exit(1);
        }
        have += (size_t)n;
    }
}

static void start(process *w, const char *program) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) die("pipe");
    w->pid = fork();
    if (w->pid < 0) die("fork");
    if (!w->pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        setenv("RR_MODE", "http", 1);
        setenv("RR_RELAY", "pipes", 1);
        execl(program, program, (char *)0);
        die(program);
    }
    close(in[0]);
    close(out[1]);
    w->to = in[1];
    w->from = out[0];
    if (clock_getcpuclockid(w->pid, &w->clock)) die("clock_getcpuclockid");
    uint8_t frame[64];
    const char *pid = "{\"pid\":1}";
    size_t n = put_header(frame, 9, (uint32_t)strlen(pid), 0, 0, 0);
    memcpy(frame + n, pid, strlen(pid));
    send_all(w, frame, n + strlen(pid));
    read_answer(w);
}

static double seconds(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t)) die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_seconds(worker *w, int processes) {
    double sum = 0;
    for (int i = 0; i < processes; i++) sum += seconds(w->processes[i].clock);
    return sum;
}

static void ask(worker *w, int processes, const uint8_t *request, size_t size, int requests) {
    for (int k = 0; k < requests; k++) {
        send_all(&w->processes[k % processes], request, size);
        read_answer(&w->processes[k % processes]);
    }
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
    int processes = 1;
    if (argc > 2 && !strcmp(argv[1], "-w")) {
        processes = atoi(argv[2]);
        argc -= 2;
        argv += 2;
    }
    if (argc < 5 || argc - 4 > MAX_WORKERS || processes < 1 || processes > MAX_PROCESSES) {
        fprintf(stderr, "usage: pump [-w PROCESSES] ROUNDS REQUESTS CASE NAME=PROGRAM [NAME=PROGRAM ...]\n");
        return 2;
    }
    int rounds = atoi(argv[1]), requests = atoi(argv[2]), count = argc - 4;
    const char *which = argv[3];
    if (rounds < 1 || rounds > MAX_ROUNDS || requests < 1) return 2;
    signal(SIGPIPE, SIG_IGN);
    setenv("BENCH_CASE", which, 1);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus)) die("sched_setaffinity");

    static worker workers[MAX_WORKERS];
    static uint8_t request[32768];
    size_t size = put_request(request, which);
    for (int i = 0; i < count; i++) {
        workers[i].name = strtok(argv[4 + i], "=");
        workers[i].program = strtok(NULL, "=");
        if (!workers[i].program) return 2;
        for (int k = 0; k < processes; k++) start(&workers[i].processes[k], workers[i].program);
        ask(&workers[i], processes, request, size, requests / 10 + processes);
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            worker *w = &workers[i];
            double cpu = cpu_seconds(w, processes), wall = seconds(CLOCK_MONOTONIC);
            ask(w, processes, request, size, requests);
            w->wall[round] = (seconds(CLOCK_MONOTONIC) - wall) / requests * 1e6;
            w->cpu[round] = (cpu_seconds(w, processes) - cpu) / requests * 1e6;
        }
    }
    double base_cpu = median(workers[0].cpu, rounds), base_wall = median(workers[0].wall, rounds);
    for (int i = 0; i < count; i++) {
        double cpu = median(workers[i].cpu, rounds), wall = median(workers[i].wall, rounds);
        printf("%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\n", which, workers[i].name, cpu, cpu / base_cpu, wall, wall / base_wall);
        for (int k = 0; k < processes; k++) {
            // It exits when its relay ends. Only then callgrind writes its counts.
            close(workers[i].processes[k].to);
            waitpid(workers[i].processes[k].pid, NULL, 0);
        }
    }
    return 0;
}
