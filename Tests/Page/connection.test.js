// The link: when it is opened again, and how long a page waits for that, by clocks that stand still.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Connection } from "../../Sources/ChatServer/Web/connection.js";
import { probe } from "../../Sources/ChatServer/Web/probe.js";

class FakeSocket {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];

  constructor(url) {
    if (url.startsWith("ws://refused")) throw new Error("SecurityError");
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text).topic);
  }

  close(code) {
    this.closedWith = code;
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen();
  }

  say(topic, data) {
    this.onmessage({ data: JSON.stringify({ topic, data }) });
  }

  end(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

/** A connection with a clock of its own; `answer`: what a probe finds. */
function make(context, { server = "ws://a.example", answer = null } = {}) {
  globalThis.WebSocket = FakeSocket;
  FakeSocket.all = [];
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  context.after(() => mock.timers.reset());
  const play = { states: [], topics: [], probes: 0, time: 0 };
  play.connection = new Connection(server, {
    query: () => "room=x",
    topic: (event) => play.topics.push(event.topic),
    state: (state) => play.states.push(state),
    probe: async () => ((play.probes += 1), answer),
  }, () => play.time);
  play.pass = (milliseconds) => {
    for (let step = 0; step < milliseconds; step += 10) {
      play.time += 10;
      mock.timers.tick(10);
    }
  };
  Object.defineProperty(play, "socket", { get: () => FakeSocket.all.at(-1) });
  Object.defineProperty(play, "state", { get: () => play.states.at(-1) });
  play.join = () => {
    play.connection.open();
    play.socket.accept();
    play.socket.say("welcome");
    play.connection.joined();
  };
  return play;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a lost link is opened again within a second at first, and ever later, up to ten seconds", (context) => {
  const play = make(context);
  play.join();
  play.socket.end(1006);
  let longest = 0;
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const delay = play.state.until - play.time;
    longest = Math.max(longest, delay);
    assert.ok(delay >= 500 && delay <= Math.min(10_000, 1_000 * 2 ** attempt), `${attempt}: ${delay}`);
    play.pass(delay + 20);
    assert.equal(FakeSocket.all.length, attempt + 2);
    play.socket.end(1006);
  }
  assert.ok(longest <= 10_000);
});

test("a clock that somebody sets changes no wait", (context) => {
  const play = make(context);
  play.join();
  mock.timers.setTime(4e12);
  play.connection.comeBackIn(700);
  play.socket.end(1012);
  assert.equal(play.state.until - play.time, 700);
});

test("a silent server is given up 5 s after a ping, and within 2 s after waking", (context) => {
  const play = make(context);
  play.join();
  play.pass(15_010);
  assert.deepEqual(play.socket.sent, ["ping"]);
  play.pass(4_900);
  assert.equal(play.states.some(({ name }) => name === "lost"), false);
  play.pass(200);
  assert.equal(play.state.name, "lost");

  play.join();
  play.pass(100);
  play.connection.wake();
  play.connection.wake();
  play.pass(1_900);
  assert.notEqual(play.state.name, "lost");
  play.pass(200);
  assert.equal(play.state.name, "lost");
  assert.equal(play.socket.closedWith, 4000);
});

test("waking with a link that lives costs a ping, and nothing else", (context) => {
  const play = make(context);
  play.join();
  const { socket } = play;
  play.connection.wake();
  socket.say("pong");
  play.pass(10_000);
  assert.equal(play.socket, socket);
  assert.equal(socket.readyState, 1);
});

test("waking ends a wait at once, and an attempt that hangs, but not one that has just begun", (context) => {
  const play = make(context);
  play.join();
  play.socket.end(1006);
  play.connection.wake();
  assert.equal(FakeSocket.all.length, 2);
  play.connection.wake();
  assert.equal(FakeSocket.all.length, 2);
  play.pass(1_500);
  play.connection.wake();
  assert.equal(FakeSocket.all.length, 3);
});

test("a room that there isn't is not tried again, and the reason is told", (context) => {
  const play = make(context);
  play.connection.open();
  play.socket.accept();
  play.socket.end(4004);
  assert.equal(play.state.name, "refused");
  assert.match(play.state.reason.text, /no such room/);
  play.pass(60_000);
  assert.equal(FakeSocket.all.length, 1);
});

