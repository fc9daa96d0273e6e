"""The Redis clients that are compared, and how each is run. One that isn't there is left out with a word."""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).parent
BUILT = FOLDER / ".build"
LOAD, HIREDIS, PYTHON = BUILT / "release/RESPLoad", BUILT / "hiredis-commands", BUILT / "python-redis/bin/python"
REFERENCE = "hiredis"
DEPTHS = [1, 64]


class Client:
    """A program that sends commands, with PORT, COMMAND, DEPTH and MS in its place."""

    def __init__(self, name, words, command, needs, environment=None, depths=DEPTHS):
        self.name = name
        self.words = words
        self.command = [str(part) for part in command]
        self.needs = needs
        self.environment = {**os.environ, **(environment or {})}
        self.depths = depths

    @property
    def missing(self):
        """What it lacks, or None."""
        return next((path for path in self.needs if not os.path.exists(path) and not shutil.which(path)), None)

    def run(self, **places):
        return parsed(subprocess.run(
            [places.get(part, part) for part in self.command], capture_output=True, text=True, env=self.environment,
            timeout=20 + 5 * int(places.get("MS", 0)) / 1000))


def parsed(done):
    """What a program says it did, or why it did nothing."""
    if done.returncode != 0:
        return {"failure": (done.stderr.strip() or f"ended with {done.returncode}").splitlines()[-1][:200]}
    return json.loads(done.stdout)


class RedisBenchmark(Client):
    """redis-benchmark says its rate; its CPU time is what the system counts for the child."""

    def __init__(self):
        super().__init__(
            "redis-benchmark", "C, `-c 1 -P DEPTH`: one prepared text again and again", [], ["redis-benchmark"])

    def run(self, PORT, COMMAND, DEPTH, MS):
        arguments = {
            "SET": ["SET", "bench:string", "x" * 100], "GET": ["GET", "bench:string"],
            "ZADD": ["ZADD", "bench:set", "17", "member:0123456789"]}[COMMAND]

        def once(count):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            done = subprocess.run(
                ["redis-benchmark", "-p", PORT, "-c", "1", "-P", DEPTH, "-n", str(count), "--csv", *arguments],
                capture_output=True, text=True, timeout=60)
            after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
            if done.returncode != 0:
                raise RuntimeError(done.stderr.strip()[:200] or "redis-benchmark failed")
            rates = re.findall(r'^"[^"]*","([\d.]+)"', done.stdout, re.MULTILINE)
            rate = float(rates[-1]) if rates else count / seconds
            return {
                "count": count, "seconds": count / rate, "user": after.ru_utime - before.ru_utime,
                "system": after.ru_stime - before.ru_stime}
        try:
            # It takes a number of commands, not a time: a short run tells its speed.
            trial = once(64 * int(DEPTH) * 8)
            return once(max(64 * int(DEPTH), int(trial["count"] / trial["seconds"] * int(MS) / 1000)))
        except RuntimeError as error:
            return {"failure": str(error)}


def ours(way):
    return [LOAD, "--way", way, "--port", "PORT", "--command", "COMMAND", "--depth", "DEPTH", "--ms", "MS"]


def hiredis(way):
    return [HIREDIS, "PORT", "COMMAND", "DEPTH", "MS", way]


CLIENTS = [
    Client(REFERENCE, "C, `redisAppendCommand` and `redisGetReply`", hiredis("format"), [HIREDIS]),
    Client("hiredis, argv", "the same with `redisAppendCommandArgv`", hiredis("argv"), [HIREDIS]),
    Client("this library, on its loop",
           "`pipeline(_:)` of a `RedisBatch`, for one command the typed call; in a task that prefers its executor",
           ours("loop"), [LOAD]),
    Client("this library, any thread", "the same from the global executor: two changes of threads a call",
           ours("pipeline"), [LOAD]),
    Client("this library, on its loop, a task a command", "a task group of DEPTH calls that prefers the executor",
           ours("loop-tasks"), [LOAD], depths=[64]),
    Client("this library, any thread, a task a command", "a task group of DEPTH calls on the global executor",
           ours("tasks"), [LOAD], depths=[64]),
    RedisBenchmark(),
    Client("node-redis", "Debian's, `Promise.all` of DEPTH calls",
           ["node", FOLDER / "Peers/node_redis.js", "PORT", "COMMAND", "DEPTH", "MS"],
           ["node", "/usr/share/nodejs/redis"], environment={"NODE_PATH": "/usr/share/nodejs"}),
    Client("redis-py", "PyPI's, without the hiredis extra, `pipeline(transaction=False)`",
           [PYTHON, "-I", FOLDER / "Peers/redis_py.py", "PORT", "COMMAND", "DEPTH", "MS"], [PYTHON]),
]
DECODERS = [
    Client(REFERENCE, "", [BUILT / "hiredis-decoding", "KIND", "MS"], [BUILT / "hiredis-decoding"]),
    Client("this library", "", [LOAD, "--decode", "KIND", "--ms", "MS"], [LOAD]),
]


def available(clients):
    found = []
    for client in clients:
        if client.missing:
            print(f"{client.name} is left out: {client.missing} is not there", file=sys.stderr)
        else:
            found.append(client)
    return found
