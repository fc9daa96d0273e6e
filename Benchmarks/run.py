"""Runs the benchmarks and writes results/results.md and a plot: `make bench`, or `make bench QUICK=1`.

Each round runs every scenario with every server, one after the other, each server a process of its own with one thread.
A figure is the server's CPU time per delivery; its ratio is to the limit (the bare system calls) of the same round.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import catch_up
import peers
import report
import resp
import scenarios
import small_rooms

FOLDER = pathlib.Path(__file__).parent
LOAD = FOLDER / ".build/release/Load"


def measure(server, flags, options):
    """One server, one load: what the load says, or why there is nothing to say."""
    try:
        with server.running() as place:
            command = [LOAD, *place, "--subscribers", str(options.subscribers), "--ms", str(options.ms),
                       "--warm-up-ms", str(options.ms // 3), *flags]
            patience = 6 + options.subscribers / 500 + 3 * options.ms / 1000
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=patience)
        return json.loads(done.stdout) if done.returncode == 0 else {"failure": done.stderr.strip()[:200]}
    except subprocess.TimeoutExpired as error:
        return {"failure": f"not done in {error.timeout:.0f} s"}
    except RuntimeError as error:
        return {"failure": str(error)[:200]}


class Progress:
    def __init__(self, total):
        self.total, self.done, self.start = total, 0, time.monotonic()

    def step(self, words):
        self.done += 1
        left = (time.monotonic() - self.start) / self.done * (self.total - self.done)
        print(f"\r{self.done}/{self.total}  {left:.0f} s left  {words}".ljust(90), end="", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ms", type=int, default=2000, help="how long each measurement is")
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--idle", type=int, default=10_000, help="connections of the idle scenario; 0: none")
    parser.add_argument("--only", default="", help="scenarios, by commas; also small-rooms, joins, catch-up, idle, resp")
    parser.add_argument("--servers", default="", help="servers, by commas")
    parser.add_argument("--out", default=str(FOLDER / "results"))
    parser.add_argument("--quick", action="store_true", help="a look in two minutes: one short round, fewer clients")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.ms, options.subscribers, options.idle = 1, 400, 300, 1000
    only = options.only.split(",") if options.only else None

    chosen = [one for one in scenarios.BROADCASTS if not only or one.name in only]
    joins = [one for one in scenarios.JOINS if not only or "joins" in only]
    rounds = {one.name: peers.available(one.servers, options.servers) for one in chosen + joins}
    in_rooms = peers.available(peers.ROOMS, options.servers) if not only or small_rooms.NAME in only else []
    idle = peers.available(peers.IDLE, options.servers) if options.idle and (not only or "idle" in only) else []
    catching = options.rounds if not only or "catch-up" in only else 0
    # Two more for the bare commands.
    small_count = len(in_rooms) + 2 * any(server.name == peers.THROUGH for server in in_rooms)
    progress = Progress(options.rounds * (sum(map(len, rounds.values())) + small_count) + len(idle) + catching)
    results = {name: {server.name: [] for server in servers} for name, servers in rounds.items()}
    small = []
    for number in range(options.rounds):
        for one in chosen + joins:
            for server in rounds[one.name]:
                results[one.name][server.name].append(measure(server, one.flags, options))
                progress.step(f"round {number + 1}/{options.rounds}  {one.name}, {server.name}")
        if in_rooms:
            # The system counts time in hundredths of a second: a short look would see nothing.
            small.append(small_rooms.measure_round(
                in_rooms, max(1000, options.ms),
                lambda name, number=number: progress.step(f"round {number + 1}/{options.rounds}  small rooms, {name}")))
    caught = []
    for number in range(catching):
        caught.append(catch_up.measure(options.subscribers))
        progress.step("catching up after a Redis cut")
    idling = {}
    for server in idle:
        at_rest = argparse.Namespace(subscribers=options.idle, ms=1000 if options.quick else 3000)
        idling[server.name] = measure(server, ["--publishers", "0", "--rooms", "1000"], at_rest)
        progress.step(f"idle: {server.name}")
    print(file=sys.stderr)
    commands = resp.measure(options.rounds, options.ms // 2) if not only or "resp" in only else None
    report.write(pathlib.Path(options.out), results, chosen, joins, small, caught, idling, commands, options)
    print(pathlib.Path(options.out, "results.md").read_text())


if __name__ == "__main__":
    main()
