"""What Redis' CPU time would be if a message were one ZADD and one PUBLISH, and nothing else.

The two are sent for each message at a given rate, so many messages in one write: both change what one costs Redis, whose
reads and writes are most of it. One connection listens to all rooms, as a server does.
"""

import os
import socket
import subprocess
import threading
import time

import peers

# As long as the chat's event for 128 bytes of text.
EVENT = b"x" * 320


def reads(port):
    """How often the Redis on this port has read from a connection; 0: there is none."""
    if not port:
        return 0
    info = subprocess.run(["redis-cli", "-p", str(port), "info", "stats"], capture_output=True, text=True, timeout=10)
    return next(int(line.split(":")[1]) for line in info.stdout.splitlines() if line.startswith("total_reads_processed"))


def command(*parts):
    parts = [part if isinstance(part, bytes) else part.encode() for part in parts]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drain(connection):
    while connection.recv(1 << 16):
        pass


def measure(per_second, batch, rooms, ms):
    """Microseconds of Redis' CPU for each message, at so many messages a second, so many in a write."""
    with peers.redis_process() as (port, pid):
        sender, listener = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        listener.sendall(command("SUBSCRIBE", *(f"chat:{room}" for room in range(rooms))))
        for connection in (sender, listener):
            threading.Thread(target=drain, args=(connection,), daemon=True).start()

        def send(seconds):
            count, began = 0, time.monotonic()
            while time.monotonic() - began < seconds:
                written = b""
                for number in range(count, count + batch):
                    room = number % rooms
                    written += command("ZADD", f"chat:{room}:messages", str(number), b"%d%s" % (number, EVENT))
                    written += command("PUBLISH", f"chat:{room}", EVENT)
                sender.sendall(written)
                count += batch
                # A write that is late is made up for.
                time.sleep(max(0, began + count / per_second - time.monotonic()))
            return count

        send(ms / 2000)
        before = cpu_seconds(pid)
        count = send(ms / 1000)
        spent = cpu_seconds(pid) - before
        for connection in (sender, listener):
            connection.shutdown(socket.SHUT_RDWR)
    return {"redis_us": spent / count * 1e6, "messages_a_write": batch}
