// What a server says becomes a state, without a server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Room } from "../../Sources/ChatServer/Web/room.js";

const message = (seq, text = `m${seq}`, socket = "other") => ({
  seq, id: `id-${text}`, date: 1e12 + seq, socket, username: "Grace", avatar: "/avatars/x.svg", message: text,
});
const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
const member = (socket, username = socket) => ({ socket, username, avatar: "/avatars/x.svg", joined: 1 });

function welcome(room, { seq = 0, epoch = "e1", socket = "me", ...rest } = {}) {
  return room.take({ topic: "welcome", data: { member: member(socket), token: "t", epoch, seq, ...rest } });
}

/** A whole join; gives all its changes. */
function join(room, history = [], { epoch = "e1", seq = history.at(-1)?.seq ?? 0, socket = "me" } = {}) {
  return [
    ...welcome(room, { seq, epoch, socket }),
    ...room.take({ topic: "member_history", data: { [socket]: member(socket), other: member("other") }, epoch, rev: 1 }),
    ...room.take({ topic: "message_history", data: history, epoch }),
    ...room.take({ topic: "member_add", data: member(socket), epoch, rev: 2 }),
  ];
}

const kinds = (changes) => changes.map(({ kind }) => kind);
const shown = (room) => room.timeline.items.map(({ seq }) => seq);

test("a join: who we are, the members, the history as no news, and its end", () => {
  const room = new Room();
  const changes = join(room, messages(1, 3));
  assert.deepEqual(kinds(changes), ["welcome", "members", "log", "member", "joined"]);
  assert.equal(room.own, "me");
  assert.equal(room.me.username, "me");
  assert.deepEqual(shown(room), [1, 2, 3]);
  assert.deepEqual(changes[2].news, []);
  assert.equal(room.isJoined, true);
});

test("messages of others are news, one's own are not, and repeated ones are neither shown nor news", () => {
  const room = new Room();
  join(room, messages(1, 2));
  const [other] = room.take({ topic: "messages", data: message(3), epoch: "e1" });
  assert.equal(other.news.length, 1);
  const [own] = room.take({ topic: "messages", data: message(4, "mine", "me"), epoch: "e1" });
  assert.deepEqual([own.news.length, own.placed.length, own.heard.length], [0, 1, 1]);
  const [again] = room.take({ topic: "messages", data: message(3), epoch: "e1" });
  assert.deepEqual([again.news.length, again.placed.length], [0, 0]);
  assert.deepEqual(shown(room), [1, 2, 3, 4]);
});

test("a reconnect goes on where the log was; what was missed is news", () => {
  const room = new Room();
  join(room, messages(1, 2));
  room.lose();
  assert.equal(room.isJoined, false);
  const changes = join(room, messages(3, 5));
  assert.deepEqual(kinds(changes), ["welcome", "members", "log", "member", "joined"]);
  assert.equal(changes[2].news.length, 3);
  assert.deepEqual(shown(room), [1, 2, 3, 4, 5]);
});

test("a history with a hole before it replaces the rows, and nothing is lost: the rest can be loaded", () => {
  const room = new Room();
  join(room, messages(1, 2));
  room.lose();
  const changes = join(room, messages(100, 149));
  assert.deepEqual(changes.find(({ kind }) => kind === "cleared"), { kind: "cleared", isLost: false });
  assert.equal(room.timeline.first, 100);
  assert.equal(room.isAtBeginning, false);
});

test("a server that started anew and empty has lost what was shown, and so has one whose numbers hold other messages", () => {
  for (const history of [[], [message(1, "another"), message(2, "and another"), message(3)]]) {
    const room = new Room();
    join(room, messages(1, 3));
    room.lose();
    const changes = join(room, history, { epoch: "e2", socket: "me again" });
    assert.deepEqual(changes.find(({ kind }) => kind === "cleared"), { kind: "cleared", isLost: true });
    assert.deepEqual(shown(room), history.map(({ seq }) => seq));
    assert.deepEqual(room.timeline.past, ["e1"]);
  }
});

test("a reset that lost nothing is none to its reader; one that did is", () => {
  for (const [history, isLost] of [[messages(1, 4), false], [messages(1, 2), true]]) {
    const room = new Room();
    join(room, messages(1, 3));
    assert.deepEqual(room.take({ topic: "reset", data: { epoch: "e2" } }), [{ kind: "cleared", isLost: false }]);
    const changes = room.take({ topic: "message_history", data: history, epoch: "e2" });
    assert.equal(changes[0].isLost, isLost);
    assert.equal(room.timeline.epoch, "e2");
    assert.deepEqual(shown(room), history.map(({ seq }) => seq));
  }
});

