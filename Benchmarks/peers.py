"""The servers that are compared, and how each is started. One that isn't there is left out with a word."""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

FOLDER = pathlib.Path(__file__).parent
BUILT = FOLDER / ".build"
CHAT = BUILT / "release/ChatServer"


class Peer:
    """A server that is one process. In its command PORT stands for a free port, REDIS for that of a Redis of its own.

    With `speaks`, flags of the load, clients send to the server itself; else they publish to the Redis, if there is one.
    While it runs, `redis` is the port of its Redis, or 0.
    """

    redis = 0

    def __init__(self, name, command, needs=(), environment=None, speaks=()):
        self.name = name
        self.speaks = list(speaks)
        self.command = [str(part) for part in command]
        self.needs = [self.command[0], *needs]
        self.environment = environment or {}

    @property
    def missing(self):
        """What it lacks, or None."""
        for path in self.needs:
            if not pathlib.Path(path).exists() and not shutil.which(str(path)):
                return path
        return None

    @contextlib.contextmanager
    def running(self):
        """What the load is to be told of it, while it runs."""
        with contextlib.ExitStack() as stack:
            redis, redis_pid = stack.enter_context(redis_process()) if "REDIS" in self.command else (0, 0)
            self.redis = redis
            port, pid = stack.enter_context(process(self.command, self.environment, redis))
            yield ["--port", str(port), "--pid", str(pid), *self.speaks,
                   *(["--redis-port", str(redis)] if redis and not self.speaks else []),
                   *(["--redis-pid", str(redis_pid)] if redis else [])]


class Chat:
    """This project's chat: so many servers, of so many threads each, that share a Redis; or one on its own store.

    While it runs, `redis` is the port of its Redis, or 0.
    """

    redis = 0

    def __init__(self, name, servers, embedded=False, threads=1):
        self.name = name
        self.servers = servers
        self.embedded = embedded
        self.threads = threads
        self.missing = None if CHAT.exists() else CHAT

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            redis, redis_pid = (0, 0) if self.embedded else stack.enter_context(redis_process())
            self.redis = redis
            started = [stack.enter_context(chat_server(redis, self.threads)) for _ in range(self.servers)]
            yield ["--port", ",".join(str(port) for port, _ in started), "--pid", ",".join(str(pid) for _, pid in started),
                   *SPEAKS_CHAT, *(["--redis-pid", str(redis_pid)] if redis else [])]


def chat_server(redis, threads=1):
    """A chat server; without a Redis on its own store. Its address line is what it says itself."""
    store = ["--redis", f"redis://127.0.0.1:{redis}"] if redis else ["--embedded"]
    # No limit to what one member may say: here one stands for many.
    return process([str(CHAT), "--port", "PORT", "--threads", str(threads), "--rate", "0", "--log-level", "error", *store], {})


@contextlib.contextmanager
def process(command, environment, redis=0):
    """Its port and its number, while it runs."""
    command = [part.replace("PORT", str(free_port())).replace("REDIS", str(redis)) for part in command]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment})
    try:
        yield port_of(child, command[0]), child.pid
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def redis_server():
    """The port of a Redis that keeps nothing on disk, while it runs."""
    with redis_process() as (port, _):
        yield port


@contextlib.contextmanager
def redis_process():
    """The port and the number of such a Redis."""
    port = free_port()
    child = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            if child.poll() is not None:
                raise RuntimeError("redis-server does not start")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield port, child.pid
    finally:
        child.kill()
        child.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_of(child, name, patience=20):
    """From the line that each server prints once it listens, within so many seconds."""
    guard = threading.Timer(patience, child.kill)
    guard.start()
    try:
        for line in child.stdout:
            if match := re.search(r"(?:listening on|chat is at) \S*:(\d+)", line):
                # Whatever else it says is read away: a full pipe would stop it.
                threading.Thread(target=collections.deque, args=(child.stdout, 0), daemon=True).start()
                return int(match.group(1))
    finally:
        guard.cancel()
    raise RuntimeError(f"{name} does not start")


PYTHON = BUILT / "python/bin/python"
NODE = {"needs": ["/usr/share/nodejs/ws"], "environment": {"NODE_PATH": "/usr/share/nodejs"}}
NODE_REDIS = {**NODE, "needs": ["/usr/share/nodejs/ws", "/usr/share/nodejs/redis"]}
SPEAKS_CHAT = ["--path", "/ws?room=ROOM", "--dialect", "chat"]
SWIFT = FOLDER / "SwiftPeers/.build/release"

EACH, TICK, OURS = "one send a message", "once a tick", "this library"
LIMITS = [
    Peer(EACH, [BUILT / "release/LimitServer", "PORT", "each"]),
    Peer(TICK, [BUILT / "release/LimitServer", "PORT", "tick"]),
]
BROADCAST = LIMITS + [
    Peer(OURS, [BUILT / "release/BroadcastServer", "PORT", "1"]),
    Peer("uWebSockets (socketify)", [PYTHON, FOLDER / "Peers/socketify_peer.py", "PORT"]),
    Peer("gorilla/websocket", [BUILT / "gorilla", "PORT"]),
    Peer("node ws", ["node", FOLDER / "Peers/ws.js", "PORT"], **NODE),
    Peer("SwiftNIO", [SWIFT / "NIOPeer", "PORT"]),
    Peer("FlyingFox", [SWIFT / "FlyingFoxPeer", "PORT"]),
]
THROUGH_REDIS = LIMITS[1:] + [
    Peer(OURS, [BUILT / "release/BroadcastServer", "PORT", "1", "REDIS"]),
    Peer("gorilla/websocket and redigo", [BUILT / "gorilla", "PORT", "REDIS"]),
    Peer("node ws and node-redis", ["node", FOLDER / "Peers/ws.js", "PORT", "REDIS"], **NODE_REDIS),
]
CHATS = [Chat("the chat", 1), Chat("the chat on two servers", 2), Chat("the chat on its own store", 1, embedded=True)]
ROOM_LIMIT, EMBEDDED, THROUGH = "the limit", "the chat on its own store", "the chat through Redis"
TWO_THREADS, NODE_ROOMS = "the same with two threads", "node ws and node-redis"
ROOMS = [
    Peer(ROOM_LIMIT, [BUILT / "release/RoomLimit", "PORT"], speaks=["--path", "/ROOM"]),
    Chat(EMBEDDED, 1, embedded=True), Chat(THROUGH, 1), Chat(TWO_THREADS, 1, threads=2),
    Peer(NODE_ROOMS, ["node", FOLDER / "Peers/rooms.js", "PORT", "REDIS"], **NODE_REDIS, speaks=SPEAKS_CHAT),
]
IDLE = BROADCAST + CHATS[:1]


def available(servers, chosen):
    found = []
    for server in servers:
        if chosen and server.name not in chosen.split(","):
            continue
        if server.missing:
            print(f"{server.name} is left out: {server.missing} is not there", file=sys.stderr)
        else:
            found.append(server)
    return found
