"""What a chat mostly is: 200 rooms of ten, in each of which one member sends.

A figure is the server's CPU time for each message sent, the kernel's included; its ratio is to the limit (a C program that
reads the frame and writes it to the ten, with no JSON and no store) of the same round. Redis' CPU time is beside that of
bare ZADDs and PUBLISHes, sent at the same rate, and as many at once.
"""

import json
import statistics
import subprocess

import bare_redis
import peers
from tables import failure, rows, spread

NAME = "small-rooms"
CLIENTS, ROOMS, SENDERS, UNDER_WAY = 2000, 200, 200, 64
LOAD = peers.BUILT / "release/Load"
BARE, SINGLE = "ZADD and PUBLISH alone", "ZADD and PUBLISH alone, a message a write"


def measure(server, ms):
    """One server: what the load says, and Redis; or why there is nothing to say."""
    try:
        with server.running() as place:
            command = [LOAD, *place, "--subscribers", CLIENTS, "--rooms", ROOMS, "--publishers", SENDERS,
                       "--in-flight", UNDER_WAY, "--ms", ms, "--warm-up-ms", max(1500, ms // 2), "--announce", 1]
            load = subprocess.Popen(
                list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                # It says when it measures.
                load.stdout.readline()
                before = bare_redis.reads(server.redis)
                out, error = load.communicate(timeout=30 + 3 * ms / 1000)
                reads = bare_redis.reads(server.redis) - before
            finally:
                load.kill()
    except subprocess.TimeoutExpired as expired:
        return {"failure": f"not done in {expired.timeout:.0f} s"}
    except RuntimeError as error:
        return {"failure": str(error)[:200]}
    if load.returncode != 0:
        return {"failure": error.strip()[:200] or f"ended with {load.returncode}"}
    figures = json.loads(out)
    figures["cpu_us"] = figures["message_user_us"] + figures["message_system_us"]
    figures["redis_us"] = figures["redis_user_us"] + figures["redis_system_us"]
    figures["messages_a_read"] = figures["messages_per_second"] * figures["seconds"] / reads if reads else 0
    return figures


def measure_round(servers, ms, step):
    """All servers, one after the other, and then bare commands as many and as fast as the chat's were."""
    results = {}
    for server in servers:
        results[server.name] = measure(server, ms)
        step(server.name)
    chat = results.get(peers.THROUGH, {})
    if "messages_a_read" in chat:
        for name, batch in (BARE, max(1, round(chat["messages_a_read"]))), (SINGLE, 1):
            results[name] = bare_redis.measure(chat["messages_per_second"], batch, ROOMS, ms)
            step(name)
    return results


def ratio(rounds, key, name, other):
    """The ratios of a figure of two servers in the rounds in which both have it."""
    pairs = [(one.get(name, {}).get(key), one.get(other, {}).get(key)) for one in rounds]
    return [own / reference for own, reference in pairs if own and reference]


# What is wanted of the chat, by the ratio of a figure of one server to that of another.
GOALS = [
    ("CPU on its own store, as a multiple of the limit's", "cpu_us", peers.EMBEDDED, peers.ROOM_LIMIT, "≤", 1.25),
    ("CPU through Redis, as a multiple of the limit's", "cpu_us", peers.THROUGH, peers.ROOM_LIMIT, "≤", 1.5),
    ("CPU through Redis, as a multiple of node's", "cpu_us", peers.THROUGH, peers.NODE_ROOMS, "≤", 0.6),
    ("messages/s through Redis, as a multiple of node's", "messages_per_second", peers.THROUGH, peers.NODE_ROOMS, "≥", 1.5),
    ("Redis' CPU, as a multiple of a bare ZADD and PUBLISH", "redis_us", peers.THROUGH, BARE, "≤", 1.3),
    ("Redis' CPU, as a multiple of that for the node program", "redis_us", peers.THROUGH, peers.NODE_ROOMS, "≤", 1.3),
    ("messages/s with two threads, as a multiple of one's", "messages_per_second", peers.TWO_THREADS, peers.THROUGH, "≥", 1),
]


def goals(rounds):
    lines = []
    for words, key, name, other, sign, wanted in GOALS:
        values = ratio(rounds, key, name, other)
        if not values:
            lines.append([words, f"{sign} {wanted}", "not measured", ""])
            continue
        median = statistics.median(values)
        is_kept = median <= wanted if sign == "≤" else median >= wanted
        lines.append([words, f"{sign} {wanted}", spread(values), "yes" if is_kept else "no"])
    return rows(["goal", "wanted", "measured", "kept"], lines)


def section(rounds):
    """The part of the report."""
    lines = []
    for name in dict.fromkeys(name for one in rounds for name in one if name not in (BARE, SINGLE)):
        good = [one[name] for one in rounds if name in one and "failure" not in one[name]]
        if not good:
            lines.append([name, failure([one.get(name, {}) for one in rounds])] + [""] * 8)
            continue

        def median(key, digits=0):
            return f"{statistics.median(one[key] for one in good):,.{digits}f}"
        ratios = ratio(rounds, "cpu_us", name, peers.ROOM_LIMIT)
        lines.append([
            name, spread(ratios) if ratios else "", median("cpu_us"), median("message_user_us"),
            median("messages_per_second"), median("redis_us") if good[0]["redis_us"] else "", median("p50_ms", 1),
            median("p99_ms", 1), f"{sum(one['lost'] for one in good):.0f}", f"{sum(one['reordered'] for one in good):.0f}"])
    bare, single = ([one[name]["redis_us"] for one in rounds if name in one] for name in (BARE, SINGLE))
    together = [one[BARE]["messages_a_write"] for one in rounds if BARE in one]
    heads = ["server", "CPU / limit's", "µs CPU a message", "of it user", "messages/s", "µs of Redis' CPU", "p50 ms", "p99 ms",
             "lost", "out of order"]
    return (
        f"## {ROOMS} rooms of {CLIENTS // ROOMS}\n\n{CLIENTS:,} clients, {SENDERS} of them sending, {UNDER_WAY} messages under "
        "way in all, 128 bytes each. A message goes to the members of its room. The limit is a C program that reads the frame "
        "and writes it to them. The node program does one ZADD and one PUBLISH for a message, gives no numbers and "
        f"acknowledges nothing.\n\n{rows(heads, lines)}\n\n"
        + (f"{BARE}, at the chat's rate: {spread(bare)} µs of Redis' CPU a message with as many messages in a write as the "
           f"chat's ({spread(together, 0)}), {spread(single)} µs with one.\n\n" if bare else "")
        + goals(rounds))
