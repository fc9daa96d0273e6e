"""The page as a foreign client gets it: compressed bytes that zlib inflates, and second visits that move nothing."""

import re
import zlib

import aiohttp
from servers import ChatServer, RedisServer
from support import InteropCase


class PageTests(InteropCase):
    @classmethod
    def setUpClass(cls):
        redis = RedisServer()
        cls.addClassCleanup(redis.end)
        cls.server = ChatServer(redis.url)
        cls.addClassCleanup(cls.server.end)

    async def asyncSetUp(self):
        await super().asyncSetUp()
        # It says what it takes by itself, and leaves the bytes as they come.
        self.session = aiohttp.ClientSession(auto_decompress=False)
        self.addAsyncCleanup(self.session.close)

    async def fetch(self, path: str, **headers: str):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(f"http://{self.server.host}/{path}", headers=fields) as answer:
            return answer.status, answer.headers, await answer.read()

    async def test_zlib_inflates_what_is_sent_compressed_to_what_is_sent_plain(self):
        _, _, page = await self.fetch("", Accept_Encoding="identity")
        links = set(re.findall(r'(?:href|src)="([^"]+\.(?:css|js))"', page.decode()))
        self.assertGreater(len(links), 2)
        for path in ["", *links]:
            _, plain_headers, plain = await self.fetch(path, Accept_Encoding="identity")
            status, headers, body = await self.fetch(path)
            self.assertEqual(status, 200, path)
            self.assertNotIn("Content-Encoding", plain_headers)
            self.assertEqual(headers["Content-Encoding"], "gzip")
            # One member with nothing behind it, whose check sum and length are right.
            inflater = zlib.decompressobj(wbits=31)
            self.assertEqual(inflater.decompress(body), plain)
            self.assertTrue(inflater.eof)
            self.assertEqual(inflater.unused_data, b"")
            self.assertLess(len(body), len(plain))

    async def test_a_second_visit_moves_no_body(self):
        _, headers, body = await self.fetch("")
        self.assertGreater(len(body), 0)
        status, again, body = await self.fetch("", If_None_Match=headers["ETag"])
        self.assertEqual((status, body), (304, b""))
        self.assertEqual(again["ETag"], headers["ETag"])

    async def test_a_client_that_inflates_by_itself_gets_the_page(self):
        async with aiohttp.ClientSession() as session, session.get(f"http://{self.server.host}/") as answer:
            self.assertIn("<title>Chat</title>", await answer.text())