test("an epoch that goes on with nothing lost keeps the rows", () => {
  const room = new Room();
  join(room, messages(1, 3));
  room.take({ topic: "messages", data: message(4), epoch: "e2" });
  assert.equal(room.timeline.epoch, "e2");
  assert.deepEqual(room.timeline.past, ["e1"]);
  room.lose();
  const changes = join(room, messages(5, 5), { epoch: "e3" });
  assert.equal(changes.some(({ kind }) => kind === "cleared"), false);
  assert.deepEqual(shown(room), [1, 2, 3, 4, 5]);
});

test("older messages are asked for once, put in before the rest, and end where the log begins", () => {
  const room = new Room();
  assert.equal(room.olderRequest(), null);
  join(room, messages(51, 60));
  assert.deepEqual(room.olderRequest(), { before: 51, limit: 50 });
  assert.equal(room.olderRequest(), null);
  const [page] = room.take({ topic: "message_page", data: { messages: messages(41, 50), complete: false } });
  assert.deepEqual(page.placed.map(({ seq }) => seq), [41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
  assert.deepEqual(room.olderRequest(), { before: 41, limit: 50 });
  room.take({ topic: "message_page", data: { messages: [], complete: true } });
  assert.equal(room.isAtBeginning, true);
  assert.equal(room.olderRequest(), null);
});

test("a page that no longer joins on is dropped, and an error or a lost link lets it be asked for again", () => {
  const room = new Room();
  join(room, messages(51, 60));
  room.olderRequest();
  room.timeline.dropOldest(5);
  assert.deepEqual(room.take({ topic: "message_page", data: { messages: messages(41, 50) } }), []);
  assert.equal(room.timeline.first, 56);
  room.olderRequest();
  room.take({ topic: "error", data: { code: "unavailable", message: "Not now." } });
  assert.deepEqual(room.olderRequest(), { before: 56, limit: 50 });
});

test("members come, are renamed and go; one's own new name is told", () => {
  const room = new Room();
  join(room);
  room.take({ topic: "member_add", data: member("new"), epoch: "e1" });
  assert.equal(room.members.size, 3);
  assert.deepEqual(kinds(room.take({ topic: "member_update", data: member("new", "Newer") })), ["member"]);
  assert.equal(room.members.get("new").username, "Newer");
  assert.deepEqual(kinds(room.take({ topic: "member_update", data: member("me", "I") })), ["member", "renamed"]);
  room.take({ topic: "member_delete", data: "new" });
  assert.equal(room.members.size, 2);
});

test("what was said while one was away is new, also in a room in which nothing had been said before", () => {
  const room = new Room();
  join(room, []);
  room.lose();
  const log = join(room, messages(1, 3)).find(({ kind }) => kind === "log");
  assert.deepEqual(log.news.map(({ seq }) => seq), [1, 2, 3]);
});

test("above the roster limit a count stands for the rest, and ends the join", () => {
  const room = new Room();
  welcome(room);
  room.take({ topic: "member_history", data: { me: member("me") }, epoch: "e1" });
  assert.deepEqual(kinds(room.take({ topic: "member_count", data: 500, epoch: "e1" })), ["count"]);
  room.take({ topic: "message_history", data: [], epoch: "e1" });
  assert.deepEqual(kinds(room.take({ topic: "member_count", data: 501, epoch: "e1" })), ["count", "joined"]);
  assert.equal(room.count, 501);
});

test("a gap is a row, and an error is about a message where it has an id", () => {
  const room = new Room();
  join(room, messages(1, 2));
  const [gap] = room.take({ topic: "gap", data: { from: 3, to: 7 } });
  assert.deepEqual([gap.from, gap.to, gap.placed.length], [3, 7, 1]);
  assert.equal(room.timeline.last, 7);
  assert.deepEqual(kinds(room.take({ topic: "error", data: { code: "x", id: "a" } })), ["failed"]);
  assert.deepEqual(kinds(room.take({ topic: "error", data: { code: "x" } })), ["error"]);
});

test("whatever a server may say, nothing throws, and what isn't understood changes nothing", () => {
  const room = new Room();
  join(room, messages(1, 2));
  const topics = [
    "welcome", "member_history", "message_history", "member_add", "member_update", "member_delete", "member_count",
    "messages", "message_page", "gap", "ack", "typing", "reconnect", "error", "pong", "constructor", "__proto__", "new",
  ];
  for (const topic of topics) {
    for (const data of [undefined, null, 0, "", "x", [], {}, [null], { seq: "1" }, { from: 1 }, { member: 1 }]) {
      assert.ok(Array.isArray(room.take({ topic, data })), topic);
    }
  }
  assert.equal(room.own, "me");
  assert.deepEqual(shown(room).slice(0, 2), [1, 2]);
});
