// One's own name: what is kept for this server, what is asked for, and what the server thinks of it.

import { $, setText } from "./dom.js";
import { validName } from "./names.js";
import { read, write } from "./storage.js";

export class Naming {
  #key;
  #isOwnServer;
  #rename;
  #wanted = ""; // asked for, until the server has taken it
  #leftOut = ""; // the server does not take it, or may not: the next attempt is made without

  /** `rename(username)` asks the server, if it can be asked just now. */
  constructor({ server, isOwn }, rename) {
    this.#key = `chat.name ${server}`;
    this.#isOwnServer = isOwn;
    this.#rename = rename;
  }

  /** What to ask for on joining; `current`: the name that one has in the room. */
  toAskFor(current) {
    const name = this.#wanted || current || this.#kept;
    return name === this.#leftOut ? "" : name;
  }

  // Before names were kept for each server, this page's own had one for all.
  get #kept() {
    return read("localStorage", this.#key) || (this.#isOwnServer && read("localStorage", "chat.name")) || "";
  }

  /** Asks for what its user has typed. Gives whether that can be a name. */
  ask(typed) {
    const name = validName(typed);
    setText("name-error", name ? "" : "A name has 1 to 40 characters, something to see, and nothing that hides.");
    if (!name) return false;
    this.#wanted = name;
    this.#rename(name);
    return true;
  }

  welcomed(username) {
    this.#leftOut = "";
    this.show(username);
  }

  joined() {
    if (this.#wanted) this.#rename(this.#wanted);
  }

  /** Everybody sees it. */
  taken(username) {
    if (this.#wanted) write("localStorage", this.#key, username);
    this.#wanted = "";
    setText("name-error", "");
    this.show(username);
  }

  /** An error without an id, which may be about the name that was asked for. Gives whether it is. */
  failed({ code, message, retry }) {
    const name = this.#wanted;
    if (!name) return false;
    if (retry > 0) setTimeout(() => this.#wanted === name && this.#rename(name), retry);
    else this.#refuse(name, String(message || code));
    return true;
  }

  /** A handshake that asked for `name` failed for this reason. Gives the reason that stays. */
  handshakeFailed(name, reason) {
    if (!name || !["request", "closed"].includes(reason?.kind)) return reason;
    this.#leftOut = name;
    // Not known to be the name: once we are in, the server says what it thinks of it.
    if (reason.kind === "closed") return (this.#wanted = name), reason;
    // No reason to stay away.
    this.#refuse(name, reason.text);
    return { kind: "request", isFinal: false, retry: 1 };
  }

  #refuse(name, text) {
    if (this.#wanted === name) this.#wanted = "";
    if (this.#kept === name) for (const key of [this.#key, "chat.name"]) write("localStorage", key, "");
    setText("name-error", `The server does not accept the name “${name}”. ${text}`.trim());
  }

  show(username) {
    if (document.activeElement !== $("name")) $("name").value = username;
    setText("me", `You are ${username}`);
    $("me").title = username;
  }
}
