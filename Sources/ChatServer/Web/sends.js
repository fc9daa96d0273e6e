// One's own messages, from Enter until they stand in the log: what is written when, and what is known of each.
// Pure: no document, no socket, no clock. Times are moments {steady, wall} in ms: `steady` never jumps, but starts anew
// with each page and may stand still while the computer sleeps; `wall` may be set, but outlives the page.

/**
 * For so long (ms) after it was first written a message may be repeated under its id: the server remembers ids for five
 * minutes, and a repetition needs a moment to arrive.
 */
const REPEATABLE = 280_000;
/** A server answers within its patience of five seconds; without an answer for so long (ms) a message is repeated. */
const ANSWER = 15_000;
/** The pause (ms) before a repetition where the server names none; doubled with each failure, up to the longest. */
const PAUSE = 1_000;
const LONGEST_PAUSE = 16_000;
const LONGEST_RETRY = 60_000;
/** How much may wait here: messages, and characters of their texts. */
const MOST = 100;
const MOST_TEXT = 262_144;

/*
 * A message's states:
 *
 *   waiting   not written yet, or the server has said that it did nothing with it
 *   sending   written, and not answered
 *   unknown   written, and the link was lost or the store did not answer: it may or may not be kept. It is repeated,
 *             under the same id and by the same member, until that is known; `isDoubtful` when repeating is no longer
 *             safe, since the id may be forgotten or belongs to another member
 *   refused   it is not kept, and never will be by itself
 *   kept      acknowledged; it goes when its echo takes its place in the log
 */
export class Sends {
  list = [];
  #notBefore = -Infinity; // steady: the server asked for a pause
  #failures = 0; // in a row

  /** A new message at the end; null if too many wait already. */
  add(text, now) {
    const size = this.list.reduce((sum, send) => sum + send.text.length, text.length);
    if (this.list.length >= MOST || size > MOST_TEXT) return null;
    const send = fresh(text, now);
    this.list.push(send);
    return send;
  }

  find(id) {
    return this.list.find((send) => send.id === id);
  }

  remove(send) {
    this.list = this.list.filter((other) => other !== send);
  }

  // MARK: What to write

