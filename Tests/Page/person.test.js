// Who one is over reloads and tabs, what is unread, and when one is called.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { isCalled } from "../../Sources/ChatServer/Web/calls.js";
import { Identity } from "../../Sources/ChatServer/Web/identity.js";
import { RoomStorage, read, write } from "../../Sources/ChatServer/Web/storage.js";
import { Unread } from "../../Sources/ChatServer/Web/unread.js";

/** Web Storage; `isOff`: a browser that forbids it. */
class FakeStorage {
  #all = new Map();
  isOff = false;

  #check() {
    if (this.isOff) throw new Error("SecurityError");
  }

  getItem(key) {
    return this.#check(), this.#all.get(key) ?? null;
  }

  setItem(key, value) {
    this.#check(), this.#all.set(key, String(value));
  }

  removeItem(key) {
    this.#check(), this.#all.delete(key);
  }
}

/** The Web Locks that all tabs of a browser share. */
class FakeLocks {
  held = new Map();

  async request(name, { ifAvailable, signal }, body) {
    while (this.held.has(name)) {
      if (ifAvailable) return body(null);
      // node would end before a signal's timeout, which keeps nothing alive.
      const alive = setInterval(() => {}, 1_000);
      await new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        this.held.get(name).then(resolve);
      }).finally(() => clearInterval(alive));
    }
    const done = body({ name });
    this.held.set(name, done.then(() => this.held.delete(name)));
  }

  async query() {
    return { held: [...this.held.keys()].map((name) => ({ name })) };
  }
}

beforeEach(() => {
  globalThis.localStorage = new FakeStorage();
  globalThis.sessionStorage = new FakeStorage();
});

/** A tab with a storage of its own, or a copy of another's. */
function tab(locks, session = new FakeStorage()) {
  return {
    session,
    identity: null,
    async open() {
      globalThis.sessionStorage = session;
      this.identity = new Identity(new RoomStorage("ws://a", "tea"), "ws://a", "tea", locks);
      this.isOurs = await this.identity.claim();
      return this.identity.token;
    },
    async welcome(token) {
      globalThis.sessionStorage = session;
      await this.identity.take(token);
    },
  };
}

test("after closing the tab one is the same person, and so one is after a reload", async () => {
  const first = tab(new FakeLocks());
  assert.equal(await first.open(), "");
  await first.welcome("ada.secret");
  // The browser releases a closed page's locks.
  assert.equal(await tab(new FakeLocks()).open(), "ada.secret");
  assert.equal(await tab(new FakeLocks(), first.session).open(), "ada.secret");
});

test("a second tab is somebody else, says so, and does not become the person that is kept", async () => {
  const locks = new FakeLocks();
  const [first, second] = [tab(locks), tab(locks)];
  await first.open();
  await first.welcome("ada.secret");
  assert.equal(await second.open(), "");
  assert.equal(second.identity.isSecond, true);
  await second.welcome("bob.secret");
  assert.equal(first.identity.isSecond, false);
  assert.equal(await tab(new FakeLocks()).open(), "ada.secret");
  assert.equal(await tab(new FakeLocks(), second.session).open(), "bob.secret");
});

test("a copy of a tab is somebody else, and leaves what waits to be sent to the first one", async () => {
  const locks = new FakeLocks();
  const first = tab(locks);
  await first.open();
  await first.welcome("ada.secret");
  const session = new FakeStorage();
  session.setItem("chat.token ws://a tea", "ada.secret");
  const copy = tab(locks, session);
  assert.equal(await copy.open(), "");
  assert.deepEqual([first.isOurs, copy.isOurs, copy.identity.isSecond], [true, false, true]);
});

test("a server that does not know the token any more makes somebody new, who is then kept", async () => {
  const first = tab(new FakeLocks());
  await first.open();
  await first.welcome("ada.secret");
  const locks = new FakeLocks();
  const again = tab(locks);
  assert.equal(await again.open(), "ada.secret");
  await again.welcome("new.secret");
  assert.deepEqual([...locks.held.keys()], ["chat.token ws://a tea new"]);
  assert.equal(await tab(new FakeLocks()).open(), "new.secret");
});