test("another window that took over, or a final refusal, ends all attempts until they are asked for", (context) => {
  const play = make(context);
  play.join();
  play.socket.end(4001);
  assert.equal(play.state.name, "closed");
  play.connection.wake();
  play.pass(60_000);
  assert.equal(FakeSocket.all.length, 1);

  play.join();
  play.connection.refuse({ kind: "policy" });
  assert.deepEqual(play.state, { name: "refused", reason: { kind: "policy" } });
  play.connection.wake();
  play.pass(60_000);
  assert.equal(FakeSocket.all.length, 2);
});

test("a handshake that fails is asked about at once; a final answer ends it, another one is told", async (context) => {
  for (const [answer, name] of [[{ kind: "origin", isFinal: true }, "refused"], [{ kind: "busy", isFinal: false, retry: 7_000 }, "lost"]]) {
    const play = make(context, { answer });
    play.connection.open();
    play.socket.end(1006);
    await settled();
    assert.equal(play.probes, 1);
    assert.equal(play.state.name, name);
    assert.equal(play.state.reason, answer);
    if (name === "lost") assert.ok(play.state.until - play.time >= 7_000);
    mock.timers.reset();
  }
});

test("a page that was in asks only after several failures in a row", async (context) => {
  const play = make(context);
  play.join();
  play.socket.end(1006);
  for (const probes of [0, 1]) {
    play.connection.wake();
    play.socket.end(1006);
    await settled();
    assert.equal(play.probes, probes);
  }
});

test("an address that the browser does not open is refused, and nothing is thrown", (context) => {
  const play = make(context, { server: "ws://refused" });
  play.connection.open();
  assert.deepEqual(play.state, { name: "refused", reason: { kind: "server" } });
});

test("junk from a server is passed over", (context) => {
  const play = make(context);
  play.join();
  for (const data of ["", "{", "null", "1", "[]", '{"topic":1}']) play.socket.onmessage({ data });
  assert.deepEqual(play.topics, ["welcome"]);
});

// MARK: Why a handshake failed

const answer = (status, headers = {}, text = "") => async () => new Response(text, { status, headers });

test("what a server says to the same request tells what is wrong, and whether that is for good", async () => {
  for (const [status, kind, isFinal] of [
    [400, "request", true], [403, "origin", true], [421, "host", true], [404, "absent", true], [426, "upgrade", false],
    [429, "busy", false], [503, "busy", false], [500, "busy", false], [502, "busy", false],
  ]) {
    const found = await probe("wss://a.example", "room=x", answer(status, {}, " A word. "));
    assert.deepEqual([found.kind, found.isFinal, found.text], [kind, isFinal, "A word."], String(status));
  }
});

test("a page of the same host learns of its origin by a POST, which says where it comes from", async () => {
  for (const [status, kind, isFinal] of [[403, "origin", true], [405, "upgrade", false], [404, "upgrade", false]]) {
    const asked = [];
    const found = await probe("ws://a.example", "room=x", async (url, { method }) => {
      asked.push(method);
      return new Response("", { status: method === "GET" ? 426 : status });
    });
    assert.deepEqual([found.kind, found.isFinal], [kind, isFinal]);
    assert.deepEqual(asked, ["GET", "POST"]);
  }
});

test("Retry-After is kept to, within a minute", async () => {
  for (const [value, retry] of [["3", 3_000], ["86400", 60_000], ["soon", 0], ["-1", 0]]) {
    assert.equal((await probe("ws://a.example", "", answer(503, { "Retry-After": value }))).retry, retry);
  }
});

test("nobody there is no reason; somebody whose answer may not be read is one, and the token is told to none", async () => {
  const fail = async () => {
    throw new TypeError("Failed to fetch");
  };
  assert.equal(await probe("ws://a.example", "room=x", fail), null);
  const asked = [];
  const closed = async (url, { mode }) => {
    asked.push(url);
    return mode === "cors" ? fail() : new Response();
  };
  assert.equal((await probe("wss://a.example/base", "room=x&token=secret", closed)).kind, "closed");
  assert.deepEqual(asked, Array(2).fill("https://a.example/base/ws?room=x"));
});
