"""The `websockets` client against EchoServer, without compression."""

import asyncio
import contextlib
import os
import random
import sys
from pathlib import Path

from servers import EchoServer
from support import MEBIBYTE, InteropCase, eventually, wait_closed, within
from websockets.exceptions import ConnectionClosed

# Every length of UTF-8, the borders between them, what is no character, and what JavaScript would trip over.
WORLD = (
    "a\u007f\u0080é\u07ff\u0800你好\ud7ff\ue000\uffff\U00010000"
    "👩‍👩‍👧‍👦🇨🇭\U0010ffff \0\r\n\u2028\ufeff"
)


class EchoTests(InteropCase):
    @classmethod
    def setUpClass(cls):
        cls.server = EchoServer()
        cls.addClassCleanup(cls.server.end)

    async def test_text_and_binary_come_back_as_what_they_were(self):
        connection = await self.connect(self.server.url)
        for message in ["hello", b"hello", "", b"", WORLD, WORLD.encode(), bytes(range(256))]:
            await self.assert_echo(connection, message)

    async def test_every_way_of_writing_a_length(self):
        connection = await self.connect(self.server.url)
        for length in [1, 125, 126, 127, 65_535, 65_536, 65_537, 200_000]:
            await self.assert_echo(connection, random.randbytes(length))
            await self.assert_echo(connection, "é" * (length // 2) + "e" * (length % 2))

    async def test_eight_mebibytes_of_text(self):
        connection = await self.connect(self.server.url)
        message = "é你👍" * (8 * MEBIBYTE // 9)
        await self.assert_echo(connection, message, 60)

    async def test_eight_mebibytes_of_bytes(self):
        connection = await self.connect(self.server.url)
        await self.assert_echo(connection, random.randbytes(8 * MEBIBYTE), 60)

    async def test_fragments_become_one_message(self):
        connection = await self.connect(self.server.url)
        for pieces in [["one", "two", "three"], [WORLD] * 50, ["", "a", "", "b", ""], ["", ""]]:
            await connection.send(pieces)
            self.assert_same(await within("the echo of fragments", connection.recv()), "".join(pieces))
        chunks = [random.randbytes(size) for size in [0, 1, 125, 126, 65_536, 1, 0]]
        await connection.send(chunks)
        self.assert_same(await within("the echo of fragments", connection.recv()), b"".join(chunks))

    async def test_characters_cut_by_fragments(self):
        connection = await self.connect(self.server.url)
        # A fragment for each byte: RFC 6455 §5.6 asks for UTF-8 of the whole message alone.
        text = WORLD * 20
        await connection.send([bytes([byte]) for byte in text.encode()], text=True)
        self.assert_same(await within("the echo of fragments", connection.recv()), text)

    async def test_ten_thousand_fragments(self):
        connection = await self.connect(self.server.url)
        await connection.send(b"x" for _ in range(10_000))
        self.assert_same(await within("the echo of fragments", connection.recv()), b"x" * 10_000)

    async def test_pings_between_fragments_are_answered_before_the_message_ends(self):
        connection = await self.connect(self.server.url)

        async def pieces():
            for number in range(20):
                yield f"piece {number} "
                # RFC 6455 §5.4: control frames may stand between fragments.
                await within("a pong between fragments", await connection.ping(f"ping {number}"))

        await connection.send(pieces())
        echo = await within("the echo of fragments", connection.recv())
        self.assert_same(echo, "".join(f"piece {number} " for number in range(20)))

    async def test_pongs_carry_the_payloads_of_pings(self):
        connection = await self.connect(self.server.url)
        # `websockets` resolves each wait by its payload alone.
        for payload in ["", "a", "ü" * 62, bytes(range(125)), b"\xff\xfe"]:
            await within(f"the pong to {payload!r}", await connection.ping(payload))
        waits = [await connection.ping() for _ in range(100)]
        await within("the last of 100 pongs", waits[-1])

    async def test_pongs_that_nobody_asked_for_do_no_harm(self):
        connection = await self.connect(self.server.url)
        for payload in [b"", b"unasked", bytes(125)]:
            await connection.pong(payload)
        await self.assert_echo(connection, "still here")

    async def test_two_thousand_messages_at_once_keep_their_order(self):
        connection = await self.connect(self.server.url)
        messages = []
        for number in range(2000):
            text = str(number) * random.randrange(1, 400)
            messages.append(random.choice([text, text.encode()]))

        async def send():
            for message in messages:
                await connection.send(message)

        async def receive():
            for message in messages:
                self.assert_same(await connection.recv(), message)

        await within("2000 echoes", asyncio.gather(send(), receive()), 60)

    async def test_a_subprotocol_that_is_offered_is_not_chosen(self):
        # RFC 6455 §4.2.2: a server that speaks none leaves the field out, and the client goes on.
        connection = await self.connect(self.server.url, subprotocols=["chat", "superchat"])
        self.assertIsNone(connection.subprotocol)
        self.assertNotIn("Sec-WebSocket-Protocol", connection.response.headers)
        await self.assert_echo(connection, "without")

    async def test_close_codes_and_reasons_are_answered(self):
        for code, reason in [
            (1000, ""), (1000, "bye"), (1001, "going"), (1003, "ü" * 61 + "!"), (1007, "a"), (1008, "b"), (1009, "c"),
            (1010, "d"), (1011, "e"), (3000, "f"), (3999, "g"), (4000, "h"), (4999, "👋"),
        ]:
            with self.subTest(code=code, reason=reason):
                connection = await self.connect(self.server.url)
                await within("the closing handshake", connection.close(code, reason))
                # RFC 6455 §5.5.1: the answer typically echoes the status code.
                self.assertEqual(connection.protocol.close_rcvd.code, code)

    async def test_a_close_without_a_code_is_answered_by_one_without(self):
        connection = await self.connect(self.server.url)
        connection.protocol.send_close()
        connection.send_data()
        self.assertEqual(await wait_closed(connection), (1005, ""))

    async def test_text_that_is_not_utf8_closes_with_1007(self):
        for bad in [b"\xff", b"caf\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"]:
            with self.subTest(bad=bad):
                connection = await self.connect(self.server.url)
                await connection.send(bad, text=True)
                self.assertEqual((await wait_closed(connection))[0], 1007)

    async def test_two_hundred_connections_at_once(self):
        connections = await asyncio.gather(*(self.connect(self.server.url) for _ in range(200)))
        for _ in range(3):
            await asyncio.gather(*(self.assert_echo(each, random.randbytes(1000)) for each in connections))
        await asyncio.gather(*(within("the closing handshake", each.close()) for each in connections))

    async def test_connections_dropped_without_a_close_are_let_go_and_hurt_nobody(self):
        bystander = await self.connect(self.server.url)
        await self.assert_echo(bystander, "before")
        descriptors = Path(f"/proc/{self.server.pid}/fd")
        before = len(os.listdir(descriptors)) if sys.platform == "linux" else 0
        connections = await asyncio.gather(*(self.connect(self.server.url) for _ in range(50)))
        for number, connection in enumerate(connections):
            await connection.send(bytes(100_000))
            # Some with a FIN, some with a RST, all with an echo under way.
            connection.transport.close() if number % 2 else connection.transport.abort()
        await self.assert_echo(bystander, "after")
        if sys.platform == "linux":
            await eventually("the sockets are closed", lambda: len(os.listdir(descriptors)) <= before)


class LimitTests(InteropCase):
    @classmethod
    def setUpClass(cls):
        cls.server = EchoServer("--max-message", "1000", "--max-fragments", "10")
        cls.addClassCleanup(cls.server.end)

    async def test_the_longest_message_passes_and_a_longer_one_closes_with_1009(self):
        connection = await self.connect(self.server.url)
        await self.assert_echo(connection, b"x" * 1000)
        await connection.send(b"x" * 1001)
        self.assertEqual((await wait_closed(connection))[0], 1009)

    async def test_fragments_that_add_up_to_too_much_close_with_1009(self):
        connection = await self.connect(self.server.url)
        await connection.send([b"x" * 500, b"x" * 500])
        self.assert_same(await within("the echo", connection.recv()), b"x" * 1000)
        # The server may close before the last has been sent.
        with contextlib.suppress(ConnectionClosed):
            await connection.send([b"x" * 500, b"x" * 500, b"x"])
        self.assertEqual((await wait_closed(connection))[0], 1009)

    async def test_too_many_fragments_close_with_1008(self):
        connection = await self.connect(self.server.url)
        # `websockets` ends each message with one more, an empty one.
        await connection.send([b"x"] * 9)
        self.assert_same(await within("the echo", connection.recv()), b"x" * 9)
        with contextlib.suppress(ConnectionClosed):
            await connection.send([b"x"] * 10)
        self.assertEqual((await wait_closed(connection))[0], 1008)
