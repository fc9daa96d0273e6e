"""nginx in front of two ChatServers that share one Redis, with the configuration beside this file."""

import aiohttp
from servers import ChatServer, Nginx, RedisServer
from support import Browser, InteropCase, within


class ProxyCase(InteropCase):
    flags: tuple[str, ...] = ("--drain", "2")
    read_timeout = "60s"
    room = "proxied"

    def setUp(self):
        redis = RedisServer()
        self.addCleanup(redis.end)
        self.servers: list[ChatServer] = []
        for _ in range(2):
            self.servers.append(ChatServer(redis.url, *self.flags))
            self.addCleanup(self.servers[-1].end)
        self.nginx = Nginx([server.host for server in self.servers], self.read_timeout)
        self.addCleanup(self.nginx.end)

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.session = aiohttp.ClientSession()
        self.addAsyncCleanup(self.session.close)

    async def fetch(self, path: str, host: str | None = None) -> tuple[int, dict, bytes]:
        async with self.session.get(f"http://{host or self.nginx.host}{path}") as answer:
            return answer.status, dict(answer.headers), await answer.read()

    async def enter(self, **query) -> Browser:
        return await self.join(self.nginx.host, room=self.room, **query)

    async def enter_beside(self, other: Browser, **query) -> Browser:
        """On the other server: nginx gives them in turn."""
        for _ in range(10):
            browser = await self.enter(**query)
            if browser.server != other.server:
                return browser
            # As a page that goes away: the member may come back.
            await within("the closing handshake", browser.connection.close(1001))
        raise AssertionError("nginx gave ten connections to one server")

    async def child_of(self, browser: Browser) -> ChatServer:
        """The process a browser is connected to."""
        for child in self.servers:
            probe = await self.join(child.host, room="probe")
            await within("the closing handshake", probe.connection.close())
            if probe.server == browser.server:
                return child
        raise AssertionError("no server has this name")
