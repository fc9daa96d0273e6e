// Lengths, links and addresses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isRoom, readAddress, roomAddress } from "../../Sources/ChatServer/Web/address.js";
import { pieces } from "../../Sources/ChatServer/Web/links.js";
import { measure } from "../../Sources/ChatServer/Web/text.js";

const limits = { text: 100, message: 1_000 };

test("what is too long is told in characters, not in bytes", () => {
  assert.equal(measure("x".repeat(100), limits).over, 0);
  assert.equal(measure("x".repeat(103), limits).over, 3);
  assert.equal(measure("é".repeat(51), limits).over, 1);
  assert.equal(measure("😀".repeat(30), limits).over, 5);
  // Seven code points, 25 bytes, one character.
  assert.equal(measure("👨‍👩‍👧‍👦".repeat(5), limits).over, 1);
});

test("the frame has a limit as well: what JSON must escape counts for more", () => {
  assert.equal(measure("\u0001".repeat(100), { text: 1_000, message: 400 }).over > 0, true);
  const { over } = measure("\n".repeat(400), { text: 1_000, message: 500 });
  assert.equal(measure("\n".repeat(400 - over), { text: 1_000, message: 500 }).over, 0);
  assert.equal(measure("\n".repeat(401 - over), { text: 1_000, message: 500 }).over, 1);
});

test("how much is left is said near the limit only, and is in characters of the kind that is written", () => {
  assert.equal(measure("x".repeat(50), limits).isNear, false);
  assert.deepEqual(measure("x".repeat(90), limits), { over: 0, left: 10, isNear: true });
  assert.equal(measure("é".repeat(45), limits).left, 5);
  assert.equal(measure("", limits).isNear, false);
});

test("a very long text is measured within a moment", () => {
  const begun = performance.now();
  assert.ok(measure("😀".repeat(500_000), limits).over > 499_000);
  assert.ok(performance.now() - begun < 3_000);
});

const links = (text) => pieces(text).filter(({ href }) => href).map(({ href }) => href);

test("links end before a sentence's punctuation, and keep the brackets that they opened", () => {
  for (const [text, expected] of [
    ["see https://a.example/x.", "https://a.example/x"],
    ["(https://a.example/x)", "https://a.example/x"],
    ["https://en.wikipedia.org/wiki/Swift_(bird)", "https://en.wikipedia.org/wiki/Swift_(bird)"],
    ["(see https://en.wikipedia.org/wiki/Swift_(bird))", "https://en.wikipedia.org/wiki/Swift_(bird)"],
    ["[https://a.example/x[1]]", "https://a.example/x[1]"],
    ["https://a.example/x?!", "https://a.example/x"],
    ["https://a.example/?q=a(b)c).", "https://a.example/?q=a(b)c"],
    ["HTTPS://A.EXAMPLE/x", "HTTPS://A.EXAMPLE/x"],
    ["Http://a.example", "Http://a.example"],
    ["http://[::1]:3000/", "http://[::1]:3000/"],
    ["“https://a.example/ä”", "https://a.example/ä”"],
    ["<https://a.example>", "https://a.example"],
  ]) {
    assert.deepEqual(links(text), [expected], text);
    assert.equal(pieces(text).map((piece) => piece.text).join(""), text);
  }
});

test("what isn't an address is no link, and nothing of the text is lost", () => {
  for (const text of ["http://", "https:// x", "javascript:alert(1)", "ftp://a.example", "https://)", "", "no link"]) {
    assert.deepEqual(links(text), [], text);
    assert.equal(pieces(text).map((piece) => piece.text).join(""), text);
  }
  assert.deepEqual(links("http://a http://b"), ["http://a", "http://b"]);
});

test("many brackets take no time", () => {
  const begun = performance.now();
  pieces(`http://a${")".repeat(100_000)}${"(".repeat(100_000)}${")".repeat(100_000)}`);
  assert.ok(performance.now() - begun < 2_000);
});

test("the server is where the page comes from, or the one it is asked to use", () => {
  for (const [address, server, isOwn] of [
    ["http://127.0.0.1:3000/?room=tea", "ws://127.0.0.1:3000", true],
    ["https://a.example/chat/index.html", "wss://a.example/chat", true],
    ["https://a.example/?server=wss://b.example", "wss://b.example", false],
    ["https://a.example/?server=https://b.example/base/", "wss://b.example/base", false],
    ["https://a.example/?server=wss://a.example", "wss://a.example", true],
    ["https://a.example/?server=nonsense", "", false],
    ["https://a.example/?server=javascript:alert(1)", "", false],
    ["file:///home/x/index.html?server=ws://127.0.0.1:3000", "ws://127.0.0.1:3000", false],
  ]) {
    const read = readAddress(address);
    assert.deepEqual([read.server, read.isOwn], [server, isOwn], address);
  }
  assert.equal(readAddress("http://a.example/?room=tea").room, "tea");
  assert.equal(readAddress("http://a.example/").room, "lobby");
});

test("a room's address says the room and a foreign server, and nothing of its user", () => {
  assert.equal(roomAddress("https://a.example/x/?room=tea&token=secret&name=Ada", "lobby"), "https://a.example/x/?room=lobby");
  assert.equal(
    roomAddress("https://a.example/?server=wss://b.example&name=Ada", "tea"),
    "https://a.example/?room=tea&server=wss%3A%2F%2Fb.example");
  assert.equal(roomAddress("https://a.example/?server=wss://b.example", "tea", false), "https://a.example/?room=tea");
  assert.equal(roomAddress("file:///x/index.html?room=a", "tea"), "file:///x/index.html?room=tea");
});

test("rooms' names are the server's", () => {
  for (const room of ["lobby", "a", "A.b_c-9", "x".repeat(64)]) assert.equal(isRoom(room), true, room);
  for (const room of ["", "x".repeat(65), "a b", "é", "a/b", "a\n"]) assert.equal(isRoom(room), false, room);
});
