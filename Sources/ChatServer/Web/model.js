// The room's messages by number, and our sends under way. No document, no socket.

/** For so long (ms) the server knows an id again, and a send may be repeated. */
const REPEATABLE = 5 * 60_000;

export function readMessages(data) {
  return (Array.isArray(data) ? data : []).map(readMessage).filter(Boolean);
}

function readMessage(data) {
  if (!Number.isSafeInteger(data?.seq) || typeof data.message !== "string") return null;
  const date = new Date(Number(data.date));
  return {
    seq: data.seq,
    id: String(data.id ?? ""),
    date: isNaN(date) ? new Date() : date,
    socket: String(data.socket ?? ""),
    username: String(data.username ?? ""),
    avatar: data.avatar,
    text: data.message,
  };
}

/** The numbered log as far as it is shown: messages, and gaps ({seq, to}). */
export class Timeline {
  items = [];
  epoch = null;
  last = 0; // the newest number taken; what a reconnect asks to follow
  complete = false; // nothing older can be had

  get first() {
    return this.items[0]?.seq ?? this.last + 1;
  }

  reset(epoch) {
    Object.assign(this, { items: [], epoch, last: 0, complete: false });
  }

  /** Where it was put, or -1 if it is there already. */
  place(item) {
    const index = lowerBound(this.items, (other) => other.seq < item.seq);
    this.last = Math.max(this.last, item.to ?? item.seq);
    if (this.items[index]?.seq === item.seq) return -1;
    this.items.splice(index, 0, item);
    return index;
  }

  /** Whether the history given on joining leaves no silent hole. */
  isContinuedBy(messages, { epoch, head, resumed }) {
    if (this.last === 0) return true;
    const next = this.last + 1;
    const first = messages[0]?.seq ?? next;
    return head >= this.last && first <= next && (epoch === this.epoch || (resumed && first === next));
  }

  dropOldest(keep) {
    const dropped = this.items.splice(0, Math.max(0, this.items.length - keep));
    if (dropped.length) this.complete = false;
    return dropped;
  }
}

/** Our own messages until their echo is in the timeline. */
export class Sends {
  list = [];

  add(text) {
    const send = { text, reason: "" };
    renew(send);
    this.list.push(send);
    return send;
  }

  find(id) {
    return this.list.find((send) => send.id === id);
  }

  takeEchoed(message) {
    const send = this.find(message.id);
    if (send?.socket !== message.socket) return null;
    this.remove(send);
    return send;
  }

  remove(send) {
    this.list = this.list.filter((other) => other !== send);
  }

  /** After a join: what to write (again). */
  resume(own, timeline) {
    this.settle(timeline);
    const due = this.list.filter((send) => send.state === "sending");
    for (const send of due) if (!canRepeat(send, own)) fail(send, "It may have been delivered.");
    return due.filter((send) => send.state === "sending");
  }

  /** Acknowledged, but the echo can no longer come: it went by in a gap, or was lost with its epoch. */
  settle(timeline) {
    for (const send of this.list.filter((send) => send.state === "acknowledged")) {
      if (send.epoch !== timeline.epoch) fail(send, "The server has lost this message.");
      else if (send.seq <= timeline.last) this.remove(send);
    }
  }
}

export function fail(send, reason) {
  Object.assign(send, { state: "failed", reason });
}

/** Under the same id where that is safe, else as a new message. */
export function tryAgain(send, own) {
  if (canRepeat(send, own)) send.state = "sending";
  else renew(send);
}

// Safe under the same identity while the id is remembered, or if it was never written at all.
function canRepeat(send, own) {
  return (send.socket === null || send.socket === own) && Date.now() - send.date < REPEATABLE;
}

function renew(send) {
  const id = Date.now().toString(36) + Math.random().toString(36).slice(2);
  Object.assign(send, { id, date: new Date(), socket: null, state: "sending" });
}

/** The first place in a sorted array that isn't before. */
export function lowerBound(array, isBefore) {
  let low = 0;
  let high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(array[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
