"""What the tests of several files need: waits that end, peers that connect, and a browser's place in a chat."""

import asyncio
import json
import unittest
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

# Long enough for a debug build on a busy machine. Nothing waits so long unless it fails.
PATIENCE = 20
MEBIBYTE = 1024 * 1024


async def within(what: str, waiting: Awaitable, seconds: float = PATIENCE):
    """The result, or a failure that says what didn't come."""
    try:
        async with asyncio.timeout(seconds):
            return await waiting
    except TimeoutError:
        raise AssertionError(f"{what}: not within {seconds} s") from None


async def eventually(what: str, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """For what nobody tells: asks again and again."""

    async def ask() -> None:
        while not holds():
            await asyncio.sleep(0.02)

    await within(what, ask(), seconds)


async def wait_closed(connection: ClientConnection) -> tuple[int | None, str]:
    """Reads until the peer's Close: its code and reason; (None, "") for a connection that ended without."""

    async def read() -> tuple[int | None, str]:
        try:
            while True:
                await connection.recv()
        except ConnectionClosed as ending:
            return (ending.rcvd.code, ending.rcvd.reason) if ending.rcvd else (None, "")

    return await within("the end of the connection", read())


class InteropCase(unittest.IsolatedAsyncioTestCase):
    maxDiff = 2000

    async def asyncSetUp(self):
        # The loop of these tests is a debugging one by default, which is slow and complains of slowness.
        asyncio.get_running_loop().set_debug(False)

    async def connect(self, url: str, **options) -> ClientConnection:
        """A connection of `websockets`, without compression and pings of its own unless asked for."""
        options = {"compression": None, "ping_interval": None, "max_size": 32 * MEBIBYTE, "proxy": None} | options
        connection = await within("the handshake", connect(url, **options))
        # Whatever became of it, it doesn't outlive the test.
        self.addAsyncCleanup(self._drop, connection)
        return connection

    async def _drop(self, connection: ClientConnection) -> None:
        connection.transport.abort()
        await within("the end of the connection", connection.wait_closed())

    async def assert_echo(self, connection: ClientConnection, message: str | bytes, seconds: float = PATIENCE) -> None:
        # At once: a long message comes back before all of it has been sent.
        _, echo = await within(
            f"the echo of {len(message)}", asyncio.gather(connection.send(message), connection.recv()), seconds)
        self.assert_same(echo, message)

    def assert_same(self, echo: str | bytes, message: str | bytes) -> None:
        # Not assertEqual, which would compare megabytes for the reader.
        if type(echo) is not type(message) or echo != message:
            self.fail(f"{len(message)} of {type(message).__name__} came back as {len(echo)} of {type(echo).__name__}")

    async def join(self, host: str, *, origin: str | None = None, **query: str | int) -> "Browser":
        """Enters a room as the page does; returns when the join has ended."""
        address = f"ws://{host}/ws?{urlencode(query)}"
        # The page answers pings without knowing it, as `websockets` does.
        browser = Browser(await self.connect(address, origin=origin))
        browser.welcome = (await browser.until("welcome"))["data"]
        await browser.until("member_add", lambda frame: frame["data"]["socket"] == browser.socket)
        return browser


class Browser:
    """One client of the chat: every frame it got, and waiting for those that a test expects."""

    def __init__(self, connection: ClientConnection):
        self.connection = connection
        # As they came: what stands in Redis can be compared to the byte.
        self.texts: list[str] = []
        self.welcome: dict = {}

    @property
    def socket(self) -> str:
        return self.welcome["member"]["socket"]

    @property
    def server(self) -> str:
        return self.welcome["server"]

    @property
    def frames(self) -> list[dict]:
        return [json.loads(text) for text in self.texts]

    def last(self, topic: str) -> dict:
        return [frame for frame in self.frames if frame["topic"] == topic][-1]

    async def until(self, topic: str, matches: Callable[[dict], bool] = lambda frame: True) -> dict:
        """The next frame of a topic (that matches). What comes before it is kept in `texts`."""

        async def read() -> dict:
            while True:
                text = await self.connection.recv()
                self.texts.append(text)
                frame = json.loads(text)
                if frame["topic"] == topic and matches(frame):
                    return frame

        return await within(f"a frame of the topic {topic}", read())

    async def say(self, topic: str, data=None) -> None:
        await self.connection.send(json.dumps({"topic": topic, "data": data}))

    async def send(self, text: str) -> dict:
        """Sends a message, and waits until it is shown here."""
        await self.say("send", text)
        return (await self.until("messages", lambda frame: frame["data"]["message"] == text))["data"]

    async def hear(self, text: str) -> dict:
        return (await self.until("messages", lambda frame: frame["data"]["message"] == text))["data"]
