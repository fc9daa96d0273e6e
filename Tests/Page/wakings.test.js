// What makes a page look at its link at once.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { wakings } from "../../Sources/ChatServer/Web/wakings.js";

function make(context) {
  const page = new EventTarget();
  page.hidden = false;
  const window = new EventTarget();
  globalThis.document = page;
  globalThis.addEventListener = window.addEventListener.bind(window);
  let time = 0;
  const steady = mock.method(performance, "now", () => time);
  mock.timers.enable({ apis: ["setInterval", "Date"], now: 1e12 });
  context.after(() => (mock.timers.reset(), steady.mock.restore()));
  const play = { page, window, count: 0 };
  /** `asleep`: by how much the clocks go on without a tick, in ms. */
  play.pass = (milliseconds, asleep = { steady: 0, wall: 0 }) => {
    time += asleep.steady;
    mock.timers.setTime(Date.now() + asleep.wall);
    for (let step = 0; step < milliseconds; step += 1_000) {
      time += 1_000;
      mock.timers.tick(1_000);
    }
  };
  wakings(() => (play.count += 1));
  return play;
}

test("the network's coming and going, the page being seen again, and the end of a freeze", (context) => {
  const play = make(context);
  for (const name of ["online", "offline", "pageshow", "focus"]) play.window.dispatchEvent(new Event(name));
  assert.equal(play.count, 4);
  play.page.dispatchEvent(new Event("resume"));
  play.page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(play.count, 6);
  play.page.hidden = true;
  play.page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(play.count, 6);
});

test("sleep is seen by whichever clock went on, and time that passes as it should is none", (context) => {
  const play = make(context);
  play.pass(60_000);
  assert.equal(play.count, 0);
  play.pass(1_000, { steady: 0, wall: 600_000 });
  assert.equal(play.count, 1);
  play.pass(1_000, { steady: 30_000, wall: 0 });
  assert.equal(play.count, 2);
  play.pass(60_000);
  assert.equal(play.count, 2);
  // A clock that is set back is no sleep.
  play.pass(5_000, { steady: 0, wall: -3_600_000 });
  assert.equal(play.count, 2);
  play.page.hidden = true;
  play.pass(1_000, { steady: 60_000, wall: 60_000 });
  assert.equal(play.count, 2);
});
