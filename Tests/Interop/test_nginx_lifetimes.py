"""Connections through nginx that outlive a server, and those that say nothing."""

import asyncio
import signal
import time

from aiohttp import WSMsgType
from proxy import ProxyCase
from support import PATIENCE, Browser, wait_closed, within


class DrainTests(ProxyCase):
    async def test_a_server_that_is_told_to_go_hands_its_members_over(self):
        bystander = await self.enter(name="Bystander")
        leaving = [await self.enter_beside(bystander, name=f"Leaving {number}") for number in range(3)]
        await leaving[0].send("before")
        for browser in [bystander, *leaving[1:]]:
            await browser.hear("before")
        child = await self.child_of(leaving[0])
        shown = len(bystander.texts)

        began = time.monotonic()
        child.signal(signal.SIGTERM)

        async def move(browser: Browser) -> Browser:
            delay = (await browser.until("reconnect"))["data"]["in"]
            self.assertEqual((await wait_closed(browser.connection))[0], 1012)
            # Its own moment, within --drain.
            self.assertLessEqual(delay, 2000)
            self.assertGreater(time.monotonic() - began, delay / 1000 - 0.1)
            # At once, while the old server may still be up: its 503 lets nginx ask the other.
            again = await self.enter(
                token=browser.welcome["token"], epoch=browser.welcome["epoch"],
                after=browser.last("messages")["data"]["seq"])
            self.assertEqual(again.server, bystander.server)
            self.assertEqual(again.socket, browser.socket)
            self.assertEqual(again.last("message_history")["data"], [])
            return again

        moved = await asyncio.gather(*map(move, leaving))
        self.assertEqual(await asyncio.to_thread(child.exit_status), 0)
        self.assertLess(time.monotonic() - began, 10)
        # The chat goes on, and nobody saw anyone leave or join.
        await moved[0].send("after")
        for browser in [bystander, *moved[1:]]:
            await browser.hear("after")
        topics = [frame["topic"] for frame in bystander.frames[shown:]]
        self.assertEqual(topics, ["messages"])

    async def test_requests_go_to_the_other_server_while_one_is_going_and_when_it_is_gone(self):
        staying = await self.enter(name="Staying")
        # Somebody who is told to wait keeps the other server up for a while.
        leaving = await self.enter_beside(staying, name="Leaving")
        child = await self.child_of(leaving)
        child.signal(signal.SIGTERM)
        await leaving.until("reconnect")
        for _ in range(4):
            self.assertEqual((await self.fetch("/health"))[0], 200)
        await asyncio.to_thread(child.exit_status)
        for _ in range(4):
            self.assertEqual((await self.fetch("/"))[0], 200)
            self.assertEqual((await self.enter()).server, staying.server)


class PingedTests(ProxyCase):
    # nginx cuts what is silent for longer.
    read_timeout = "3s"
    flags = ("--ping-interval", "1")

    async def test_pings_keep_a_quiet_connection_open(self):
        # Pings are shown to this client, which says nothing but the answers.
        address = f"ws://{self.nginx.host}/ws?room={self.room}"
        async with self.session.ws_connect(address, autoping=False) as connection:
            began = time.monotonic()
            pings = 0
            while pings < 7:
                message = await within("a ping or a frame of the room", connection.receive())
                if message.type == WSMsgType.PING:
                    await connection.pong(message.data)
                    pings += 1
                else:
                    self.assertEqual(message.type, WSMsgType.TEXT, f"cut after {time.monotonic() - began:.1f} s")
            self.assertGreater(time.monotonic() - began, 6)
            await connection.send_str('{"topic":"ping"}')
            while (await connection.receive_json(timeout=PATIENCE))["topic"] != "pong":
                pass


class UnpingedTests(ProxyCase):
    read_timeout = "3s"
    flags = ("--ping-interval", "60")

    async def test_without_pings_in_time_nginx_cuts_a_quiet_connection(self):
        # So it is the pings that the other test owes its connection to.
        ada = await self.enter()
        began = time.monotonic()
        self.assertEqual(await wait_closed(ada.connection), (None, ""))
        self.assertTrue(2 < time.monotonic() - began < 10)
