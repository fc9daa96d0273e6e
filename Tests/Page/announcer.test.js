// What a screen reader is told, and how often.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcer } from "../../Sources/ChatServer/Web/announcer.js";

const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

function listening() {
  const said = [];
  return { said, announcer: new Announcer((words) => said.push(words), plural) };
}

test("a first connection is not told; a loss is, once, whatever is tried and whatever the words", () => {
  const { said, announcer } = listening();
  announcer.joined();
  for (const words of ["Connection lost.", "Connection lost.", "You are offline."]) announcer.lost(words);
  assert.deepEqual(said, ["Connection lost."]);
});

test("a return is told once, with how many messages came since the loss", () => {
  const { said, announcer } = listening();
  announcer.joined();
  announcer.heard(7);
  announcer.lost("Lost.");
  announcer.heard(1);
  announcer.joined();
  announcer.joined();
  announcer.lost("Lost.");
  announcer.heard(2);
  announcer.heard(1);
  announcer.joined();
  announcer.lost("Lost.");
  announcer.joined();
  assert.deepEqual(said, [
    "Lost.", "Connected again, 1 new message.", "Lost.", "Connected again, 3 new messages.", "Lost.", "Connected again.",
  ]);
});

test("a server that could not be reached at first is told, and then that it is", () => {
  const { said, announcer } = listening();
  announcer.lost("Can’t reach the server.");
  announcer.joined();
  assert.deepEqual(said, ["Can’t reach the server.", "Connected."]);
});

test("what ends the attempts is told even after a loss, each end once", () => {
  const { said, announcer } = listening();
  announcer.joined();
  announcer.lost("Lost.");
  announcer.ended("Refused.");
  announcer.ended("Refused.");
  announcer.lost("Lost.");
  announcer.ended("Refused.");
  announcer.joined();
  assert.deepEqual(said, ["Lost.", "Refused.", "Refused.", "Connected again."]);
});

test("a length is told where it comes near the limit and over it, not at each key", () => {
  const { said, announcer } = listening();
  const keys = [["", ""], ["near", "12 left"], ["near", "11 left"], ["over", "1 too long"], ["over", "2 too long"],
    ["near", "1 left"], ["", ""], ["near", "12 left"]];
  for (const [level, words] of keys) announcer.limit(level, words);
  assert.deepEqual(said, ["12 left", "1 too long", "1 left", "12 left"]);
});
