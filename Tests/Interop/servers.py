"""The servers under test, and those they work with: each on a free port of 127.0.0.1, ready when it has been made."""

import functools
import os
import socket
import subprocess
import time
from pathlib import Path

from processes import Child, free_port, temporary_folder

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = os.environ.get("INTEROP_CONFIGURATION", "debug")
ECHO_SERVER = ROOT / "Examples/.build" / CONFIGURATION / "EchoServer"
CHAT_SERVER = ROOT / ".build" / CONFIGURATION / "ChatServer"


@functools.cache
def has_compression() -> bool:
    """Whether this EchoServer knows permessage-deflate."""
    told = subprocess.run([ECHO_SERVER, "--help"], capture_output=True, text=True, timeout=20, check=True)
    return "--compression" in told.stdout


class EchoServer(Child):
    def __init__(self, *flags: str, port: int | None = None):
        self.port = port or free_port()
        self.url = f"ws://127.0.0.1:{self.port}/"
        super().__init__(ECHO_SERVER, "--port", str(self.port), *flags)
        self.line("listening on ws://")


class ChatServer(Child):
    def __init__(self, redis_url: str, *flags: str, is_ready: bool = True):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        super().__init__(CHAT_SERVER, "--port", str(self.port), "--redis", redis_url, *flags)
        self.line("The chat is at ")
        if is_ready:
            # From then on it is healthy.
            self.line("listening to Redis")


class RedisServer(Child):
    def __init__(self, *options: str):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        super().__init__("redis-server", *words, "--dir", temporary_folder(), *options)
        self.line("Ready to accept connections")


class Nginx(Child):
    """nginx in front of some servers, with the configuration beside this file."""

    def __init__(self, servers: list[str], read_timeout: str = "60s", host: str = "$http_host"):
        """`host` is what it passes on as Host."""
        self.folder = temporary_folder()
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        configuration = self.folder / "nginx.conf"
        text = (Path(__file__).parent / "nginx.conf").read_text()
        for place, value in {
            "@LISTEN@": self.host,
            "@SERVERS@": "\n".join(f"server {server};" for server in servers),
            "@FOLDER@": str(self.folder),
            "@READ_TIMEOUT@": read_timeout,
            "Host $http_host;": f"Host {host};",
        }.items():
            text = text.replace(place, value)
        configuration.write_text(text)
        # As root nginx would give its workers to a user who may not enter the folder.
        user = "user root root; " if os.geteuid() == 0 else ""
        words = ["-e", "stderr", "-p", self.folder, "-c", configuration, "-g", user + "daemon off;"]
        super().__init__("nginx", *words)
        self._wait_until_it_listens(20)

    @property
    def logs(self) -> str:
        """All that it has noted."""
        return self.output + "".join(log.read_text() for log in sorted(self.folder.glob("*.log")))

    def _wait_until_it_listens(self, seconds: float) -> None:
        # nginx has no word for being ready.
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"nginx does not listen; it said:\n{self.output}")
