"""The servers that are compared, and how each is started. One that isn't there is left out with a word."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading

FOLDER = pathlib.Path(__file__).parent
BUILT = FOLDER / ".build"


class Peer:
    def __init__(self, name, command, needs=(), environment=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.needs = needs
        self.environment = {**os.environ, **(environment or {})}

    @property
    def missing(self):
        """What it lacks, or None."""
        for path in self.needs:
            if not pathlib.Path(path).exists() and not shutil.which(str(path)):
                return path
        return None

    @contextlib.contextmanager
    def running(self):
        """Its port and its processes, while it runs."""
        command = [part.replace("PORT", str(free_port())) for part in self.command]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment)
        try:
            yield port_of(process, self.name), [process.pid]
        finally:
            process.kill()
            process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_of(process, name):
    """From the line that each server prints once it listens."""
    guard = threading.Timer(20, process.kill)
    guard.start()
    try:
        for line in process.stdout:
            if match := re.search(r"listening on \S*:(\d+)", line):
                return int(match.group(1))
    finally:
        guard.cancel()
    raise RuntimeError(f"{name} does not start")


ALL = [
    Peer("one send a message", [BUILT / "release/LimitServer", "PORT", "each"]),
    Peer("once a tick", [BUILT / "release/LimitServer", "PORT", "tick"]),
    Peer("this library", [BUILT / "release/BroadcastServer", "PORT", "1"]),
    Peer("uWebSockets (socketify)", [BUILT / "python/bin/python", FOLDER / "Peers/socketify_peer.py", "PORT"],
         needs=[BUILT / "python/bin/python"]),
    Peer("gorilla/websocket", [BUILT / "gorilla", "PORT"], needs=[BUILT / "gorilla"]),
    Peer("node ws", ["node", FOLDER / "Peers/ws.js", "PORT"], needs=["node", "/usr/share/nodejs/ws"],
         environment={"NODE_PATH": "/usr/share/nodejs"}),
    Peer("SwiftNIO", [FOLDER / "SwiftPeers/.build/release/NIOPeer", "PORT"],
         needs=[FOLDER / "SwiftPeers/.build/release/NIOPeer"]),
    Peer("FlyingFox", [FOLDER / "SwiftPeers/.build/release/FlyingFoxPeer", "PORT"],
         needs=[FOLDER / "SwiftPeers/.build/release/FlyingFoxPeer"]),
]


def available(chosen):
    found = []
    for peer in ALL:
        if chosen and peer.name not in chosen.split(","):
            continue
        if peer.missing:
            print(f"{peer.name} is left out: {peer.missing} is not there", file=sys.stderr)
        else:
            found.append(peer)
    return found
