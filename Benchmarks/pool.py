#!/usr/bin/env python3
"""Compares three ways to run a program that waits: a pool of processes, a pool whose workers share one, and no pool at all.

    pool.py WORKER LOAD [hello]

RR_BINARY names RoadRunner. The kernel takes 300 ms to build and keeps eight connections, like a database client. A request waits for 10 ms; with
`hello` it does not wait, and a pool of two ordinary workers is measured as well. Each way runs BENCH_ROUNDS times (3), in turn, for
BENCH_SECONDS (5) each; the figures are medians. It prints a table in Markdown.
"""

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

WORKERS = 64
BOOT = 300
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


class Database:
    """Accepts connections, and counts the open ones."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1024)
        self.port = self.listener.getsockname()[1]
        self.open = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            with self.lock:
                self.open += 1
            threading.Thread(target=self.wait, args=(connection,), daemon=True).start()

    def wait(self, connection):
        with contextlib.suppress(OSError):
            while connection.recv(1024):
                pass
        with self.lock:
            self.open -= 1


def free_ports(count):
    # Binds all before it closes any: else the system may return one of them twice.
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def processes(program):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{name}/exe") == os.path.realpath(program):
                    found.append(int(name))
    return found


def private_memory(program):
    total = 0
    for process in processes(program):
        with contextlib.suppress(OSError), open(f"/proc/{process}/smaps_rollup") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    return total / 1024


def configuration(kind, worker, port, rpc, database):
    own = {"BENCH_BOOT": str(BOOT), "BENCH_CONNECTIONS": f"tcp://127.0.0.1:{database}"}
    if kind == "native":
        own |= {"APP_RUNTIME": "standalone", "HTTP_PORT": str(port), "APP_EXIT_WITH_PARENT": "true"}
        served = {"service": {"app": {"command": worker, "env": [{name: value} for name, value in own.items()]}}}
    else:
        own["APP_RUNTIME"] = "shared" if kind.startswith("shared") else "roadrunner"
        count = 2 if kind.startswith("2") else WORKERS
        served = {
            "server": {"command": worker, "relay": "pipes", "env": own},
            "http": {"address": f"127.0.0.1:{port}", "pool": {"num_workers": count}},
        }
    return {"version": "3", "rpc": {"listen": f"tcp://127.0.0.1:{rpc}"}, "logs": {"level": "error"}, **served}


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(1024).startswith(b"HTTP/1.1 200")
    return False


def measure(kind, worker, load, path):
    database = Database()
    port, rpc_port = free_ports(2)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/.rr.yaml", "w") as file:
            json.dump(configuration(kind, worker, port, rpc_port, database.port), file)
        start = time.monotonic()
        server = subprocess.Popen([os.environ["RR_BINARY"], "serve", "-c", f"{folder}/.rr.yaml"], cwd=folder)
        try:
            while not answers(port):
                if time.monotonic() - start > 60:
                    raise SystemExit(f"{kind} does not become ready")
                time.sleep(0.002)
            ready = time.monotonic() - start
            rate = float(subprocess.check_output([load, str(port), path, str(WORKERS), str(SECONDS)]))
            return {"rate": rate, "memory": private_memory(worker), "ready": ready, "connections": database.open}
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def main():
    worker, load = (os.path.abspath(path) for path in sys.argv[1:3])
    is_hello = sys.argv[3:] == ["hello"]
    path = "/hello" if is_hello else "/wait"
    kinds = [f"{WORKERS} workers", "shared", "native"] + (["2 workers"] if is_hello else [])
    results = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            print(f"measuring {kind}", file=sys.stderr)
            results[kind].append(measure(kind, worker, load, path))
    print("| | requests/s | private memory | ready | connections |")
    print("| --- | --- | --- | --- | --- |")
    for kind, rounds in results.items():
        median = {name: statistics.median(result[name] for result in rounds) for name in rounds[0]}
        print(
            f"| {kind} | {median['rate']:,.0f} | {median['memory']:.1f} MiB | {median['ready'] * 1000:.0f} ms "
            f"| {median['connections']:.0f} |")


main()
