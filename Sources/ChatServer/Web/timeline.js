// The room's messages by number, as far as they are shown. Pure.

const PAST_EPOCHS = 8;

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
  past = []; // the epochs that were followed before
  last = 0; // the newest number taken; what a reconnect asks to follow
  complete = false; // nothing older can be had

  get first() {
    return this.items[0]?.seq ?? this.last + 1;
  }

  clear() {
    Object.assign(this, { items: [], last: 0, complete: false });
  }

  follow(epoch) {
    if (epoch === this.epoch) return;
    const past = this.past.filter((other) => other !== epoch);
    if (this.epoch !== null) past.push(this.epoch);
    Object.assign(this, { epoch, past: past.slice(-PAST_EPOCHS) });
  }

  /** Whether it was put in; if not, it is there already. */
  place(item) {
    const index = lowerBound(this.items, (other) => other.seq < item.seq);
    this.last = Math.max(this.last, item.to ?? item.seq);
    if (this.items[index]?.seq === item.seq) return false;
    this.items.splice(index, 0, item);
    return true;
  }

  indexOf(item) {
    return lowerBound(this.items, (other) => other.seq < item.seq);
  }

  /** The first that has this number or a greater one. */
  from(seq) {
    return this.items[lowerBound(this.items, (other) => other.seq < seq)];
  }

  /** Whether the history given on joining leaves no silent hole. */
  isContinuedBy(messages, { epoch, head, resumed }) {
    if (this.last === 0) return true;
    const next = this.last + 1;
    const first = messages[0]?.seq ?? next;
    return head >= this.last && first <= next && (epoch === this.epoch || (resumed && first === next));
  }

  /** Whether a history that doesn't continue this one lacks what it should have: then that is lost, not merely far. */
  isLostIn(messages, head) {
    if (this.last === 0) return false;
    if (head < this.last) return true;
    const ids = new Map(messages.map((message) => [message.seq, message.id]));
    const since = messages[0]?.seq ?? Infinity;
    return this.items.some((item) => item.date && item.seq >= since && ids.get(item.seq) !== item.id);
  }

  dropOldest(keep) {
    const dropped = this.items.splice(0, Math.max(0, this.items.length - keep));
    if (dropped.length) this.complete = false;
    return dropped;
  }
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
