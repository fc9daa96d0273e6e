// The link to the server: one WebSocket at a time, watched, and opened again when it is lost.

const PING_EVERY = 15_000;
const SILENCE = 5_000;
const WELCOME_WITHIN = 12_000;
const SHORTEST = 500;
const LONGEST = 10_000;

const TAKEN_OVER = 4001; // another window has this identity now
const GIVEN_UP = 4000; // ours: the server went silent

/** The server's address, `wss://host[/base]`: our own, or the one that the page is asked to use. */
export const server = serverAddress();

export class Connection {
  #on;
  #socket = null;
  #state = "connecting";
  #attempt = 0;
  #comeBack = null;
  #retry;
  #pinging;
  #silence;

  /** `on.query()` is asked for each attempt; `on.state` gets connecting, lost (and when it tries again) or closed. */
  constructor(on) {
    this.#on = on;
    addEventListener("online", () => this.#state === "lost" && this.open());
  }

  open() {
    this.#drop();
    this.#enter("connecting");
    const socket = (this.#socket = new WebSocket(`${server}/ws?${this.#on.query()}`));
    this.#silence = setTimeout(() => this.#lose(), WELCOME_WITHIN);
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY);
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#lose(event.code);
  }

  /** False when there is no open link; nothing is queued here. */
  send(topic, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(frame(topic, data));
    return true;
  }

  /** A join that succeeded, not a mere handshake, ends the backing off. */
  joined() {
    this.#attempt = 0;
  }

  /** The server is leaving and has said when to be back; it closes the link itself. */
  comeBackIn(milliseconds) {
    this.#comeBack = Date.now() + milliseconds;
  }

  #enter(state, detail) {
    this.#state = state;
    this.#on.state(state, detail);
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
    if (code === TAKEN_OVER) return this.#enter("closed");
    const delay = this.#delay();
    this.#retry = setTimeout(() => this.open(), delay);
    this.#enter("lost", Date.now() + delay);
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
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    // Never 1000: that would tell the server that we left for good.
    if (socket.readyState <= WebSocket.OPEN) socket.close(GIVEN_UP);
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
