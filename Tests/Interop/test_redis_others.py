"""What others write into ChatServer's Redis, by redis-py: well-formed, junk, and of the wrong type."""

import json
import os
import random

from redis.asyncio import Redis
from servers import ChatServer, RedisServer
from support import Browser, InteropCase

JUNK = [
    b"", b"\0", b"\xff\xfe\xc0\x80", os.urandom(5000), b"{}", b"[]", b"null", b'"messages"', b"[" * 5000, b"{" * 5000,
    b'{"topic":"messages"}', b'{"topic":"messages","epoch":"x","data":{}}', b"x" * 3_000_000,
    b'{"topic":"_moved","epoch":"x","rev":1,"data":{}}', b'{"topic":"member_history","epoch":"x","rev":1,"data":{}}',
    b'{"topic":"welcome","data":{}}', "{\"topic\":\"\ud7ff你\"}".encode(), b"\r\n$-1\r\n*1000000\r\n",
]


class OtherTests(InteropCase):
    @classmethod
    def setUpClass(cls):
        cls.redis_server = RedisServer()
        cls.addClassCleanup(cls.redis_server.end)
        cls.server = ChatServer(cls.redis_server.url)
        cls.addClassCleanup(cls.server.end)

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.redis = Redis(port=self.redis_server.port)
        self.addAsyncCleanup(self.redis.aclose)
        self.room = self._testMethodName[-60:]
        self.prefix = f"chat:{{{self.room}}}:"
        self.channel = f"chat@0:{{{self.room}}}"

    async def enter(self, name: str) -> Browser:
        return await self.join(self.server.host, room=self.room, name=name)

    async def assert_shows_nothing(self, browser: Browser) -> None:
        """Between what has been shown before and the next message there is nothing."""
        shown = len(browser.texts)
        await browser.send(f"a message {random.random()}")
        self.assertEqual([frame["topic"] for frame in browser.frames[shown:]], ["messages"])

    def typing(self, socket: str, epoch: str) -> str:
        return f'{{"topic":"typing","epoch":"{epoch}","data":"{socket}"}}'

    async def test_a_well_formed_typing_is_shown_as_it_is(self):
        ada = await self.enter("Ada")
        payload = self.typing(ada.socket, ada.welcome["epoch"])
        self.assertGreaterEqual(await self.redis.publish(self.channel, payload), 1)
        await ada.until("typing")
        self.assertEqual(ada.texts[-1], payload)

    async def test_a_typing_of_another_epoch_is_shown_with_the_epoch_of_the_room(self):
        # A server that has not heard of a new epoch yet is no reason to read the store.
        ada = await self.enter("Ada")
        await self.redis.publish(self.channel, self.typing(ada.socket, "another"))
        self.assertEqual((await ada.until("typing"))["epoch"], ada.welcome["epoch"])

    async def test_a_typing_that_is_not_quite_ours_is_dropped(self):
        ada = await self.enter("Ada")
        payload = self.typing(ada.socket, ada.welcome["epoch"])
        for other in [
            self.typing("nobody", ada.welcome["epoch"]), self.typing('<b>"', ada.welcome["epoch"]), payload + " ",
            payload.replace(":", ": "), payload[:-1] + ',"more":1}', payload + "\0", payload[:-1], payload * 2,
            payload.replace('"typing"', '"typ\\u0069ng"'), f"\ufeff{payload}",
        ]:
            await self.redis.publish(self.channel, other)
        await self.assert_shows_nothing(ada)

    async def test_junk_on_the_channel_is_dropped(self):
        ada = await self.enter("Ada")
        for junk in JUNK:
            await self.redis.publish(self.channel, junk)
        await self.assert_shows_nothing(ada)

    async def test_junk_on_other_channels_is_nobodys(self):
        ada = await self.enter("Ada")
        payload = self.typing(ada.socket, ada.welcome["epoch"])
        for channel in [b"chat@1:{%s}" % self.room.encode(), b"chat@0:{\xff\0}", b"chat@0:{}", b"\xff", "chat@0:{你}"]:
            await self.redis.publish(channel, payload)
        await self.assert_shows_nothing(ada)

    async def test_junk_among_the_messages_is_not_shown(self):
        ada = await self.enter("Ada")
        message = await ada.send("mine")
        # Scores below, among and above the numbers there are.
        for score, junk in enumerate(JUNK, start=-3):
            await self.redis.zadd(self.prefix + "messages", {junk: score})
        await self.redis.zadd(self.prefix + "messages", {b"\xff\0junk": 1e15, b"between": 1.5})
        bob = await self.enter("Bob")
        self.assertEqual(bob.last("message_history")["data"], [message])
        # History goes on behind what stands above every number.
        self.assertEqual((await bob.send("next"))["seq"], message["seq"] + 1)
        await ada.hear("next")

    async def test_junk_among_the_members_is_not_shown(self):
        ada = await self.enter("Ada")
        junk = {b"\xff\0": b"\xff", "": "", "你": "{}", "x" * 5000: "y" * 5000, "s": "[]"}
        await self.redis.hset(self.prefix + "members", mapping=junk)
        bob = await self.enter("Bob")
        self.assertLessEqual(set(bob.last("member_history")["data"]), {ada.socket, bob.socket})
        await bob.send("hello")
        await ada.hear("hello")

    async def test_numbers_or_messages_of_the_wrong_type_begin_a_new_epoch(self):
        ada = await self.enter("Ada")
        await ada.send("before")
        for key in ["meta", "messages"]:
            with self.subTest(key=key):
                await self.redis.set(self.prefix + key, b"\xff\0 of another type")
                await ada.say("send", f"after {key}")
                await ada.until("reset")
                # The message is in what the room tells anew, or follows it.
                history = (await ada.until("message_history"))["data"]
                if [message["message"] for message in history] != [f"after {key}"]:
                    await ada.hear(f"after {key}")
                bob = await self.enter(f"Bob, after {key}")
                kept = [message["message"] for message in bob.last("message_history")["data"]]
                self.assertEqual(kept, [f"after {key}"])

    async def test_a_roster_of_the_wrong_type_is_mended_and_no_message_is_lost(self):
        ada = await self.enter("Ada")
        await ada.send("before")
        await self.redis.set(self.prefix + "members", b"\xff\0 of another type")
        texts = ["before"]
        # What keeps a message doesn't look at the roster each time.
        while len(texts) < 20 and ada.last("messages")["epoch"] == ada.welcome["epoch"]:
            texts.append(f"after {len(texts)}")
            await ada.send(texts[-1])
        # A fresh epoch that continues the old one: nobody has to forget anything.
        self.assertNotIn("reset", [frame["topic"] for frame in ada.frames])
        self.assertNotEqual(ada.last("messages")["epoch"], ada.welcome["epoch"])
        bob = await self.enter("Bob")
        self.assertEqual([message["message"] for message in bob.last("message_history")["data"]], texts)
        await self.meets(bob, ada)

    async def test_keys_of_strange_names_are_left_alone(self):
        strange = {b"chat:{\xff\0}:messages": b"\xff", "chat:{你👍}:meta": "x", "chat:{}:members": "", "chat:": "y"}
        for key, value in strange.items():
            await self.redis.set(key, value)
        ada = await self.enter("Ada")
        await self.assert_shows_nothing(ada)
        for key, value in strange.items():
            kept = await self.redis.get(key)
            self.assertEqual(kept, value if isinstance(value, bytes) else value.encode())

    async def test_links_that_are_cut_come_back_and_nothing_is_missed(self):
        ada, bob = await self.enter("Ada"), await self.enter("Bob")
        for number in range(5):
            # Both the links that carry commands and the one that listens.
            self.assertGreater(await self.redis.client_kill_filter(_type="normal", skipme=True), 0)
            await self.redis.client_kill_filter(_type="pubsub")
            await ada.say("send", {"message": f"message {number}", "id": f"id-{number}"})
            await ada.hear(f"message {number}")
            await bob.hear(f"message {number}")
        for browser in ada, bob:
            shown = [frame["data"]["seq"] for frame in browser.frames if frame["topic"] == "messages"]
            self.assertEqual(shown, [1, 2, 3, 4, 5])

    async def test_a_room_that_is_deleted_is_told_anew(self):
        ada = await self.enter("Ada")
        await ada.send("before")
        await self.redis.delete(self.prefix + "messages", self.prefix + "meta", self.prefix + "members")
        await ada.until("reset")
        await ada.send("after")
        kept = await self.redis.zrange(self.prefix + "messages", 0, -1)
        self.assertEqual([json.loads(text)["message"] for text in kept], ["after"])
        bob = await self.enter("Bob")
        await self.meets(bob, ada)

    async def meets(self, one: Browser, other: Browser) -> None:
        """A server that finds its member missing puts it back, if only when it has looked."""
        if other.socket not in one.last("member_history")["data"]:
            await one.until("member_add", lambda frame: frame["data"]["socket"] == other.socket)
