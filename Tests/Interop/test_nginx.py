"""Chatting through nginx, from one server to the other."""

import asyncio
import signal

from proxy import ProxyCase
from support import wait_closed, within
from websockets.exceptions import InvalidStatus


class ProxyTests(ProxyCase):
    async def test_browsers_on_different_servers_chat(self):
        ada = await self.enter(name="Ada")
        bob = await self.enter_beside(ada, name="Bob")
        await ada.until("member_add", lambda frame: frame["data"]["username"] == "Bob")
        for words in ["hello", "é你👍", "x" * 8000]:
            self.assertEqual(await ada.send(words), await bob.hear(words))
            self.assertEqual(await bob.send(words + "!"), await ada.hear(words + "!"))
        await ada.say("typing")
        self.assertEqual((await bob.until("typing"))["data"], ada.socket)
        await bob.connection.close()
        self.assertEqual((await ada.until("member_delete"))["data"], bob.socket)

    async def test_the_page_and_avatars_are_served_as_they_are(self):
        ada = await self.enter()
        for path, kind in [
            ("/", "text/html; charset=utf-8"), ("/index.html?room=tea", "text/html; charset=utf-8"),
            (ada.welcome["member"]["avatar"], "image/svg+xml"), ("/health", "text/plain; charset=utf-8"),
            ("/live", "text/plain; charset=utf-8"),
        ]:
            status, headers, body = await self.fetch(path)
            self.assertEqual((status, headers["Content-Type"]), (200, kind), path)
            self.assertEqual(body, (await self.fetch(path, self.servers[0].host))[2])
        self.assertEqual((await self.fetch("/nowhere"))[0], 404)

    async def test_pages_of_the_proxys_own_host_and_port_may_connect(self):
        # The scheme is ignored: TLS ends at the proxy.
        for scheme in ["http", "https"]:
            ada = await self.enter(origin=f"{scheme}://{self.nginx.host}")
            await ada.send(scheme)

    async def test_pages_from_elsewhere_get_403(self):
        for origin in [
            "http://elsewhere.example", f"http://{self.servers[0].host}", "http://127.0.0.1", "null",
            f"http://{self.nginx.host}.example", f"http://localhost:{self.nginx.port}",
        ]:
            with self.subTest(origin=origin), self.assertRaises(InvalidStatus) as refusal:
                await self.connect(f"ws://{self.nginx.host}/ws", origin=origin)
            self.assertEqual(refusal.exception.response.status_code, 403)

    async def test_bad_rooms_and_names_get_400(self):
        for query in ["room=a%20b", "room=" + "x" * 65, "name=" + "x" * 41]:
            with self.subTest(query=query), self.assertRaises(InvalidStatus) as refusal:
                await self.connect(f"ws://{self.nginx.host}/ws?{query}")
            self.assertEqual(refusal.exception.response.status_code, 400)

    async def test_a_member_comes_back_on_the_other_server_and_misses_nothing(self):
        ada = await self.enter(name="Ada")
        bob = await self.enter_beside(ada, name="Bob")
        await ada.send("seen by both")
        seen = await bob.hear("seen by both")
        # A page that goes away is awaited for 2 s.
        await within("the closing handshake", bob.connection.close(1001))
        missed = [await ada.send(f"missed {number}") for number in range(3)]
        again = await self.enter_beside(
            bob, token=bob.welcome["token"], epoch=bob.welcome["epoch"], after=seen["seq"])
        self.assertEqual(again.welcome["member"], bob.welcome["member"])
        self.assertEqual(again.last("message_history")["data"], missed)
        # Nobody saw it go or come.
        await again.send("back")
        await ada.hear("back")
        roster = [frame["data"] for frame in ada.frames if frame["topic"].startswith("member_") and "rev" in frame]
        self.assertEqual(roster.count(bob.socket), 0)
        self.assertEqual(len([data for data in roster if bob.socket in str(data)]), 1)

    async def test_of_two_connections_of_a_member_the_older_is_closed_on_the_other_server(self):
        ada = await self.enter(name="Ada")
        again = await self.enter_beside(ada, token=ada.welcome["token"])
        self.assertEqual(again.socket, ada.socket)
        self.assertEqual((await wait_closed(ada.connection))[0], 4001)
        await again.send("still here")

    async def test_the_logs_hold_no_token(self):
        ada = await self.enter(name="Ada", token="nobody.knows-this-token")
        child = await self.child_of(ada)
        await within("the closing handshake", ada.connection.close(1001))
        # Failures are told in other words than successes: the next tries meet a server that has vanished.
        child.signal(signal.SIGKILL)
        await asyncio.to_thread(child.exit_status)
        for _ in range(4):
            ada = await self.enter(token=ada.welcome["token"])
            await within("the closing handshake", ada.connection.close(1001))
        await asyncio.to_thread(self.nginx.signal, signal.SIGQUIT)
        self.assertEqual(await asyncio.to_thread(self.nginx.exit_status), 0)
        logs = self.nginx.logs
        self.assertIn('"GET /ws" 101', logs)
        self.assertIn("502", logs, "no try met the server that has vanished")
        for secret in ["token", "knows-this", ada.welcome["token"]]:
            self.assertNotIn(secret, logs)
