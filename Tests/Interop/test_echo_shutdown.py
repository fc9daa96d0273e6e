"""How EchoServer ends, as clients see it."""

import asyncio
import signal

import aiohttp
from aiohttp import WSMsgType
from servers import EchoServer
from support import PATIENCE, InteropCase, wait_closed


class ShutdownTests(InteropCase):
    def setUp(self):
        self.server = EchoServer()
        self.addCleanup(self.server.end)

    async def test_sigterm_tells_every_client_1001_and_exits_with_0(self):
        connections = [await self.connect(self.server.url) for _ in range(20)]
        for connection in connections:
            await self.assert_echo(connection, "before")
        async with aiohttp.ClientSession() as session, session.ws_connect(self.server.url) as other:
            await other.send_str("before")
            self.assertEqual(await other.receive_str(timeout=PATIENCE), "before")

            self.server.signal(signal.SIGTERM)
            for ending in await asyncio.gather(*map(wait_closed, connections)):
                self.assertEqual(ending, (1001, "the server ends"))
            close = await other.receive(PATIENCE)
            self.assertEqual((close.type, close.data, close.extra), (WSMsgType.CLOSE, 1001, "the server ends"))
        self.assertEqual(await asyncio.to_thread(self.server.exit_status), 0)
        with self.assertRaises(OSError, msg="somebody still listens"):
            await asyncio.open_connection("127.0.0.1", self.server.port)

    async def test_a_restarted_server_listens_on_the_same_port_at_once(self):
        # Connections that the first server closed are still in TIME_WAIT.
        for _ in range(3):
            connection = await self.connect(self.server.url)
            await self.assert_echo(connection, "here")
            self.server.signal(signal.SIGTERM)
            self.assertEqual((await wait_closed(connection))[0], 1001)
            self.assertEqual(await asyncio.to_thread(self.server.exit_status), 0)
            self.server = EchoServer(port=self.server.port)
            self.addCleanup(self.server.end)

    async def test_sigint_ends_it_likewise(self):
        connection = await self.connect(self.server.url)
        self.server.signal(signal.SIGINT)
        self.assertEqual((await wait_closed(connection))[0], 1001)
        self.assertEqual(await asyncio.to_thread(self.server.exit_status), 0)

    async def test_a_client_that_never_answers_the_close_does_not_hold_it_up(self):
        connection = await self.connect(self.server.url)
        await self.assert_echo(connection, "before")
        connection.transport.pause_reading()
        self.server.signal(signal.SIGTERM)
        # It waits for its close timeout, 3 s.
        self.assertEqual(await asyncio.to_thread(self.server.exit_status), 0)
        connection.transport.resume_reading()
        self.assertEqual((await wait_closed(connection))[0], 1001)