  /** The message to be written now: one at a time and in order, so that none overtakes another. */
  next(own, now) {
    this.expire(own, now);
    if (now.steady < this.#notBefore || this.list.some((send) => send.state === "sending")) return null;
    return this.list.find(isDue) ?? null;
  }

  wrote(send, own, now) {
    Object.assign(send, { state: "sending", socket: own, written: now, first: send.first ?? now });
  }

  /** In how many ms to look again; null when nothing is due by itself. */
  pause(now) {
    const written = this.list.find((send) => send.state === "sending");
    if (written) return Math.max(0, written.written.steady + ANSWER - now.steady);
    return this.list.some(isDue) ? Math.max(0, this.#notBefore - now.steady) : null;
  }

  /** What time has changed: an answer that never came, an id that may be forgotten, another identity. */
  expire(own, now) {
    for (const send of this.list) {
      if (send.state === "sending" && now.steady - send.written.steady >= ANSWER) unsure(send);
      if (send.state === "unknown" && !canRepeat(send, own, now)) send.isDoubtful = true;
    }
  }

  // MARK: What becomes of it

  /** The link is gone, and with it the answer. */
  linkLost() {
    for (const send of this.list) if (send.state === "sending") unsure(send);
    this.#notBefore = -Infinity;
  }

  /** Another window has this identity, and perhaps this list: what waits here may have been sent there. */
  takenOver(now) {
    this.linkLost();
    for (const send of this.list) {
      if (send.state === "waiting") Object.assign(send, { state: "unknown", first: send.first ?? send.added });
    }
  }

  acknowledged({ id, seq, epoch } = {}) {
    const send = this.find(id);
    if (!send) return null;
    this.#succeeded();
    return Object.assign(send, { state: "kept", isDoubtful: false, reason: "", seq, epoch });
  }

  /** Takes out the message that this one is the echo of. */
  echoed(message) {
    const send = this.find(message.id);
    if (!send || send.socket !== message.socket) return null;
    this.#succeeded();
    this.remove(send);
    return send;
  }

  /** The server's `error` about a message. */
  failed({ id, code, message, retry } = {}, now) {
    const send = this.find(id);
    if (!send || send.state === "kept" || send.state === "refused") return null;
    // The server did nothing with it; what became of an earlier attempt is as unknown as before.
    if (code === "rate_limited") send.state = send.isUnsure ? "unknown" : "waiting";
    else if (code === "unavailable") unsure(send);
    else return this.refuse(send, String(message || code));
    const own = Math.min(LONGEST_PAUSE, PAUSE * 2 ** this.#failures++);
    this.#notBefore = now.steady + (retry > 0 ? Math.min(retry, LONGEST_RETRY) : own);
    return send;
  }

  refuse(send, reason) {
    this.#succeeded();
    return Object.assign(send, { state: "refused", isDoubtful: false, reason });
  }

  /**
   * Of what was acknowledged, some echoes can no longer come: they went by, or were lost with their epoch.
   * `past` are the epochs that were followed before this one.
   */
  settle({ epoch, last, past }) {
    for (const send of this.list.filter((send) => send.state === "kept")) {
      if (past.includes(send.epoch)) this.refuse(send, "The server has lost it.");
      else if (send.epoch === epoch && send.seq <= last) this.remove(send);
    }
  }

  /** These numbers can't be had any more: no echo of theirs will come. */
  skipped(from, to) {
    for (const send of this.list) if (send.state === "kept" && send.seq >= from && send.seq <= to) this.remove(send);
  }

  /** Once more as a new message, after all others: its user has decided that. */
  again(send, now) {
    this.remove(send);
    const copy = fresh(send.text, now);
    this.list.push(copy);
    return copy;
  }

  // The next pause begins small again.
  #succeeded() {
    this.#failures = 0;
  }

  /**
   * The store has lost all, and with it who we were: what that member wrote and nobody answered is in no log now, so it
   * is safe to write it as somebody new.
   */
  startAnew(own, now) {
    this.list = this.list.map((send) => {
      const isAnothers = send.state === "unknown" && !send.isDoubtful && send.socket !== null && send.socket !== own;
      return isAnothers ? fresh(send.text, now) : send;
    });
  }

  // MARK: A reload

  /** What a reload needs: plain data. */
  saved(now) {
    const list = this.list.map(({ id, text, state, socket, isUnsure, isDoubtful, reason, seq, epoch, added, first }) => ({
      id, text, state, socket, isUnsure, isDoubtful, reason, seq, epoch,
      added: added.wall, age: first ? age(first, now) : null,
    }));
    return { wall: now.wall, list };
  }

  /**
   * Puts what `saved` gave, perhaps in an older version of the page, before what was written since; what isn't
   * understood is left out.
   */
  restore(data, now) {
    const away = now.wall - Number(data?.wall);
    const list = Array.isArray(data?.list) ? data.list.slice(0, MOST) : [];
    this.list.unshift(...list.map((item) => restored(item, away, now)).filter(Boolean));
  }
}

// MARK: One message

function fresh(text, now) {
  const id = now.wall.toString(36) + Math.random().toString(36).slice(2);
  return {
    id, text, state: "waiting", reason: "",
    socket: null, // who wrote it
    added: now,
    first: null, // when it was first written, and when last
    written: null,
    isUnsure: false, // an attempt was never answered
    isDoubtful: false,
  };
}

function isDue(send) {
  return send.state === "waiting" || (send.state === "unknown" && !send.isDoubtful);
}

function unsure(send) {
  Object.assign(send, { state: "unknown", isUnsure: true });
}

// Of two clocks the one by which more time has passed counts: then an id is never thought fresher than it is.
function age(first, now) {
  return Math.max(now.steady - first.steady, now.wall - first.wall);
}

function canRepeat(send, own, now) {
  const isSameMember = send.socket === null || send.socket === own;
  return !send.isDoubtful && isSameMember && age(send.first, now) < REPEATABLE;
}

function restored(item, away, now) {
  if (typeof item?.id !== "string" || typeof item.text !== "string") return null;
  if (!["waiting", "sending", "unknown", "refused", "kept"].includes(item.state)) return null;
  const send = fresh(item.text, now);
  send.added = { steady: now.steady, wall: Number(item.added) || now.wall };
  for (const key of ["id", "state", "socket", "isUnsure", "isDoubtful", "reason", "seq", "epoch"]) {
    if (item[key] !== undefined) send[key] = item[key];
  }
  if (Number.isFinite(item.age)) {
    // A clock that was set back tells nothing: the id is as good as forgotten.
    const passed = away >= 0 ? item.age + away : Infinity;
    send.first = { steady: now.steady - passed, wall: now.wall - passed };
  }
  // Which epochs were followed isn't kept: an echo that is missing may still come, or have been lost. Asking tells.
  if (send.state === "sending" || send.state === "kept") unsure(send);
  if (send.state === "unknown" && !send.first) send.isDoubtful = true;
  return send;
}