test("without locks each tab is somebody of its own, over reloads too", async () => {
  const first = tab(undefined);
  await first.open();
  await first.welcome("ada.secret");
  assert.equal(await tab(undefined).open(), "");
  assert.equal(await tab(undefined, first.session).open(), "ada.secret");
});

test("without any storage nothing throws", async () => {
  localStorage.isOff = true;
  const session = new FakeStorage();
  session.isOff = true;
  const only = tab(new FakeLocks(), session);
  assert.equal(await only.open(), "");
  await only.welcome("ada.secret");
  assert.equal(only.identity.token, "ada.secret");
  assert.equal(read("localStorage", "x"), null);
  assert.equal(write("localStorage", "x", "y"), false);
  assert.equal(new RoomStorage("ws://a", "tea").getData("sends"), null);
});

test("what is kept for a room is of that room on that server, and of this version", () => {
  const storage = new RoomStorage("ws://a", "tea");
  storage.setData("sends", { list: [1] });
  assert.deepEqual(storage.getData("sends"), { list: [1] });
  for (const [server, room] of [["ws://b", "tea"], ["ws://a", "lobby"]]) {
    assert.equal(new RoomStorage(server, room).getData("sends"), null);
  }
  for (const junk of ["", "{", "null", "1", '{"version":2,"data":{}}']) {
    storage.set("sends", junk);
    assert.equal(storage.getData("sends"), null);
  }
});

// MARK: Unread

const messages = (from, to, socket = "other") =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ seq: from + index, socket }));

test("unread begins with the first message that was not seen, and the line stays when all is seen", () => {
  const unread = new Unread();
  unread.arrived(messages(1, 3), true);
  assert.deepEqual([unread.count, unread.line], [0, null]);
  unread.arrived(messages(4, 5), false);
  unread.arrived(messages(6, 6), false);
  assert.deepEqual([unread.count, unread.line], [3, 4]);
  unread.seen();
  assert.deepEqual([unread.count, unread.line], [0, 4]);
  unread.arrived(messages(7, 7), true);
  assert.equal(unread.line, 4);
  unread.arrived(messages(8, 8), false);
  assert.equal(unread.line, 8);
  unread.written();
  assert.deepEqual([unread.count, unread.line], [0, null]);
});

test("on coming back unread begins behind what was seen, by the number, in the same epoch only", () => {
  for (const [position, line] of [
    [{ epoch: "e", seq: 3 }, 4], [{ epoch: "e", seq: 9 }, null], [{ epoch: "old", seq: 3 }, null], [null, null],
    [{ epoch: "e", seq: "3" }, null], [{ epoch: "e", seq: 0 }, 1],
  ]) {
    const unread = new Unread();
    unread.returned(messages(1, 6), "e", position, "me");
    assert.equal(unread.line, line);
  }
  const unread = new Unread();
  unread.returned([...messages(1, 4, "me"), ...messages(5, 6)], "e", { epoch: "e", seq: 2 }, "me");
  assert.equal(unread.line, 5);
});

// MARK: Calls

test("one is called by one's whole name, in whatever case, and not within other words", () => {
  for (const [text, name, expected] of [
    ["Ada, are you there?", "Ada", true], ["hey @ada!", "Ada", true], ["ADA", "Ada", true],
    ["Adage", "Ada", false], ["Canada", "Ada", false], ["ada_lovelace", "Ada", false], ["nobody", "Ada", false],
    ["wo ist Jürgen?", "jürgen", true], ["Jürgens Hut", "Jürgen", false], ["(Ada)", "Ada", true],
    ["is C++ here", "C++", true], ["a.b", "a.b", true], ["axb", "a.b", false], ["Ada Lovelace came", "Ada Lovelace", true],
    ["[x]{1}|y", "[x]{1}|y", true], ["anything", "", false], ["anything", undefined, false], ["你好小明你好", "小明", true],
    ["@小明 你好", "小明", true], ["a-b", "a-b", true], ["a/b\\c^$", "a/b\\c^$", true],
  ]) {
    assert.equal(isCalled(text, name), expected, `${text} / ${name}`);
  }
});
