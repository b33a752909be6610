#!/usr/bin/env python3
"""Counts the instructions of a worker per request, and compares them with the recorded counts.

Times differ between runs and machines; with deterministic hashes, instruction counts differ by at most a tenth of a percent.
`scripts/bench instructions` runs it. A count is the difference of two runs of valgrind's callgrind, divided by the difference of their
requests, which excludes the start of the program and the filling of its caches.
"""
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.03
FEW, MANY = 500, 1500
RECORDED = os.path.join(os.path.dirname(__file__), "instructions.json")
# Name: case, environment.
CASES = {
    "bare": ("hello", {"BENCH_BARE": "true"}),
    "router": ("hello", {}),
    "json": ("json", {}),
    "post": ("post", {}),
    "large": ("large", {}),
    "stream": ("stream", {}),
    "get": ("get", {}),
    "observed": ("hello", {"BENCH_OBSERVED": "true"}),
    "logged": ("hello", {"BENCH_OBSERVED": "true", "BENCH_LOGGED": "true", "LOG_FORMAT": "json"}),
}
# Shown, but not compared, since they depend on the time as well: metrics are sent once a second, and chunks in quick succession are
# written together.
UNSTEADY = {"stream", "observed", "logged"}


def collected(folder, name, case, environment, requests):
    script, log = os.path.join(folder, name), os.path.join(folder, name + ".log")
    variables = " ".join(f"{key}={value}" for key, value in environment.items())
    with open(script, "w") as file:
        file.write(
            "#!/bin/sh\nexec env SWIFT_DETERMINISTIC_HASHING=1 "
            f"{variables} valgrind --tool=callgrind --callgrind-out-file=/dev/null {os.environ['worker']} 2>{log}\n")
    os.chmod(script, 0o755)
    subprocess.run(
        [os.path.join(os.environ["build"], "pump"), "1", str(requests), case, f"w={script}"],
        check=True, stdout=subprocess.DEVNULL)
    text = open(log, errors="replace").read()
    match = re.search(r"Collected : (\d+)", text)
    if not match:
        sys.exit(f"callgrind has counted nothing for {name}:\n{text[-2000:]}")
    return int(match.group(1))


def measure():
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (case, environment) in CASES.items():
            few, many = (collected(folder, name, case, environment, requests) for requests in (FEW, MANY))
            # The warm-up is a tenth of the requests, and one.
            counts[name] = round((many - few) / ((MANY - FEW) * 1.1))
            print(f"{name:10} {counts[name]:>10,}", flush=True)
    return counts


def main():
    swift = re.search(r"Swift version (\S+)", subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout)
    setting = {"swift": swift.group(1) if swift else "", "architecture": platform.machine()}
    counts = measure()
    if "--record" in sys.argv:
        with open(RECORDED, "w") as file:
            json.dump({**setting, "instructions": counts}, file, indent=2)
            file.write("\n")
        return
    if not os.path.exists(RECORDED):
        print("not compared: nothing is recorded yet; scripts/bench instructions --record does that")
        return
    recorded = json.load(open(RECORDED))
    if any(recorded[key] != value for key, value in setting.items()):
        print(f"not compared: recorded with {recorded['swift']} on {recorded['architecture']}, this is {setting}")
        return
    wrong = []
    for name, count in counts.items():
        if name in UNSTEADY:
            continue
        before = recorded["instructions"].get(name)
        if before is None or abs(count - before) > TOLERANCE * before:
            wrong.append(f"{name}: {before:,} instructions a request were recorded, it is {count:,}" if before else f"{name}: not recorded")
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        sys.exit("More: find out why. Fewer, or for a reason: scripts/bench instructions --record")


main()
