"""What ChatServer keeps in Redis and publishes there, read by redis-py: the tables of PROTOCOL.md."""

import json
import time

from redis.asyncio import Redis
from servers import ChatServer, RedisServer
from support import Browser, InteropCase, within

DAY = 24 * 60 * 60
WORDS = [
    "plain", "é你👍👩‍👩‍👧‍👦", 'quotes " and \\ and \0 and \n', "\u2028</script>\ufeff", "$5\r\nhello\r\n", "x" * 8000,
]


class StoreTests(InteropCase):
    database = 3

    @classmethod
    def setUpClass(cls):
        cls.redis_server = RedisServer()
        cls.addClassCleanup(cls.redis_server.end)
        url = f"{cls.redis_server.url}/{cls.database}"
        cls.servers = [ChatServer(url), ChatServer(url)]
        for server in cls.servers:
            cls.addClassCleanup(server.end)

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.redis = await self.open_database(self.database)
        # A room for each test.
        self.room = self._testMethodName[-60:]

    async def open_database(self, number: int) -> Redis:
        redis = Redis(port=self.redis_server.port, db=number, decode_responses=True)
        self.addAsyncCleanup(redis.aclose)
        return redis

    async def listen(self, channel: str):
        listener = self.redis.pubsub()
        self.addAsyncCleanup(listener.aclose)
        await listener.subscribe(channel)
        self.assertEqual((await self.next_payload(listener, "subscribe"))["channel"], channel)
        return listener

    async def next_payload(self, listener, kind: str = "message") -> dict:
        async def read() -> dict:
            while True:
                found = await listener.get_message(timeout=None)
                if found and found["type"] == kind:
                    return found

        return await within(f"a {kind} of PUB/SUB", read())

    async def enter(self, server: int, name: str) -> Browser:
        return await self.join(self.servers[server].host, room=self.room, name=name)

    async def test_messages_are_a_sorted_set_of_what_browsers_got(self):
        ada, bob = await self.enter(0, "Ada"), await self.enter(1, "Bob")
        shown = []
        for words in WORDS:
            shown.append(await ada.send(words))
            self.assertEqual(await bob.hear(words), shown[-1])
        kept = await self.redis.zrange(f"chat:{{{self.room}}}:messages", 0, -1, withscores=True)
        self.assertEqual([json.loads(text) for text, _ in kept], shown)
        self.assertEqual([int(score) for _, score in kept], [message["seq"] for message in shown])
        self.assertEqual([message["seq"] for message in shown], list(range(1, len(WORDS) + 1)))
        # To the byte, inside of what browsers got.
        frames = [text for text in bob.texts if json.loads(text)["topic"] == "messages"]
        for (text, _), frame in zip(kept, frames, strict=True):
            self.assertIn(f'"data":{text}}}', frame)
        self.assertAlmostEqual(shown[-1]["date"] / 1000, time.time(), delta=60)
        await self.assert_expiry("messages", 30 * DAY)
        await self.assert_expiry("meta", 30 * DAY)

    async def test_the_channel_carries_what_browsers_get_to_the_byte(self):
        listener = await self.listen(f"chat@{self.database}:{{{self.room}}}")
        ada = await self.enter(0, "Ada")
        await ada.send("é你👍 \"\\\0")
        await ada.say("rename", {"username": "Ada Lovelace"})
        await ada.until("member_update")
        await ada.say("typing")
        await ada.until("typing")
        payloads = [(await self.next_payload(listener))["data"] for _ in range(4)]
        topics = [json.loads(payload)["topic"] for payload in payloads]
        self.assertEqual(topics, ["member_add", "messages", "member_update", "typing"])
        for payload in payloads:
            self.assertIn(payload, ada.texts)

    async def test_members_are_a_hash_of_those_who_are_here(self):
        ada, bob = await self.enter(0, "Ada"), await self.enter(1, "Bob")
        await ada.until("member_add", lambda frame: frame["data"]["socket"] == bob.socket)
        await bob.say("rename", {"username": "Bob é你👍"})
        await ada.until("member_update")
        kept = await self.kept_members()
        self.assertEqual(set(kept), {ada.socket, bob.socket})
        for browser, name in (ada, "Ada"), (bob, "Bob é你👍"):
            member = dict(kept[browser.socket])
            self.assertEqual(member.pop("server"), browser.server)
            # Never below the clock.
            self.assertGreaterEqual(member.pop("generation"), member["joined"])
            self.assertEqual(member, browser.welcome["member"] | {"username": name})
        await self.assert_expiry("members", DAY)
        # Close 1000 leaves at once.
        await bob.connection.close()
        self.assertEqual((await ada.until("member_delete"))["data"], bob.socket)
        self.assertEqual(set(await self.kept_members()), {ada.socket})

    async def test_the_roster_of_a_newcomer_is_the_hash(self):
        ada = await self.enter(0, "Ada")
        bob = await self.enter(1, "Bob")
        kept = await self.kept_members()
        public = {
            socket: {name: value for name, value in member.items() if name not in ("server", "generation")}
            for socket, member in kept.items()
        }
        self.assertEqual(bob.last("member_history")["data"].keys() | {bob.socket}, {ada.socket, bob.socket})
        self.assertEqual(bob.last("member_history")["data"] | {bob.socket: public[bob.socket]}, public)

    async def test_meta_holds_the_numbers_of_the_room(self):
        ada = await self.enter(0, "Ada")
        for number in range(3):
            await ada.send(str(number))
        meta = await self.redis.hgetall(f"chat:{{{self.room}}}:meta")
        self.assertEqual(set(meta), {"run", "epoch", "prev", "base", "older", "seq", "rev", "format"})
        self.assertEqual(meta["run"], (await self.redis.info("server"))["run_id"])
        self.assertEqual(meta["epoch"], ada.welcome["epoch"])
        self.assertEqual(int(meta["seq"]), 3)
        self.assertEqual(int(meta["rev"]), ada.last("member_add")["rev"])

    async def test_a_token_is_looked_up_in_its_session(self):
        ada = await self.enter(0, "Ada")
        socket, secret = ada.welcome["token"].split(".")
        session = await self.redis.hgetall(f"chat:{{{self.room}}}:session:{socket}")
        self.assertEqual(set(session), {"secret", "member", "generation", "attempt", "opened"})
        self.assertEqual(session["secret"], secret)
        self.assertEqual(json.loads(session["member"]), ada.welcome["member"])
        self.assertEqual(int(session["generation"]), (await self.kept_members())[socket]["generation"])
        # Empty where Redis has not told the server its time yet.
        if session["opened"]:
            self.assertAlmostEqual(int(session["opened"]) / 1000, time.time(), delta=60)
        await self.assert_expiry(f"session:{socket}", DAY)

    async def test_a_send_is_remembered_by_its_id_for_five_minutes(self):
        ada = await self.enter(0, "Ada")
        for _ in range(2):
            await ada.say("send", {"message": "once", "id": "my-id_1"})
            ack = (await ada.until("ack"))["data"]
            self.assertEqual(ack, {"id": "my-id_1", "seq": 1, "epoch": ada.welcome["epoch"]})
        key = f"sent:{ada.socket}:my-id_1"
        self.assertEqual(await self.redis.get(f"chat:{{{self.room}}}:{key}"), f"{ada.welcome['epoch']}:1")
        await self.assert_expiry(key, 300)
        self.assertEqual(await self.redis.zcard(f"chat:{{{self.room}}}:messages"), 1)

    async def test_every_server_holds_a_lease(self):
        ada, bob = await self.enter(0, "Ada"), await self.enter(1, "Bob")
        leases = dict(await self.redis.zrange("chat:servers", 0, -1, withscores=True))
        self.assertEqual(set(leases), {ada.server, bob.server})
        seconds, microseconds = await self.redis.time()
        for ending in leases.values():
            # 4 s long, renewed every second.
            self.assertTrue(0 < ending - (seconds * 1000 + microseconds / 1000) <= 4000)

    async def test_all_of_it_stands_in_the_database_of_the_url(self):
        await self.enter(0, "Ada")
        self.assertEqual(await (await self.open_database(0)).dbsize(), 0)
        async for key in self.redis.scan_iter():
            self.assertRegex(key, r"^chat:(servers$|\{[A-Za-z0-9._-]+\}:(messages|members|meta|session:|sent:))")

    # Helpers.

    async def kept_members(self) -> dict[str, dict]:
        kept = await self.redis.hgetall(f"chat:{{{self.room}}}:members")
        return {socket: json.loads(member) for socket, member in kept.items()}

    async def assert_expiry(self, key: str, seconds: int) -> None:
        left = await self.redis.ttl(f"chat:{{{self.room}}}:{key}")
        self.assertTrue(seconds - 120 < left <= seconds, f"{key} expires in {left} s, not in {seconds}")
