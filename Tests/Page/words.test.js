// What is said when there is no link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lossWords, refusal } from "../../Sources/ChatServer/Web/words.js";

const place = { server: "wss://chat.example", room: "no room!", origin: "https://page.example" };

test("only what was there is lost", () => {
  assert.equal(lossWords({ hasBeenIn: true, code: 1006 }, place), "Connection lost.");
  assert.equal(lossWords({ hasBeenIn: false, code: 1006 }, place), "Can’t reach the server.");
  assert.equal(lossWords({ hasBeenIn: false, code: 1013 }, place), "The server lets nobody in just now.");
  assert.equal(lossWords({ hasBeenIn: true, isOffline: true }, place), "You are offline.");
});

test("whoever refuses is named, with what can be done about it", () => {
  for (const [kind, ...words] of [
    ["origin", "chat.example", "https://page.example", "--origins"],
    ["host", "chat.example", "--hosts"],
    ["absent", "no chat server", "chat.example"],
    ["policy", "chat.example", "connect-src"],
    ["insecure", "https", "wss://"],
    ["room", "no room!", "1 to 64"],
    ["server", "wss://"],
    ["closed", "chat.example", "--origins", "--hosts", "proxy"],
    ["upgrade", "proxy"],
    ["busy", "busy"],
  ]) {
    const { text } = refusal({ kind }, place);
    for (const word of words) assert.ok(text.includes(word), `${kind}: ${text}`);
    assert.equal(lossWords({ reason: { kind }, hasBeenIn: true }, place), text);
  }
  assert.ok(refusal({ kind: "request", text: "A name has 1 to 40." }, place).text.includes("A name has 1 to 40."));
});

test("where another attempt may help, there is a button for it; where none can, there is none", () => {
  for (const kind of ["origin", "host", "absent", "request", "busy", "closed", "upgrade"]) {
    assert.ok(refusal({ kind }, place).action, kind);
  }
  for (const kind of ["policy", "insecure", "room", "server"]) assert.equal(refusal({ kind }, place).action, "", kind);
});
