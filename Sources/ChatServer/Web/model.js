// What is known of the room: its messages by number, its members, our sends under way.
// No document and no socket in here.

/** For so long (ms) the server knows an id again, and a send may be repeated. */
export const REPEATABLE = 5 * 60_000;
/** Rows kept while the newest are shown, and while reading further up. */
export const NEWEST = 500;
export const MOST = 2_000;

export function readMessage(data) {
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

export function readMember(data) {
  if (typeof data?.socket !== "string") return null;
  return { socket: data.socket, username: String(data.username ?? ""), avatar: data.avatar };
}

/** The numbered log as far as it is shown: messages, and gaps in place of what is gone. */
export class Timeline {
  items = [];
  epoch = null;
  last = 0; // the newest number taken; what a reconnect asks to follow
  complete = false; // nothing older can be had
  detached = false; // the newest rows were let go while reading further up

  get first() {
    return this.items[0]?.seq ?? this.last + 1;
  }

  clear() {
    this.items = [];
    this.complete = this.detached = false;
  }

  reset(epoch) {
    this.clear();
    this.last = 0;
    this.epoch = epoch;
  }

  /** Where it was put, or -1 if it is there already. */
  place(item) {
    const index = lowerBound(this.items, (other) => other.seq < item.seq);
    this.last = Math.max(this.last, item.to ?? item.seq);
    if (this.items[index]?.seq === item.seq) return -1;
    this.items.splice(index, 0, item);
    return index;
  }

  /** Two different messages under one number: the store has lost what is shown here. */
  contradicts(item) {
    const there = this.items[lowerBound(this.items, (other) => other.seq < item.seq)];
    return there?.seq === item.seq && there.id !== undefined && there.id !== item.id;
  }

  /** Whether the history given on joining goes on from what is shown, leaving no silent hole. */
  isContinuedBy(messages, { epoch, head, resumed }) {
    if (this.last === 0) return true;
    if (head < this.last) return false;
    const first = messages[0]?.seq ?? this.last + 1;
    if (first > this.last + 1) return false;
    return epoch === this.epoch || (resumed && first === this.last + 1);
  }

  dropOldest(keep) {
    const dropped = this.items.splice(0, Math.max(0, this.items.length - keep));
    if (dropped.length) this.complete = false;
    return dropped;
  }

  dropNewest(keep) {
    const dropped = this.items.splice(keep);
    if (dropped.length) this.detached = true;
    return dropped;
  }
}

/** Our own messages until their echo is in the timeline. */
export class Sends {
  list = [];

  add(text) {
    const send = { id: randomId(), text, date: new Date(), socket: null, state: "sending", reason: "" };
    this.list.push(send);
    return send;
  }

  find(id) {
    return this.list.find((send) => send.id === id);
  }

  remove(send) {
    this.list = this.list.filter((other) => other !== send);
  }

  /** The send whose echo this message is. */
  match(message) {
    return this.list.find((send) => send.id === message.id && send.socket === message.socket);
  }

  /** After a join: what to write (again). The rest is failed, or settled by what the timeline now holds. */
  resume(own, timeline) {
    this.settle(timeline);
    const due = [];
    for (const send of this.list) {
      if (send.state !== "sending") continue;
      if (canRepeat(send, own)) due.push(send);
      else fail(send, "It is not known whether this was delivered.");
    }
    return due;
  }

  /** Acknowledged, but its echo can no longer come: gone past in a gap, or lost with its epoch. */
  settle(timeline) {
    for (const send of this.list) {
      if (send.state !== "acknowledged") continue;
      if (send.epoch !== timeline.epoch) fail(send, "The server lost this message.");
      else if (send.seq <= timeline.last) this.remove(send);
    }
  }
}

export function fail(send, reason) {
  send.state = "failed";
  send.reason = reason;
}

/** Safe under the same identity while the id is remembered, or if it was never written at all. */
export function canRepeat(send, own) {
  return (send.socket === null || send.socket === own) && Date.now() - send.date < REPEATABLE;
}

/** A second try that can't be taken for the first one. */
export function renew(send) {
  Object.assign(send, { id: randomId(), date: new Date(), socket: null });
}

/** The members, sorted by name, oneself first. */
export class Roster {
  own = null;
  members = new Map();
  sorted = [];
  reported = null; // the server's count, when it no longer names everybody

  get count() {
    return Math.max(this.members.size, this.reported ?? 0);
  }

  replace(members) {
    this.members = new Map(members.map((member) => [member.socket, member]));
    this.sorted = [...this.members.values()].sort((a, b) => this.#compare(a, b));
    this.reported = null;
  }

  /** The member now standing after it, if any. */
  put(member) {
    this.remove(member.socket);
    const index = lowerBound(this.sorted, (other) => this.#compare(other, member) < 0);
    this.members.set(member.socket, member);
    this.sorted.splice(index, 0, member);
    return this.sorted[index + 1];
  }

  remove(socket) {
    const member = this.members.get(socket);
    if (!member) return;
    this.members.delete(socket);
    this.sorted.splice(lowerBound(this.sorted, (other) => this.#compare(other, member) < 0), 1);
  }

  #compare(a, b) {
    const ownFirst = (b.socket === this.own) - (a.socket === this.own);
    return ownFirst || collator.compare(a.username, b.username) || (a.socket < b.socket ? -1 : +(a.socket > b.socket));
  }
}

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

function lowerBound(array, isBefore) {
  let low = 0;
  let high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(array[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
