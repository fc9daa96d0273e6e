"""How soon everybody has what was said while their server was cut off from Redis.

Two chat servers share a Redis; one of them reaches it through a relay that is cut for a second, while members of the other
go on talking, 100 messages a second.
"""

import contextlib
import json
import select
import socket
import subprocess
import threading
import time

import peers

CUT = 1.0


class Relay:
    """Passes TCP connections on to a port until it is cut."""

    def __init__(self, target):
        self.target = target
        self.pairs = []
        self.is_cut = False
        self.is_over = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_over:
            ends = {one: other for pair in self.pairs for one, other in (pair, pair[::-1])}
            ready, _, _ = select.select([self.listener, *ends], [], [], 0.02)
            if self.is_cut:
                self.drop()
                continue
            for one in ready:
                if one is self.listener:
                    with contextlib.suppress(OSError):
                        self.pairs.append((one.accept()[0], socket.create_connection(("127.0.0.1", self.target))))
                    continue
                try:
                    data = one.recv(1 << 16)
                    if not data:
                        raise OSError
                    ends[one].sendall(data)
                except OSError:
                    self.pairs = [pair for pair in self.pairs if one not in pair]
                    one.close()
                    ends[one].close()
        self.drop()
        self.listener.close()

    def drop(self):
        """Ends what there is, and whatever comes."""
        for pair in self.pairs:
            for end in pair:
                end.close()
        self.pairs = []
        self.listener.settimeout(0)
        with contextlib.suppress(OSError):
            while True:
                self.listener.accept()[0].close()
        self.listener.settimeout(None)


def measure(subscribers):
    """Milliseconds from the link's return to the last message that had waited for it; what was lost; CPU."""
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(peers.redis_server())
        relay = Relay(redis)
        near, near_pid = stack.enter_context(peers.chat_server(relay.port))
        far, _ = stack.enter_context(peers.chat_server(redis))
        load = subprocess.Popen(
            [str(peers.BUILT / "release/Load"), "--port", str(near), "--publisher-port", str(far), "--pid", str(near_pid),
             "--path", "/ws?room=ROOM", "--dialect", "chat", "--subscribers", str(subscribers), "--publishers", "100",
             "--rate", "100", "--warm-up-ms", "1000", "--ms", "5000", "--announce", "1"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            # It says when it measures.
            load.stdout.readline()
            time.sleep(0.5)
            relay.is_cut = True
            time.sleep(CUT)
            relay.is_cut = False
            restored = time.monotonic_ns()
            out, error = load.communicate(timeout=60)
        finally:
            load.kill()
            relay.is_over = True
            relay.thread.join()
    if load.returncode != 0:
        return {"failure": error.strip()[:200]}
    figures = json.loads(out)
    figures["caught_up_ms"] = (figures["last_late_ns"] - restored) / 1e6
    return figures
