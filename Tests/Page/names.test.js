// The page's table of characters and its check of names, beside the lists that the server is tested with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Lookalikes } from "../../Sources/ChatServer/Web/lookalikes.js";
import { isBlank, lookAlike, sets, validName } from "../../Sources/ChatServer/Web/names.js";

const fixture = (name) => readFileSync(new URL(`../../Fixtures/Names/${name}`, import.meta.url), "utf8");

test("the page's sets of characters are the listed ones", () => {
  const listed = {};
  for (const [, set, first, last] of fixture("characters.txt").matchAll(/^(\w+) (\w+)\.\.(\w+)$/gm)) {
    (listed[set] ??= []).push([parseInt(first, 16), parseInt(last, 16)]);
  }
  assert.deepEqual(sets, listed);
});

test("the page keeps and refuses the same names as the server", () => {
  for (const { given, kept } of JSON.parse(fixture("names.json"))) {
    assert.equal(validName(given), kept, JSON.stringify(given.slice(0, 50)));
  }
});

test("a text of nothing visible is blank", () => {
  for (const text of ["", " \n\t", "\u200b", "\u200b \u2060", "\ufeff", "\u3164", "\u2800", "\u202e"]) {
    assert.ok(isBlank(text), JSON.stringify(text));
  }
  for (const text of ["a", "\u200ba", ".", "愛", "👍🏽", "\u0301"]) assert.ok(!isBlank(text), JSON.stringify(text));
});

test("names that look alike have one key, others don't", () => {
  for (const [one, other] of [
    ["Ada", "\u0410d\u0430"], ["Ada", "ada"], ["Ada", "Ａｄａ"], ["Alice", "AIice"], ["Alice", "A1ice"],
    ["Ada Lovelace", "Ada\u00a0Lovelace"], ["Ada", "\u0391da"], ["Zoë", "Zoe\u0308"], ["O’Brien", "O'Brien"], ["Bob", "B0b"],
  ]) {
    assert.equal(lookAlike(one), lookAlike(other), `${one} ${other}`);
  }
  for (const [one, other] of [["Ada", "Bob"], ["Zoë", "Zoe"], ["Ada", "Adam"], ["愛", "哀"], ["An na", "Anna"]]) {
    assert.notEqual(lookAlike(one), lookAlike(other), `${one} ${other}`);
  }
});

test("of members whose names look alike each has a tag, and no other has one", () => {
  const all = new Lookalikes();
  const member = (socket, username) => ({ socket, username });
  assert.deepEqual(all.put(member("aaaa1", "Ada")), []);
  assert.equal(all.tag("aaaa1"), "");
  assert.deepEqual(all.put(member("bbbb2", "\u0410da")), ["aaaa1"]);
  assert.deepEqual(["aaaa1", "bbbb2"].map((socket) => all.tag(socket)), ["·aaaa", "·bbbb"]);
  assert.deepEqual(all.put(member("cccc3", "Grace")), []);
  assert.equal(all.tag("cccc3"), "");
  assert.deepEqual(all.put(member("bbbb2", "Bob")), ["aaaa1"]);
  assert.equal(all.tag("aaaa1"), "");
  all.put(member("dddd4", "ada"));
  assert.deepEqual(all.remove("dddd4"), ["aaaa1"]);
  assert.deepEqual(all.remove("nobody"), []);
  all.replace([member("x", "Eve"), member("y", "eve")]);
  assert.deepEqual(["x", "y", "aaaa1"].map((socket) => all.tag(socket)), ["·x", "·y", ""]);
});
