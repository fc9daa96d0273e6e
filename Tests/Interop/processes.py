"""Child processes, free ports and folders, all of which are gone when the tests have ended, however they end."""

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

# What would change the servers' defaults, were it set where the tests run.
SETTINGS = {"HOST", "PORT", "REDIS_ADDRESS", "REDIS_HOST", "REDIS_PORT", "ALLOWED_ORIGINS", "CHANNEL_HISTORY_MAX"}

_given_ports: set[int] = set()
_running: set["Child"] = set()
_folders: set[Path] = set()


def free_port() -> int:
    """A port nobody listens on, given once.

    It is below 32768, where no system takes ports for outgoing connections: none takes it before its server does.
    """
    for _ in range(1000):
        port = random.randrange(20_000, 32_000)
        if port in _given_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_ports.add(port)
        return port
    raise AssertionError("no port between 20000 and 32000 is free")


def temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="interop-"))
    _folders.add(folder)
    return folder


class Child:
    """A program that runs until `end`, at the latest until this process ends. Both its outputs are in `lines`."""

    def __init__(self, *command: str | Path):
        self.name = Path(command[0]).name
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._is_closed = False
        self._process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={name: value for name, value in os.environ.items() if name not in SETTINGS},
            # A group of its own: Ctrl-C is for the tests, which then end it, with whatever it has started.
            start_new_session=True,
        )
        _running.add(self)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._is_closed = True
            self._news.notify_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def line(self, containing: str, seconds: float = 20) -> str:
        """The first line with these words, once it has been written."""

        def find() -> str | None:
            return next((line for line in self.lines if containing in line), None)

        with self._news:
            self._news.wait_for(lambda: find() is not None or self._is_closed, seconds)
            if found := find():
                return found
            ended = "has ended" if self._is_closed else f"has not said it in {seconds} s"
            raise AssertionError(f"waited for '{containing}', but {self.name} {ended}; it said:\n{self.output}")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def exit_status(self, seconds: float = 20) -> int:
        """Waits until it has ended by itself."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended in {seconds} s; it said:\n{self.output}") from None
        self.end()
        return status

    def end(self) -> None:
        """SIGTERM, then SIGKILL to its group. May be called again."""
        if self not in _running:
            return
        _running.discard(self)
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._reader.join(5)
        self._process.stdout.close()


@atexit.register
def end_everything() -> None:
    for child in list(_running):
        child.end()
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
