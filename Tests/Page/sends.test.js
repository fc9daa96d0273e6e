// One's own messages from Enter to the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Sends } from "../../Sources/ChatServer/Web/sends.js";

const at = (seconds, wall = seconds) => ({ steady: seconds * 1_000, wall: 1e12 + wall * 1_000 });
const states = (sends) => sends.list.map((send) => send.state);

/** Writes what is due, and gives its text. */
function write(sends, now, own = "me") {
  const send = sends.next(own, now);
  if (send) sends.wrote(send, own, now);
  return send?.text ?? null;
}

const echo = (send, seq = 1) => ({ seq, id: send.id, socket: send.socket, text: send.text });

test("a message waits until it is written, is kept once acknowledged, and goes with its echo", () => {
  const sends = new Sends();
  const send = sends.add("hello", at(0));
  assert.equal(send.state, "waiting");
  assert.equal(write(sends, at(1)), "hello");
  assert.equal(send.state, "sending");
  sends.acknowledged({ id: send.id, seq: 1, epoch: "e" });
  assert.equal(send.state, "kept");
  assert.equal(sends.echoed(echo(send)), send);
  assert.deepEqual(sends.list, []);
});

test("the echo alone is enough, and somebody else's message with the same id is none", () => {
  const sends = new Sends();
  const send = sends.add("hello", at(0));
  write(sends, at(0));
  assert.equal(sends.echoed({ ...echo(send), socket: "other" }), null);
  assert.equal(sends.echoed(echo(send)), send);
});

test("one is under way at a time, in order, whatever is written meanwhile", () => {
  const sends = new Sends();
  const [first, second] = [sends.add("1", at(0)), sends.add("2", at(0))];
  assert.equal(write(sends, at(0)), "1");
  assert.equal(write(sends, at(0)), null);
  assert.equal(second.state, "waiting");
  sends.acknowledged({ id: first.id, seq: 1, epoch: "e" });
  assert.equal(write(sends, at(0)), "2");
});

test("after `unavailable` it is unknown, cannot be edited as refused, and is repeated under its id after the pause", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  sends.add("y", at(0));
  write(sends, at(0));
  const { id } = send;
  sends.failed({ id, code: "unavailable", retry: 1_000 }, at(5));
  assert.equal(send.state, "unknown");
  assert.equal(write(sends, at(5.9)), null);
  assert.equal(sends.pause(at(5.4)), 600);
  assert.equal(write(sends, at(6)), "x");
  assert.equal(send.id, id);
  sends.acknowledged({ id, seq: 4, epoch: "e" });
  assert.equal(write(sends, at(6)), "y");
});

test("what the rate limit turned away waits as before, paced by the server, and nothing overtakes it", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  sends.add("y", at(0));
  write(sends, at(0));
  sends.failed({ id: send.id, code: "rate_limited", retry: 70 }, at(0));
  assert.equal(send.state, "waiting");
  assert.equal(write(sends, at(0.069)), null);
  assert.equal(write(sends, at(0.071)), "x");
});

test("turned away by the rate limit after an attempt without an answer, it is as unknown as before", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  write(sends, at(0));
  sends.linkLost();
  write(sends, at(1));
  sends.failed({ id: send.id, code: "rate_limited", retry: 70 }, at(1));
  assert.equal(send.state, "unknown");
});

test("where the server names no pause, each failure doubles it, and success ends that", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  let now = 0;
  for (const pause of [1, 2, 4, 8, 16, 16]) {
    assert.equal(write(sends, at(now)), "x");
    sends.failed({ id: send.id, code: "unavailable" }, at(now));
    assert.equal(sends.pause(at(now)), pause * 1_000);
    now += pause;
  }
  sends.acknowledged({ id: send.id, seq: 1, epoch: "e" });
  const next = sends.add("y", at(now));
  write(sends, at(now));
  sends.failed({ id: next.id, code: "unavailable" }, at(now));
  assert.equal(sends.pause(at(now)), 1_000);
});

test("any other refusal is final: the rest goes on, and it may be sent again as a new message at the end", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  sends.add("y", at(0));
  write(sends, at(0));
  sends.failed({ id: send.id, code: "too_large", message: "Too large." }, at(0));
  assert.deepEqual([send.state, send.reason], ["refused", "Too large."]);
  assert.equal(write(sends, at(0)), "y");
  const copy = sends.again(send, at(1));
  assert.notEqual(copy.id, send.id);
  assert.deepEqual(sends.list.map(({ text }) => text), ["y", "x"]);
});

