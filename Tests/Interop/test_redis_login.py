"""Redis with passwords, users and databases: what stands in `--redis` does as PROTOCOL.md and Redis say."""

import asyncio
import urllib.error
import urllib.request
from urllib.parse import quote

from redis.asyncio import Redis
from servers import ChatServer, RedisServer
from support import InteropCase, wait_closed

SECRET = "s3cret"
# Whatever has a meaning in an address.
ODD_SECRET = "p@ss:w/o?r#d%41 é你"
# All that ChatServer needs: its keys, the channels of its database, what it sends and what its scripts call.
NARROW = [
    "~chat:*", "&chat@3:*", "-@all", "+ping", "+select", "+info", "+script|load", "+evalsha", "+multi", "+exec",
    "+publish", "+subscribe", "+unsubscribe", "+time", "+type", "+exists", "+del", "+expire", "+get", "+set",
    "+hget", "+hmget", "+hgetall", "+hset", "+hdel", "+hlen", "+hincrby", "+zadd", "+zrange", "+zremrangebyscore",
]


class LoginTests(InteropCase):
    @classmethod
    def setUpClass(cls):
        cls.redis_server = RedisServer("--requirepass", SECRET)
        cls.addClassCleanup(cls.redis_server.end)

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.redis = await self.open_database(0)

    async def open_database(self, number: int) -> Redis:
        redis = Redis(port=self.redis_server.port, db=number, password=SECRET)
        self.addAsyncCleanup(redis.aclose)
        return redis

    def start(self, login: str, database: str, **options) -> ChatServer:
        server = ChatServer(f"redis://{login}@127.0.0.1:{self.redis_server.port}{database}", **options)
        self.addCleanup(server.end)
        return server

    async def add_user(self, name: str, secret: str, *rules: str) -> None:
        await self.redis.execute_command("ACL", "SETUSER", name, "reset", "on", f">{secret}", *rules)

    async def assert_chats(self, server: ChatServer, database: int, room: str) -> None:
        ada, bob = await self.join(server.host, room=room), await self.join(server.host, room=room)
        await ada.send("hello")
        await bob.hear("hello")
        await ada.say("rename", {"username": "Ada"})
        await bob.until("member_update")
        await ada.say("typing")
        await bob.until("typing")
        await bob.say("history", {"before": 2, "limit": 10})
        self.assertEqual(len((await bob.until("message_page"))["data"]["messages"]), 1)
        again = await self.join(server.host, room=room, token=bob.welcome["token"])
        self.assertEqual((await wait_closed(bob.connection))[0], 4001)
        await again.connection.close()
        await ada.until("member_delete")
        redis = await self.open_database(database)
        self.assertEqual(await redis.zcard(f"chat:{{{room}}}:messages"), 1)

    async def assert_sends(self, server: ChatServer, room: str) -> None:
        ada, bob = await self.join(server.host, room=room), await self.join(server.host, room=room)
        await self.redis.script_flush()
        await ada.send("after a flush")
        await bob.hear("after a flush")
        await ada.connection.close()
        await bob.connection.close()

    async def test_a_password_and_a_database(self):
        await self.assert_chats(self.start(f":{SECRET}", "/3"), 3, "password")

    async def test_a_user_with_a_password_of_odd_characters(self):
        await self.add_user("chât", ODD_SECRET, "~*", "&*", "+@all")
        server = self.start(f"{quote('chât')}:{quote(ODD_SECRET, safe='')}", "/15")
        await self.assert_chats(server, 15, "odd")

    async def test_a_user_who_may_do_no_more_than_is_needed(self):
        await self.add_user("narrow", SECRET, *NARROW)
        server = self.start(f"narrow:{SECRET}", "/3")
        await self.assert_chats(server, 3, "narrow")
        # What scripts Redis has forgotten, by SCRIPT FLUSH or in a failover, comes back without a word more.
        for _ in range(3):
            await self.redis.script_flush()
            await self.assert_sends(server, "narrow")
        log = await self.redis.acl_log()
        refused = {(entry["reason"], entry["object"]) for entry in log if entry["username"] == "narrow"}
        self.assertEqual(refused, set())

    async def test_databases_do_not_hear_each_other(self):
        # PUB/SUB knows no databases: the channel's name has to tell them apart.
        one, other = self.start(f":{SECRET}", "/3"), self.start(f":{SECRET}", "/4")
        ada, bob = await self.join(one.host, room="apart"), await self.join(other.host, room="apart")
        await ada.send("for database 3")
        await bob.send("for database 4")
        # What came across would stand before these.
        await ada.send("once more for 3")
        await bob.send("once more for 4")
        for browser, database in (ada, 3), (bob, 4):
            shown = [frame["data"]["message"] for frame in browser.frames if frame["topic"] == "messages"]
            self.assertEqual(shown, [f"for database {database}", f"once more for {database}"])
            self.assertLessEqual(set(browser.last("member_history")["data"]), {browser.socket})

    async def test_a_wrong_password_is_said_without_being_told_and_makes_the_server_unhealthy(self):
        server = self.start(":wrong-password", "/3", is_ready=False)
        server.line("WRONGPASS")
        self.assertEqual(await asyncio.to_thread(self.status_of, f"http://{server.host}/health"), 503)
        self.assertEqual(await asyncio.to_thread(self.status_of, f"http://{server.host}/live"), 200)
        self.assertNotIn("wrong-password", server.output)

    async def test_a_password_that_is_mended_lets_a_running_server_in(self):
        await self.add_user("late", "not yet", "~*", "&*", "+@all")
        server = self.start(f"late:{SECRET}", "/5", is_ready=False)
        server.line("WRONGPASS")
        await self.add_user("late", SECRET, "~*", "&*", "+@all")
        await asyncio.to_thread(server.line, "listening to Redis")
        await self.assert_chats(server, 5, "late")

    async def test_no_secret_is_ever_logged(self):
        server = self.start(f":{SECRET}", "/3", is_ready=True)
        await self.assert_chats(server, 3, "logged")
        await self.redis.client_kill_filter(_type="normal", skipme=True)
        await self.redis.client_kill_filter(_type="pubsub")
        await asyncio.to_thread(server.line, "the subscription to Redis is lost")
        self.assertNotIn(SECRET, server.output)

    @staticmethod
    def status_of(address: str) -> int:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            answer.close()
            return answer.code
