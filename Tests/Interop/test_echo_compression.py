"""The `websockets` client against EchoServer with permessage-deflate, RFC 7692."""

import asyncio
import random
import unittest
import zlib

from deflate import BAD_OFFERS, Offer, Watch, offers
from servers import EchoServer, has_compression
from support import MEBIBYTE, InteropCase, wait_closed, within
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

WORDS = "the same words again and again, é你👍; "
# Repeats at distances on both sides of every window.
ECHOES = b"".join(block * 2 for block in (random.randbytes(1 << bits) for bits in range(7, 15)))
MESSAGES = [
    "", b"", "a", b"\0", WORDS, WORDS * 500, random.randbytes(20_000), bytes(70_000), ECHOES,
    # Once more what has been before: a window that is kept makes use of it.
    WORDS, ECHOES[-20_000:], "".join(random.choices(WORDS, k=20_000)),
]


def deflate(**offer) -> list[ClientPerMessageDeflateFactory]:
    return [ClientPerMessageDeflateFactory(**offer)]


class CompressionCase(InteropCase):
    flags: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls):
        cls.server = EchoServer(*cls.flags)
        cls.addClassCleanup(cls.server.end)

    async def assert_echoes(self, connection) -> None:
        for message in MESSAGES:
            await self.assert_echo(connection, message)
        for pieces in [[WORDS] * 20, ["", "a", ""], [WORDS * 100, "", WORDS * 100]]:
            await connection.send(pieces)
            self.assert_same(await within("the echo of fragments", connection.recv()), "".join(pieces))

        async def pieces_and_pings():
            for _ in range(5):
                yield ECHOES[:5000]
                # A ping is never compressed, and disturbs nobody who is.
                await within("a pong between fragments", await connection.ping(b"x" * 125))

        await connection.send(pieces_and_pings())
        self.assert_same(await within("the echo of fragments", connection.recv()), ECHOES[:5000] * 5)

    async def assert_long_echoes(self, connection) -> None:
        long_text = WORDS * (8 * MEBIBYTE // len(WORDS.encode()))
        for message in [long_text, bytes(8 * MEBIBYTE), random.randbytes(8 * MEBIBYTE)]:
            await self.assert_echo(connection, message, 90)
        chunk = random.randbytes(1000) * 500
        await connection.send([chunk] * 16)
        self.assert_same(await within("the echo of fragments", connection.recv(), 90), chunk * 16)


class DeclinedTests(CompressionCase):
    """Without the flag."""

    async def test_every_offer_is_declined_and_all_works_without(self):
        for words, offer in offers():
            with self.subTest(offer=words):
                connection = await self.connect(self.server.url, extensions=deflate(**offer))
                self.assertEqual(connection.protocol.extensions, [])
                self.assertNotIn("Sec-WebSocket-Extensions", connection.response.headers)
                await self.assert_echo(connection, WORDS)
        await self.assert_echoes(connection)


@unittest.skipUnless(has_compression(), "EchoServer has no --compression")
class NegotiatedTests(CompressionCase):
    """With the flag."""

    flags = ("--compression",)

    async def open(self, **offer) -> tuple:
        connection = await self.connect(self.server.url, extensions=deflate(**offer))
        self.assertEqual(len(connection.protocol.extensions), 1, "the offer was declined")
        return connection, Watch(connection)

    async def assert_offer_is_kept(self, offer: dict) -> None:
        connection, watch = await self.open(**offer)
        await self.assert_echoes(connection)
        size, is_compressed = watch.messages[MESSAGES.index(WORDS * 500)]
        self.assertTrue(is_compressed, "what repeats itself came back uncompressed")
        self.assertLess(size, len(WORDS * 500) // 4)

    async def test_who_offers_nothing_gets_nothing(self):
        connection = await self.connect(self.server.url)
        self.assertNotIn("Sec-WebSocket-Extensions", connection.response.headers)
        await self.assert_echoes(connection)

    async def test_bad_offers_are_declined_and_all_works_without(self):
        for parameters in BAD_OFFERS:
            with self.subTest(parameters=parameters):
                connection = await self.connect(self.server.url, extensions=[Offer(parameters)])
                self.assertEqual(connection.protocol.extensions, [])
                await self.assert_echo(connection, WORDS)

    async def test_a_good_offer_after_a_bad_one_is_taken(self):
        # RFC 7692 §5: offers in the order of preference.
        extensions = [Offer([("window", None)]), Offer([("server_max_window_bits", "10")])]
        connection = await self.connect(self.server.url, extensions=extensions)
        self.assertIn("server_max_window_bits", connection.response.headers["Sec-WebSocket-Extensions"])
        # The library takes the answer for one to its first offer: what was agreed on is known here alone.
        self.assertEqual(connection.protocol.extensions[0].remote_max_window_bits, 10)
        Watch(connection)
        await self.assert_echoes(connection)

    async def test_a_quoted_value_is_the_value(self):
        # RFC 6455 §9.1: a token or a quoted string that holds one.
        connection = await self.connect(self.server.url, extensions=[Offer([("server_max_window_bits", '"11"')])])
        self.assertEqual(connection.protocol.extensions[0].remote_max_window_bits, 11)
        await self.assert_echoes(connection)

    async def test_eight_mebibytes(self):
        connection, watch = await self.open()
        await self.assert_long_echoes(connection)
        self.assertLess(watch.messages[0][0], MEBIBYTE, "what repeats itself came back long")

    async def test_eight_mebibytes_in_the_smallest_windows_anew_for_each_message(self):
        connection, _ = await self.open(
            server_no_context_takeover=True, client_no_context_takeover=True,
            server_max_window_bits=9, client_max_window_bits=9)
        await self.assert_long_echoes(connection)

    async def test_every_kind_of_block_a_compressor_makes(self):
        for settings in [
            {"level": 0}, {"level": 1}, {"level": 9, "memLevel": 9}, {"memLevel": 1}, {"strategy": zlib.Z_FIXED},
            {"strategy": zlib.Z_HUFFMAN_ONLY}, {"strategy": zlib.Z_RLE}, {"strategy": zlib.Z_FILTERED},
        ]:
            with self.subTest(settings=settings):
                connection, _ = await self.open(compress_settings=settings)
                await self.assert_echoes(connection)

    async def test_compressed_and_plain_messages_in_turn(self):
        connection, _ = await self.open()
        extension = connection.protocol.extensions[0]
        compress = extension.encode
        # RFC 7692 §6: each message is compressed or not, and one that isn't leaves the windows as they were.
        for number in range(20):
            extension.encode = compress if number % 3 else (lambda frame: frame)
            await self.assert_echo(connection, f"{number}: {WORDS}" * 50)
            await connection.send([WORDS, f"{number}", WORDS])
            self.assert_same(await within("the echo of fragments", connection.recv()), f"{WORDS}{number}{WORDS}")

    async def test_the_limit_counts_what_a_message_unfolds_to(self):
        connection, _ = await self.open()
        # Some 20 kB on the wire; the limit is 16 MiB.
        await connection.send(bytes(20 * MEBIBYTE))
        self.assertEqual((await wait_closed(connection))[0], 1009)

    async def test_text_that_is_not_utf8_once_unfolded_closes_with_1007(self):
        connection, _ = await self.open()
        await connection.send(b"caf\xe9" * 100, text=True)
        self.assertEqual((await wait_closed(connection))[0], 1007)

    async def test_fifty_connections_keep_their_windows_apart(self):
        async def talk(number: int) -> None:
            connection, _ = await self.open()
            text = f"{number}: {WORDS}"
            for _ in range(20):
                await self.assert_echo(connection, text)

        await asyncio.gather(*map(talk, range(50)))

    async def test_a_window_of_eight_bits_is_kept_or_declined(self):
        # RFC 7692 §7.1.2.1 allows both, as not every compressor knows so small a window.
        connection = await self.connect(self.server.url, extensions=deflate(server_max_window_bits=8))
        if connection.protocol.extensions:
            await self.assert_offer_is_kept({"server_max_window_bits": 8})
        else:
            await self.assert_echoes(connection)


def _add_offers() -> None:
    for words, offer in offers():
        async def test(self, offer=offer):
            await self.assert_offer_is_kept(offer)

        setattr(NegotiatedTests, f"test_offer: {words}", test)


_add_offers()