test("a lost link makes the message under way unknown, and leaves the waiting ones waiting", () => {
  const sends = new Sends();
  sends.add("x", at(0));
  sends.add("y", at(0));
  write(sends, at(0));
  sends.linkLost();
  assert.deepEqual(states(sends), ["unknown", "waiting"]);
  assert.equal(write(sends, at(10)), "x");
});

test("without an answer for a long time a message is repeated on the same link", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  write(sends, at(0));
  assert.equal(write(sends, at(14.9)), null);
  assert.equal(sends.pause(at(0)), 15_000);
  assert.equal(write(sends, at(15)), "x");
  assert.equal(send.isUnsure, true);
});

test("an unknown message is repeated for less than five minutes after it was first written, by either clock", () => {
  for (const [later, isRepeated] of [
    [at(279), true], [at(281), false], [at(1, 281), false], [at(281, 1), false], [at(100, -3_600), true],
  ]) {
    const sends = new Sends();
    const send = sends.add("x", at(0));
    write(sends, at(0));
    sends.linkLost();
    assert.equal(write(sends, later), isRepeated ? "x" : null);
    assert.equal(send.isDoubtful, !isRepeated);
  }
});

test("repeating does not begin the five minutes anew", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  for (const time of [0, 100, 200, 270]) {
    assert.equal(write(sends, at(time)), "x");
    sends.failed({ id: send.id, code: "unavailable", retry: 1_000 }, at(time));
  }
  assert.equal(write(sends, at(290)), null);
  assert.equal(send.isDoubtful, true);
});

test("what was never written may wait for as long as it takes", () => {
  const sends = new Sends();
  sends.add("x", at(0));
  assert.equal(write(sends, at(100_000)), "x");
});

test("another identity must not repeat what the first one wrote; what waits, it may write", () => {
  const sends = new Sends();
  sends.add("x", at(0));
  sends.add("y", at(0));
  write(sends, at(0), "me");
  sends.linkLost();
  assert.equal(write(sends, at(1), "somebody new"), "y");
  assert.equal(sends.list[0].isDoubtful, true);
  assert.equal(sends.echoed({ id: sends.list[0].id, socket: "me" })?.text, "x");
});

test("after another window took over, nothing is `sending`, and what waited is repeated only while that is safe", () => {
  for (const [later, expected] of [[60, "x"], [400, null]]) {
    const sends = new Sends();
    sends.add("x", at(0));
    sends.takenOver(at(10));
    assert.deepEqual(states(sends), ["unknown"]);
    assert.equal(write(sends, at(later)), expected);
  }
});

test("what was acknowledged and lost with its epoch is refused; what went by in a gap is gone", () => {
  const sends = new Sends();
  const [lost, skipped, underWay] = ["lost", "skipped", "under way"].map((text, index) => {
    const send = sends.add(text, at(0));
    write(sends, at(0));
    sends.acknowledged({ id: send.id, seq: 10 + index, epoch: index === 0 ? "old" : "new" });
    return send;
  });
  sends.skipped(11, 11);
  sends.settle({ epoch: "new", last: 9, past: ["old"] });
  assert.equal(lost.state, "refused");
  assert.equal(sends.find(skipped.id), undefined);
  assert.equal(underWay.state, "kept");
  sends.settle({ epoch: "new", last: 12, past: ["old"] });
  assert.deepEqual(sends.list, [lost]);
});

test("an epoch that is not known yet is waited for", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  write(sends, at(0));
  sends.acknowledged({ id: send.id, seq: 1, epoch: "next" });
  sends.settle({ epoch: "now", last: 40, past: ["before"] });
  assert.equal(send.state, "kept");
});

test("late words about what is settled change nothing", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  write(sends, at(0));
  sends.acknowledged({ id: send.id, seq: 1, epoch: "e" });
  assert.equal(sends.failed({ id: send.id, code: "unavailable" }, at(1)), null);
  assert.equal(send.state, "kept");
  for (const nothing of [{}, undefined, { id: "nobody's" }]) {
    assert.equal(sends.acknowledged(nothing), null);
    assert.equal(sends.failed(nothing, at(1)), null);
  }
});

test("the list is bounded, by number and by size", () => {
  const sends = new Sends();
  for (let count = 0; count < 100; count += 1) assert.ok(sends.add("x", at(0)));
  assert.equal(sends.add("x", at(0)), null);
  const long = new Sends();
  for (let count = 0; count < 4; count += 1) assert.ok(long.add("x".repeat(65_536), at(0)));
  assert.equal(long.add("x", at(0)), null);
});

