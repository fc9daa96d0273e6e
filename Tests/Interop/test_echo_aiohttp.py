"""The `aiohttp` client against EchoServer."""

import asyncio
import random
import unittest

import aiohttp
from aiohttp import WSMsgType
from servers import EchoServer, has_compression
from support import MEBIBYTE, PATIENCE, InteropCase, within


class AiohttpCase(InteropCase):
    flags: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls):
        cls.server = EchoServer(*cls.flags)
        cls.addClassCleanup(cls.server.end)

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.session = aiohttp.ClientSession()
        self.addAsyncCleanup(self.session.close)

    async def open(self, **options) -> aiohttp.ClientWebSocketResponse:
        options = {"max_msg_size": 32 * MEBIBYTE} | options
        connection = await within("the handshake", self.session.ws_connect(self.server.url, **options))
        self.addAsyncCleanup(connection.close)
        return connection

    async def assert_echoes(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        for text in ["hello", "", "é你👍\0\u2028", "a" * 70_000, "é你👍" * (4 * MEBIBYTE // 9)]:
            # At once: a long message comes back before all of it has been sent.
            _, echo = await within(
                "the echo", asyncio.gather(connection.send_str(text), connection.receive_str()), 60)
            self.assert_same(echo, text)
        for data in [b"hello", b"", bytes(range(256)), bytes(4 * MEBIBYTE), random.randbytes(4 * MEBIBYTE)]:
            _, echo = await within(
                "the echo", asyncio.gather(connection.send_bytes(data), connection.receive_bytes()), 60)
            self.assert_same(echo, data)


class PlainTests(AiohttpCase):
    async def test_text_and_binary_up_to_four_mebibytes(self):
        connection = await self.open(compress=0)
        self.assertEqual(connection.compress, 0)
        await self.assert_echoes(connection)

    async def test_an_offer_of_compression_is_declined_and_all_works_without(self):
        for bits in [9, 15]:
            with self.subTest(bits=bits):
                connection = await self.open(compress=bits)
                self.assertEqual(connection.compress, 0, "compression was negotiated, unasked for")
                await self.assert_echoes(connection)

    async def test_pings_are_answered_with_their_payload(self):
        connection = await self.open(autoping=False)
        for payload in [b"", b"hello", bytes(range(125))]:
            await connection.ping(payload)
            pong = await connection.receive(PATIENCE)
            self.assertEqual((pong.type, bytes(pong.data)), (WSMsgType.PONG, payload))

    async def test_close_codes_are_answered(self):
        for code, reason in [(1000, b""), (1001, b"going"), (3000, "ü".encode()), (4999, b"x" * 123)]:
            with self.subTest(code=code):
                connection = await self.open()
                self.assertTrue(await within("the closing handshake", connection.close(code=code, message=reason)))
                self.assertEqual(connection.close_code, code)

    async def test_a_heartbeat_finds_the_server_alive(self):
        connection = await self.open(heartbeat=1, autoping=False)
        # It pings when nothing has come for a second and gives up half a second after that; each pong is told here.
        for _ in range(3):
            self.assertEqual((await connection.receive(PATIENCE)).type, WSMsgType.PONG)
        await connection.send_str("still here")
        self.assertEqual(await connection.receive_str(timeout=PATIENCE), "still here")

    async def test_a_subprotocol_that_is_offered_is_not_chosen(self):
        connection = await self.open(protocols=["chat"])
        self.assertIsNone(connection.protocol)


@unittest.skipUnless(has_compression(), "EchoServer has no --compression")
class CompressionTests(AiohttpCase):
    flags = ("--compression",)

    async def test_text_and_binary_up_to_four_mebibytes_in_every_window(self):
        # 8 is not offered: zlib can't compress into so small a window.
        for bits in range(9, 16):
            with self.subTest(bits=bits):
                connection = await self.open(compress=bits)
                self.assertNotEqual(connection.compress, 0, "the offer was declined")
                await self.assert_echoes(connection)

    async def test_who_offers_nothing_gets_nothing(self):
        connection = await self.open(compress=0)
        self.assertEqual(connection.compress, 0)
        await self.assert_echoes(connection)
