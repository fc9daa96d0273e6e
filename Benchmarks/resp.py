"""The Redis client beside others, and its decoder beside hiredis' reader: `python3 resp.py`, or `--quick`.

Each round runs every client, one after the other, each a process of its own, against one private redis-server. A figure
of a client is its own CPU time (user and system) per million commands; its ratio is to hiredis in the same round.
"""

import argparse
import contextlib
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import peers
from resp_clients import CLIENTS, DECODERS, DEPTHS, REFERENCE, available

COMMANDS = ["SET", "GET", "ZADD"]
# What is decoded: its name in words, and how many elements one has, for nanoseconds an element.
SAMPLES = {
    "ok": ("`+OK`", 1),
    "integer": ("an integer", 1),
    "message": ("a pub/sub message of 200 bytes", 1),
    "range": ("ZRANGE: 100 × 200 bytes", 100),
}
ROUNDS, MILLISECONDS = 5, 1000


def measure(rounds=ROUNDS, milliseconds=MILLISECONDS):
    """{"commands": {(command, depth): {client: [one each round]}}, "decoding": {sample: {decoder: […]}}}"""
    clients, decoders = available(CLIENTS), available(DECODERS)
    if clients and not shutil.which("redis-server"):
        print("no commands are measured: redis-server is not there", file=sys.stderr)
        clients = []
    commands = {
        (command, depth): {client.name: [] for client in clients if depth in client.depths}
        for depth in DEPTHS for command in COMMANDS}
    decoding = {kind: {decoder.name: [] for decoder in decoders} for kind in SAMPLES}
    total = rounds * sum(map(len, [*commands.values(), *decoding.values()]))
    done, start = 0, time.monotonic()

    def record(results, client, words, number, **places):
        nonlocal done
        try:
            results[client.name].append(client.run(MS=str(milliseconds), **places))
        except (subprocess.TimeoutExpired, OSError, ValueError) as error:
            results[client.name].append({"failure": str(error).splitlines()[0][:200]})
        done += 1
        left = (time.monotonic() - start) / done * (total - done)
        print(f"\rround {number + 1}/{rounds}  {done}/{total}  {left:.0f} s left  {words}, {client.name}".ljust(100),
              end="", file=sys.stderr, flush=True)

    with peers.redis_server() if clients else contextlib.nullcontext() as port:
        for number in range(rounds):
            for (command, depth), results in commands.items():
                for client in clients:
                    if client.name in results:
                        record(results, client, f"{command} × {depth}", number,
                               PORT=str(port), COMMAND=command, DEPTH=str(depth))
            for kind, results in decoding.items():
                for decoder in decoders:
                    record(results, decoder, f"decoding {kind}", number, KIND=kind)
    print(file=sys.stderr)
    return {"commands": commands, "decoding": decoding, "rounds": rounds, "milliseconds": milliseconds}


def cpu(one):
    """Seconds of CPU per million of what was done."""
    return (one["user"] + one["system"]) / one["count"] * 1e6


def good(results, name):
    """The rounds of one that went well, each with its ratio to the reference of the same round (None without one)."""
    references = results.get(REFERENCE, [])
    rounds = []
    for number, own in enumerate(results[name]):
        if "failure" in own or not own["count"]:
            continue
        reference = references[number] if number < len(references) else {"failure": ""}
        ratio = None if "failure" in reference or not cpu(reference) else cpu(own) / cpu(reference)
        rounds.append({**own, "cpu": cpu(own), "ratio": ratio})
    return rounds


def spread(values, digits=2):
    values = [value for value in values if value is not None]
    if not values:
        return ""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def failure(results, name):
    """Why there is no figure, in a table's cell."""
    return next((one["failure"] for one in results[name] if "failure" in one), "no figure").replace("|", "/")


def command_table(results):
    lines = ["| client | CPU / hiredis' | s CPU per million | of it user | commands/s |", "|---|---|---|---|---|"]
    for name in results:
        rounds = good(results, name)
        if not rounds:
            lines.append(f"| {name} | {failure(results, name)} | | | |")
            continue
        user = statistics.median(one["user"] / one["count"] * 1e6 for one in rounds)
        rate = statistics.median(one["count"] / one["seconds"] for one in rounds)
        lines.append(
            f"| {name} | {spread([one['ratio'] for one in rounds])} | {spread([one['cpu'] for one in rounds])} "
            f"| {user:.2f} | {rate:,.0f} |")
    return "\n".join(lines)


def decoding_table(decoding):
    lines = ["| reply | decoder | CPU / hiredis' | ns a reply | ns an element | GB/s |", "|---|---|---|---|---|---|"]
    for kind, results in decoding.items():
        words, elements = SAMPLES[kind]
        for name in results:
            rounds = good(results, name)
            if not rounds:
                lines.append(f"| {words} | {name} | {failure(results, name)} | | | |")
                continue
            # Seconds per million are microseconds for one.
            each = [one["cpu"] * 1000 for one in rounds]
            rate = statistics.median(one["bytes"] / (one["user"] + one["system"]) / 1e9 for one in rounds)
            lines.append(
                f"| {words} | {name} | {spread([one['ratio'] for one in rounds])} | {spread(each, 1)} "
                f"| {statistics.median(each) / elements:.1f} | {rate:.2f} |")
    return "\n".join(lines)


def sections(results):
    """The results as parts of a Markdown document."""
    words = {client.name: client.words for client in CLIENTS}
    names = dict.fromkeys(name for one in results["commands"].values() for name in one)
    parts = [
        "## Redis commands\n\n"
        "One connection to a redis-server on the same machine. CPU is the client's alone, user and system; "
        f"{results['rounds']} interleaved rounds of {results['milliseconds']} ms, medians with minimum and maximum; "
        "ratios are to hiredis in the same round.\n\n"
        + "\n".join(f"- {name}: {words[name]}" for name in names)]
    for (command, depth), one in results["commands"].items():
        parts.append(f"### {command}, {depth} in flight\n\n" + command_table(one))
    parts.append(
        "## Decoding RESP2\n\nThe same bytes in chunks of 16 KiB, no socket; every value is made and let go. "
        "hiredis: its reader with reply objects.\n\n" + decoding_table(results["decoding"]))
    return parts


def main():
    folder = pathlib.Path(__file__).parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--ms", type=int, default=MILLISECONDS)
    parser.add_argument("--quick", action="store_true", help="one round of 300 ms each")
    parser.add_argument("--out", default=str(folder / "results"))
    options = parser.parse_args()
    results = measure(*((1, 300) if options.quick else (options.rounds, options.ms)))
    path = pathlib.Path(options.out, "resp.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(["# RESP", *sections(results)]) + "\n")
    print(path.read_text())


if __name__ == "__main__":
    main()
