"""Runs the benchmarks and writes results/results.md and a plot: `make bench`, or `make bench QUICK=1`.

Each round runs every scenario with every server, one after the other, each server a process of its own with one thread.
A figure is the server's CPU time per delivery; its ratio is to the limit (the bare system calls) of the same round.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import peers
import report

FOLDER = pathlib.Path(__file__).parent
LOAD = FOLDER / ".build/release/Load"

# name: what the load is told, and the limit that the ratio is to.
SCENARIOS = {
    "window 1": (["--window", "1"], "one send a message"),
    "window 16": (["--window", "16"], "once a tick"),
    "window 64": (["--window", "64"], "once a tick"),
    "100 messages/s": (["--rate", "100"], "once a tick"),
    "1000 messages/s": (["--rate", "1000"], "once a tick"),
}


def measure(peer, flags, milliseconds, subscribers):
    """One server, one load: what the load says, or why there is nothing to say."""
    try:
        return load(peer, flags, milliseconds, subscribers)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return {"failure": str(error)[:200]}


def load(peer, flags, milliseconds, subscribers):
    with peer.running() as (port, pids):
        command = [
            LOAD, "--port", str(port), "--pid", ",".join(map(str, pids)), "--subscribers", str(subscribers),
            "--ms", str(milliseconds), "--warm-up-ms", str(milliseconds // 3), *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20 + 3 * milliseconds / 1000)
        if done.returncode != 0:
            return {"failure": done.stderr.strip()[:200]}
        return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ms", type=int, default=2000)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--idle", type=int, default=10_000, help="connections of the idle scenario; 0: none")
    parser.add_argument("--only", default="", help="scenarios, by commas")
    parser.add_argument("--servers", default="", help="servers, by commas")
    parser.add_argument("--out", default=str(FOLDER / "results"))
    options = parser.parse_args()

    chosen = [name for name in SCENARIOS if not options.only or name in options.only.split(",")]
    servers = peers.available(options.servers)
    results = {name: {peer.name: [] for peer in servers} for name in chosen}
    total, done, start = options.rounds * len(chosen) * len(servers), 0, time.monotonic()
    for number in range(options.rounds):
        for name in chosen:
            for peer in servers:
                results[name][peer.name].append(
                    measure(peer, SCENARIOS[name][0], options.ms, options.subscribers))
                done += 1
                left = (time.monotonic() - start) / done * (total - done)
                print(
                    f"\rround {number + 1}/{options.rounds}  {done}/{total}  {left:.0f} s left  {name}, {peer.name}"
                    .ljust(90), end="", file=sys.stderr, flush=True)
    idle = {}
    if options.idle:
        for peer in servers:
            print(f"\ridle: {peer.name}".ljust(90), end="", file=sys.stderr, flush=True)
            idle[peer.name] = measure(peer, ["--publishers", "0"], max(3000, options.ms), options.idle)
    print(file=sys.stderr)
    limits = {name: SCENARIOS[name][1] for name in chosen}
    report.write(pathlib.Path(options.out), results, limits, idle, options)
    print(pathlib.Path(options.out, "results.md").read_text())


if __name__ == "__main__":
    main()
