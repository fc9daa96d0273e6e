// Who one is in a room: the token that the server gave, kept for this tab, and for the browser so that one is the same
// person after closing the tab. A lock sees to it that two tabs are two persons: of one, each would end the other's link.

import { read, write } from "./storage.js";

/** A page that is reloaded may still hold its lock for a moment. */
const HANDOVER = 700;

export class Identity {
  #storage;
  #key;
  #locks;
  #release = null;
  token = "";
  /** Whether another tab is in this room as the person that this browser was before. */
  isSecond = false;

  /** `locks`: the Web Locks of the page. Without them (a page that came unencrypted) each tab is somebody of its own. */
  constructor(storage, server, room, locks = globalThis.navigator?.locks) {
    this.#storage = storage;
    this.#key = `chat.token ${server} ${room}`;
    this.#locks = locks;
  }

  /** Settles who this tab is, before the first connection. Gives whether it is who it was before a reload. */
  async claim() {
    const mine = this.#storage.get("token") || "";
    if (!this.#locks) {
      this.token = mine;
      return true;
    }
    const before = this.#browsers;
    if (mine && (await this.#hold(mine, HANDOVER))) {
      this.token = mine;
      this.isSecond = Boolean(before) && before !== mine && (await this.#isHeld(before));
      return true;
    }
    if (before && before !== mine && (await this.#hold(before, 0))) this.token = before;
    else this.isSecond = Boolean(before);
    // A copy of another tab: what waits there is that one's to send.
    return !mine;
  }

  /** What the server says who we are: somebody new, if it did not know the token. */
  async take(token) {
    this.#storage.set("token", token);
    const isSame = token === this.token;
    this.token = token;
    if (!this.#locks) return;
    if (!isSame) await this.#hold(token, 0);
    if (!this.isSecond) write("localStorage", this.#key, token);
  }

  get #browsers() {
    return read("localStorage", this.#key);
  }

  // Without the secret: every page of this origin may list the locks.
  #name(token) {
    return `${this.#key} ${token.split(".")[0]}`;
  }

  async #isHeld(token) {
    const { held = [] } = await this.#locks.query().catch(() => ({}));
    return held.some(({ name }) => name === this.#name(token));
  }

  // Whoever has the lock of a token is that person, until the page goes away. `patience` in ms.
  async #hold(token, patience) {
    this.#release?.();
    this.#release = null;
    const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    return new Promise((resolve) => {
      const held = (lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => (this.#release = release));
      };
      // Where locks are forbidden, everything works as without them.
      this.#locks.request(this.#name(token), options, held).catch((error) => resolve(error?.name === "SecurityError"));
    });
  }
}
