// Tells when the link may have been cut, or could be had again, without the link itself saying so.

const TICK = 1_000;
const ASLEEP = 4_000; // a tick that is so late: the computer slept, or the page was frozen

/** Calls `act` when the network goes or comes, the page is seen again, and after sleep. */
export function wakings(act) {
  for (const name of ["online", "offline", "pageshow", "focus"]) addEventListener(name, act);
  document.addEventListener("resume", act);
  document.addEventListener("visibilitychange", () => document.hidden || act());
  // The one clock stands still during sleep in some browsers, the other may be set; a needless look costs one ping.
  let last = { steady: performance.now(), wall: Date.now() };
  setInterval(() => {
    const time = { steady: performance.now(), wall: Date.now() };
    const passed = Math.max(time.steady - last.steady, time.wall - last.wall);
    last = time;
    if (passed > TICK + ASLEEP && !document.hidden) act();
  }, TICK);
}
