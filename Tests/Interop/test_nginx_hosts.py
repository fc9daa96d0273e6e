"""Under which name nginx passes requests on, and what the servers make of it."""

import aiohttp
from proxy import ProxyCase
from servers import Nginx
from websockets.exceptions import InvalidStatus


class UnknownHostTests(ProxyCase):
    async def fetch_as(self, name: str, path: str) -> tuple[int, str]:
        async with self.session.get(f"http://{self.nginx.host}{path}", headers={"Host": name}) as answer:
            return answer.status, await answer.text()

    async def test_a_name_the_servers_do_not_know_is_421_and_tells_what_to_set(self):
        for path in ["/", "/health", "/chat.js"]:
            status, text = await self.fetch_as("chat.example", path)
            self.assertEqual(status, 421, path)
            self.assertIn("--hosts chat.example", text)
        self.assertEqual((await self.fetch_as("chat.example", "/live"))[0], 200)
        with self.assertRaises(aiohttp.WSServerHandshakeError) as refusal:
            await self.session.ws_connect(
                f"http://{self.nginx.host}/ws", origin="https://chat.example", headers={"Host": "chat.example"})
        self.assertEqual(refusal.exception.status, 421)


class KnownHostTests(ProxyCase):
    flags = ("--drain", "2", "--hosts", "chat.example")

    async def test_a_name_that_is_set_is_answered(self):
        async with self.session.get(f"http://{self.nginx.host}/health", headers={"Host": "chat.example"}) as answer:
            self.assertEqual(answer.status, 200)


class ChangedHostTests(ProxyCase):
    """As Apache does unless it is told to preserve the host."""

    def setUp(self):
        super().setUp()
        self.nginx.end()
        self.nginx = Nginx([server.host for server in self.servers], host="$proxy_host")
        self.addCleanup(self.nginx.end)

    async def test_the_log_says_what_was_compared(self):
        # nginx's own name for its servers is `chat`.
        async with self.session.get(f"http://{self.nginx.host}/") as answer:
            self.assertEqual(answer.status, 421)
            self.assertIn("--hosts chat", await answer.text())
        self.nginx.end()
        self.nginx = Nginx([server.host for server in self.servers], host="127.0.0.1:3000")
        self.addCleanup(self.nginx.end)
        for _ in range(2):
            with self.assertRaises(InvalidStatus) as refusal:
                await self.connect(f"ws://{self.nginx.host}/ws", origin=f"http://{self.nginx.host}")
            self.assertEqual(refusal.exception.response.status_code, 403)
        line = self.servers[0].line("was compared with")
        for words in [f"'http://{self.nginx.host}'", "'127.0.0.1:3000'", "ProxyPreserveHost"]:
            self.assertIn(words, line)
