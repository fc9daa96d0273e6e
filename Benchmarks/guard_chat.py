"""The chat's way of a message, counted: from a client's frame to the frames of the ten in its room and the `ack`.

The chat is a program, not a library: it runs whole under callgrind, with one thread for its connections, on its own store or
through a Redis, while one member of a room of ten sends one message after the other, each once the one before has come to
everybody. A run with few messages is subtracted from one with many, so that starting, joining and ending don't count.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import peers

# Workloads, and whether there is a Redis.
WORKLOADS = {"chat send to a room of 10": False, "chat send to a room of 10 by Redis": True}
# Redis' `ack` and its publication come to the server in one read or in two, as it happens.
TOLERANCES = {"chat send to a room of 10 by Redis": 0.1}
# Redis' `ack` and its publication come to the server in one read or in two, as it happens.
TOLERANCES = {"chat send to a room of 10 by Redis": 0.1}
MEMBERS = 10
FEW, MANY = 100, 500
PATIENCE = 120
TEXT = "Good morning! Has anybody seen the numbers of last night? They were in the shared folder, beside those of the week before."


class Member:
    """A WebSocket client that knows no more than is needed here."""

    def __init__(self, port, number):
        self.input = b""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall((
            f"GET /ws?room=guard&name=Member{number} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YmVuY2htYXJrcyAxNiBieQ==\r\n\r\n").encode())

    def send(self, text):
        payload = text.encode()
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        # A mask of zeros leaves the payload as it is.
        self.socket.sendall(b"\x81" + size + bytes(4) + payload)

    def wait(self, *words):
        """Reads until each of these has come, in whatever order."""
        while not all(word.encode() in self.input for word in words):
            piece = self.socket.recv(1 << 16)
            if not piece:
                sys.exit("the chat hung up on a member")
            self.input += piece
        self.input = b""


def become_healthy(port):
    """Returns when a join would be served: so slow a server takes a while to have tried its Redis."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE):
            return
        time.sleep(0.2)
    sys.exit("the chat does not become healthy")


def talk(port, messages):
    become_healthy(port)
    members = []
    for number in range(MEMBERS):
        members.append(Member(port, number))
        for member in members:
            member.wait(f'"username":"Member{number}"')
    for number in range(messages):
        members[0].send(f'{{"topic":"send","data":{{"id":"{number}","message":"{TEXT}"}}}}')
        members[0].wait('{"topic":"ack"', '{"topic":"messages"')
        for member in members[1:]:
            member.wait('{"topic":"messages"', f'"id":"{number}"')


def instructions(messages, has_redis, environment):
    """What the process does from its start to its end, with so many messages in between."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        counts = pathlib.Path(folder, "counts")
        store = ["--embedded"]
        if has_redis:
            store = ["--redis", f"redis://127.0.0.1:{stack.enter_context(peers.redis_server())}"]
        chat = stack.enter_context(subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", peers.CHAT, "--port", "0", "--threads", "1",
             "--rate", "0", "--log-level", "error", *store],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True))
        stack.callback(chat.kill)
        # It is some fifty times slower than by itself.
        talk(peers.port_of(chat, "the chat", patience=120), messages)
        # The second ends it at once.
        chat.terminate()
        time.sleep(0.5)
        chat.terminate()
        chat.wait(PATIENCE)
        total = re.search(r"^totals: (\d+)", counts.read_text(), re.MULTILINE)
    return int(total[1])


def count(name, environment):
    """Instructions for each message."""
    many, few = (instructions(number, WORKLOADS[name], environment) for number in (MANY, FEW))
    return round((many - few) / (MANY - FEW))


if __name__ == "__main__":
    for workload in WORKLOADS:
        print(workload, count(workload, os.environ), sep="\t")
