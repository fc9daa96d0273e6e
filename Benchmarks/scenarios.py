"""What is measured: each scenario with the flags of its load, its servers, and the limit that its ratios are to."""

import dataclasses

import peers


@dataclasses.dataclass
class Scenario:
    name: str
    flags: list
    servers: list
    limit: str = peers.TICK
    note: str = ""


BROADCASTS = [
    Scenario("window 1", ["--window", "1"], peers.BROADCAST, limit=peers.EACH),
    Scenario("window 16", ["--window", "16"], peers.BROADCAST),
    Scenario("window 64", ["--window", "64"], peers.BROADCAST),
    Scenario("100 messages/s", ["--rate", "100"], peers.BROADCAST),
    Scenario("1000 messages/s", ["--rate", "1000"], peers.BROADCAST),
    Scenario("through Redis at window 16", ["--window", "16"], peers.THROUGH_REDIS,
             note="The load publishes to Redis, the server subscribes. The limit has no Redis."),
    Scenario("the chat with 16 senders", ["--publishers", "16", "--window", "1"], peers.LIMITS[1:] + peers.CHATS,
             note="A `send` over WebSocket, kept in Redis and numbered, to all as JSON of some 320 bytes, an `ack` to the "
                  "sender. Redis' own CPU is not in it; of two servers, both are. The limit has neither store nor JSON."),
    Scenario("the chat with 100 senders at 1000 messages/s", ["--publishers", "100", "--rate", "1000"],
             peers.LIMITS[1:] + peers.CHATS),
]

# Joins: connecting, the roster, the history, and being announced to the others.
JOINS = [
    Scenario("into rooms of 10", ["--publishers", "0", "--rooms", "100"], peers.CHATS),
    Scenario("into one room", ["--publishers", "0"], peers.CHATS),
]
