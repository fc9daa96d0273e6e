// The link to the server: one WebSocket at a time, watched, and opened again when it is lost. Every wait is measured by
// a clock that nobody can set.

import { frame } from "./text.js";

const PING_EVERY = 15_000;
const SILENCE = 5_000;
const SHORT_SILENCE = 2_000; // after something that may have cut the link
const FRESH = 1_000; // an attempt as young as this isn't begun anew
const SHORTEST = 500;
const LONGEST = 10_000; // for a welcome, too
const DOUBTFUL_ATTEMPTS = 2; // failed in a row, before a page that has been in asks why

const TAKEN_OVER = 4001; // another window has this identity now
const NO_SUCH_ROOM = 4004; // rooms are given out there, and this is none of them
const GIVEN_UP = 4000; // ours: the server went silent

export class Connection {
  #server;
  #on;
  #now;
  #socket = null;
  #isOpen = false;
  #begun = 0;
  #attempt = 0;
  #hasJoined = false;
  #comeBack = null;
  #retry = null;
  #pinging = null;
  #silence = null;

  /**
   * `on`: query() for each attempt; topic(event); state({name, …}): connecting, lost {until, code}, closed (another
   * window has this identity) or refused {reason}, which waits for `open`; probe(query): why a handshake failed.
   */
  constructor(server, on, now = () => performance.now()) {
    this.#server = server;
    this.#on = on;
    this.#now = now;
  }

  open() {
    this.#drop();
    this.#begun = this.#now();
    this.#on.state({ name: "connecting" });
    const query = this.#on.query();
    let socket;
    try {
      socket = new WebSocket(`${this.#server}/ws?${query}`);
    } catch {
      // A page that came by https may not talk to ws:. Else it is no address that a browser opens, a port for instance.
      const isInsecure = globalThis.location?.protocol === "https:" && this.#server.startsWith("ws:");
      return this.refuse({ kind: isInsecure ? "insecure" : "server" });
    }
    this.#socket = socket;
    this.#silence = setTimeout(() => this.#lose(), LONGEST);
    this.#pinging = setInterval(() => this.#ping(SILENCE), PING_EVERY);
    socket.onopen = () => (this.#isOpen = true);
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#lose(event.code, query);
  }

  send(topic, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(frame(topic, data));
    return true;
  }

  /** A join that succeeded, not a mere handshake, ends the backing off. */
  joined() {
    this.#attempt = 0;
    this.#hasJoined = true;
  }

  /** The server is leaving; it closes the link itself. */
  comeBackIn(milliseconds) {
    this.#comeBack = this.#now() + milliseconds;
  }

  /** The network may be another, or the computer was asleep: looks at once whether the link still is one. */
  wake() {
    if (this.#socket && !this.#isOpen && this.#now() - this.#begun > FRESH) this.open();
    else if (this.#isOpen) this.#ping(SHORT_SILENCE);
    else if (this.#retry !== null) this.open();
  }

  /** No further attempt helps, until somebody asks for one. */
  refuse(reason) {
    this.#drop();
    this.#on.state({ name: "refused", reason });
  }

  #hear(text) {
    clearTimeout(this.#silence);
    this.#silence = null;
    let event;
    try {
      event = JSON.parse(text);
    } catch {
      return;
    }
    if (event && typeof event.topic === "string") this.#on.topic(event);
  }

  // Scripts don't see protocol pings, so a frozen server would go unnoticed.
  #ping(patience) {
    if (!this.send("ping")) return;
    if (this.#silence !== null && patience === SILENCE) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), patience);
  }

  #lose(code, query) {
    const isHandshake = code !== undefined && !this.#isOpen;
    this.#drop();
    if (code === TAKEN_OVER) return this.#on.state({ name: "closed" });
    if (code === NO_SUCH_ROOM) return this.refuse({ kind: "request", text: "There is no such room." });
    const isDoubtful = isHandshake && (!this.#hasJoined || this.#attempt >= DOUBTFUL_ATTEMPTS);
    this.#openIn(this.#delay(), code);
    if (isDoubtful) this.#ask(query, code);
  }

  #openIn(delay, code, reason = null) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), delay);
    this.#on.state({ name: "lost", until: this.#now() + delay, code, reason });
  }

  // A script isn't told what a server answers to a handshake. Asking in another way may tell.
  async #ask(query, code) {
    const attempt = this.#retry;
    const reason = await this.#on.probe(query);
    if (!reason || this.#retry !== attempt) return;
    if (reason.isFinal) this.refuse(reason);
    else this.#openIn(Math.max(reason.retry ?? 0, this.#delay()), code, reason);
  }

  // Exponential with full jitter, so that a restarted server isn't stormed.
  #delay() {
    if (this.#comeBack !== null) {
      const rest = this.#comeBack - this.#now();
      this.#comeBack = null;
      return Math.max(0, rest);
    }
    const ceiling = Math.min(LONGEST, 2 * SHORTEST * 2 ** this.#attempt++);
    return SHORTEST + Math.random() * (ceiling - SHORTEST);
  }

  #drop() {
    for (const timer of [this.#retry, this.#pinging, this.#silence]) clearTimeout(timer);
    this.#retry = this.#silence = null;
    this.#isOpen = false;
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    // Never 1000: that would tell the server that we left for good.
    this.#socket.close(GIVEN_UP);
    this.#socket = null;
  }
}