test("45 messages after an outage, at ten a second: all are sent, in order, each as the server allows", () => {
  const sends = new Sends();
  for (let number = 0; number < 45; number += 1) sends.add(String(number), at(0));
  const [kept, refill] = [[], 100];
  let [tokens, now, refusals] = [30, 10_000, 0];
  for (let steps = 0; sends.list.length > 0 && steps < 1_000; steps += 1) {
    const moment = { steady: now, wall: now };
    const send = sends.next("me", moment);
    if (!send) {
      const pause = sends.pause(moment);
      now += pause;
      tokens = Math.min(30, tokens + pause / refill);
      continue;
    }
    sends.wrote(send, "me", moment);
    if (tokens >= 1) {
      tokens -= 1;
      kept.push(Number(send.text));
      sends.acknowledged({ id: send.id, seq: kept.length, epoch: "e" });
      sends.echoed(echo(send));
    } else {
      refusals += 1;
      sends.failed({ id: send.id, code: "rate_limited", retry: Math.ceil((1 - tokens) * refill) }, moment);
    }
  }
  assert.deepEqual(kept, Array.from({ length: 45 }, (_, index) => index));
  assert.ok(refusals <= 15, `${refusals}`);
});

test("when the store has lost all, and who one was, what was under way is written anew in its place", () => {
  const sends = new Sends();
  sends.add("x", at(0));
  sends.add("y", at(0));
  write(sends, at(0), "me");
  sends.linkLost();
  const [{ id }] = sends.list;
  sends.startAnew("me again", at(1));
  assert.notEqual(sends.list[0].id, id);
  assert.equal(write(sends, at(1), "me again"), "x");
  sends.linkLost();
  // Written by this very member: that is repeated, not written anew.
  const again = sends.list[0].id;
  sends.startAnew("me again", at(2));
  assert.equal(sends.list[0].id, again);
});

// MARK: Reloads

const reloaded = (sends, now, later) => {
  const other = new Sends();
  other.restore(JSON.parse(JSON.stringify(sends.saved(now))), later);
  return other;
};

test("a reload keeps all, in order and under their ids; what was under way is unknown", () => {
  const sends = new Sends();
  for (const text of ["x", "y"]) sends.add(text, at(0));
  write(sends, at(0));
  // The steady clock starts anew with the page.
  const after = reloaded(sends, at(3), at(0, 4));
  assert.deepEqual(after.list.map(({ id, text }) => [id, text]), sends.list.map(({ id, text }) => [id, text]));
  assert.deepEqual(states(after), ["unknown", "waiting"]);
  assert.equal(write(after, at(1, 5)), "x");
});

test("an id's age counts on over a reload, also while the page was away; a clock set back makes it doubtful", () => {
  for (const [later, expected] of [[at(0, 200), "x"], [at(0, 290), null], [at(0, 50), null]]) {
    const sends = new Sends();
    sends.add("x", at(0));
    write(sends, at(0));
    assert.equal(write(reloaded(sends, at(100), later), later), expected);
  }
});

test("what was acknowledged, and whose echo a reload missed, is asked about once more", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  write(sends, at(0));
  sends.acknowledged({ id: send.id, seq: 7, epoch: "lost" });
  const after = reloaded(sends, at(1), at(0, 2));
  assert.deepEqual([states(after), write(after, at(0, 3)), after.list[0].id], [["unknown"], "x", send.id]);
  assert.ok(after.echoed(echo(send, 7)));
});

test("what is refused stays so over a reload, with its reason", () => {
  const sends = new Sends();
  const send = sends.add("x", at(0));
  write(sends, at(0));
  sends.failed({ id: send.id, code: "bad_request", message: "No." }, at(0));
  const [after] = reloaded(sends, at(0), at(0, 1)).list;
  assert.deepEqual([after.state, after.reason], ["refused", "No."]);
});

test("junk in the storage is left out", () => {
  for (const junk of [null, 1, "x", {}, { list: 1 }, { list: [null, 1, {}, { id: 1, text: "x", state: "waiting" }] },
    { list: [{ id: "a", text: "x", state: "new" }], wall: 1 }]) {
    const sends = new Sends();
    sends.restore(junk, at(0));
    assert.deepEqual(sends.list, []);
  }
  const sends = new Sends();
  sends.restore({ list: [{ id: "a", text: "x", state: "unknown" }] }, at(0));
  assert.equal(sends.list[0].isDoubtful, true);
});
