// The link to the server: one WebSocket at a time, watched, and opened again when it is lost.

const PING_EVERY = 15_000;
const SILENCE = 5_000;
const SHORTEST = 500;
const LONGEST = 10_000; // for a welcome, too

const TAKEN_OVER = 4001; // another window has this identity now
const GIVEN_UP = 4000; // ours: the server went silent

/** `wss://host[/base]`: where the page comes from, or what it is asked to use. */
export const server = serverAddress();

export class Connection {
  #on;
  #socket = null;
  #attempt = 0;
  #comeBack = null;
  #retry;
  #pinging;
  #silence;

  /** `on`: query() for each attempt, topic(), and state(): connecting, lost (and until when) or closed. */
  constructor(on) {
    this.#on = on;
  }

  open() {
    this.#drop();
    this.#on.state("connecting");
    const socket = (this.#socket = new WebSocket(`${server}/ws?${this.#on.query()}`));
    this.#silence = setTimeout(() => this.#lose(), LONGEST);
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY);
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#lose(event.code);
  }

  send(topic, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(frame(topic, data));
    return true;
  }

  /** A join that succeeded, not a mere handshake, ends the backing off. */
  joined() {
    this.#attempt = 0;
  }

  /** The server is leaving; it closes the link itself. */
  comeBackIn(milliseconds) {
    this.#comeBack = Date.now() + milliseconds;
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
  #ping() {
    this.send("ping");
    this.#silence ??= setTimeout(() => this.#lose(), SILENCE);
  }

  #lose(code) {
    this.#drop();
    if (code === TAKEN_OVER) return this.#on.state("closed");
    const delay = this.#delay();
    this.#retry = setTimeout(() => this.open(), delay);
    this.#on.state("lost", Date.now() + delay);
  }

  // Exponential with full jitter, so that a restarted server isn't stormed.
  #delay() {
    if (this.#comeBack !== null) {
      const rest = this.#comeBack - Date.now();
      this.#comeBack = null;
      return Math.max(0, rest);
    }
    const ceiling = Math.min(LONGEST, 2 * SHORTEST * 2 ** this.#attempt++);
    return SHORTEST + Math.random() * (ceiling - SHORTEST);
  }

  #drop() {
    for (const timer of [this.#retry, this.#pinging, this.#silence]) clearTimeout(timer);
    this.#silence = null;
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    // Never 1000: that would tell the server that we left for good.
    this.#socket.close(GIVEN_UP);
    this.#socket = null;
  }
}

function serverAddress() {
  const given = new URLSearchParams(location.search).get("server");
  if (given && !URL.canParse(given)) return "";
  const { protocol, host, pathname } = new URL(given || ".", location.href);
  const scheme = { "http:": "ws:", "https:": "wss:" }[protocol] ?? protocol;
  return `${scheme}//${host}${pathname.replace(/\/+$/, "")}`;
}

export function frame(topic, data) {
  return JSON.stringify({ topic, data });
}
