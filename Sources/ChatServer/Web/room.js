// A room as its server tells it: topics come in, a state results, and a list of what has changed. Pure.

import { Timeline, readMessages } from "./timeline.js";

const PAGE = 50; // messages asked for at once

/**
 * `take` gives the changes, each {kind, …}:
 *
 *   welcome {member, token}       who we are; a join has begun
 *   joined                        it is done
 *   log {placed, heard, news}     rows to be put in, all messages heard, and those that are new and of others
 *   page {placed, heard}          the same, of older messages that were asked for
 *   gap {from, to, placed}        messages that can't be had any more
 *   cleared {isLost}              the rows shown are gone; `isLost`: so are their messages
 *   members, member {member}, left {socket}, count, typing {socket}
 *   renamed {username}            our own name, as everybody sees it now
 *   acknowledged, failed, error   {data} about a message of ours, or about something else
 *   leaving {milliseconds}        the server goes away; when to come back
 */
export class Room {
  timeline = new Timeline();
  members = new Map();
  count = 0; // the server's, when it no longer names everybody; else 0
  welcome = null;
  limits = { text: 8_192, message: 65_536 };
  isJoined = false;
  hasHistory = false;
  isResumed = false; // whether the last join found us as who we were
  #beforeReset = null; // the timeline that a reset has ended
  #loading = 0; // the number before which a page was asked for

  get own() {
    return this.welcome?.member.socket ?? null;
  }

  get me() {
    return this.members.get(this.own);
  }

  get isAtBeginning() {
    return this.timeline.complete || this.timeline.first <= 1;
  }

  /** The link is gone. What was shown stays. */
  lose() {
    this.isJoined = this.hasHistory = false;
    this.#loading = 0;
  }

  /** What to ask for to have older messages; null while that is under way, or there are none. */
  olderRequest() {
    if (this.#loading || this.isAtBeginning || !this.isJoined) return null;
    this.#loading = this.timeline.first;
    return { before: this.#loading, limit: PAGE };
  }

  take({ topic, data, ...envelope }) {
    return Object.hasOwn(topics, topic) ? topics[topic].call(this, data ?? null, envelope) : [];
  }

  // MARK: Parts of changes

  join(epoch) {
    this.isJoined = true;
    this.timeline.follow(epoch ?? this.timeline.epoch);
    return { kind: "joined" };
  }

  clear() {
    this.timeline.clear();
    this.#loading = 0;
  }

  reset(epoch) {
    if (this.timeline.last > 0) this.#beforeReset = { ...this.timeline, isLostIn: this.timeline.isLostIn };
    this.clear();
    this.timeline.follow(epoch ?? null);
  }

  history(messages, epoch) {
    const before = this.#beforeReset ?? this.timeline;
    // Within a join the welcome has said how far the log goes; after a reset the history itself does.
    const told = this.#beforeReset ? 0 : this.isJoined ? this.timeline.last : (this.welcome?.seq ?? 0);
    const head = Math.max(told, messages.at(-1)?.seq ?? 0);
    const changes = [];
    if (this.#beforeReset || !this.timeline.isContinuedBy(messages, { epoch, head, resumed: this.isResumed })) {
      const isLost = before.isLostIn(messages, head);
      this.#beforeReset = null;
      this.clear();
      changes.push({ kind: "cleared", isLost });
    }
    // Whoever was here when nothing had been said yet has missed all of it.
    const wasHere = changes.length === 0 && this.timeline.epoch === epoch;
    const isFirst = this.timeline.last === 0 && !wasHere;
    this.timeline.follow(epoch);
    this.hasHistory = true;
    return [...changes, this.log(messages, !isFirst)];
  }

  log(messages, isNews) {
    const change = { kind: "log", placed: [], heard: messages, news: [] };
    for (const message of messages) {
      const isNewest = message.seq > this.timeline.last;
      if (isNews && isNewest && message.socket !== this.own) change.news.push(message);
      // What is older than all rows was dropped, or comes with a page.
      if ((isNewest || message.seq > this.timeline.first) && this.timeline.place(message)) change.placed.push(message);
    }
    return change;
  }

  page(data) {
    const before = this.#loading;
    this.#loading = 0;
    // Rows were dropped or replaced meanwhile: the page would not join on.
    if (before !== this.timeline.first) return [];
    const messages = readMessages(data?.messages);
    const placed = messages.filter((message) => this.timeline.place(message));
    this.timeline.complete = Boolean(data?.complete) || messages.length === 0;
    return [{ kind: "page", placed, heard: messages }];
  }

  begin(data) {
    const member = readMember(data?.member);
    if (!member) return [];
    this.isResumed = member.socket === this.own;
    this.welcome = { ...data, member };
    for (const [key, limit] of Object.entries(data.limits ?? {})) if (limit > 0) this.limits[key] = limit;
    return [{ kind: "welcome", member, token: data.token }];
  }

  failed(data) {
    this.#loading = 0;
    return [{ kind: data?.id === undefined ? "error" : "failed", data: data ?? {} }];
  }
}

/** The topics of PROTOCOL.md; `this` is the room. */
const topics = {
  welcome(data) {
    return this.begin(data);
  },

  member_history(data) {
    const members = Object.values(data ?? {}).map(readMember).filter(Boolean);
    this.members = new Map(members.map((member) => [member.socket, member]));
    this.count = 0;
    return [{ kind: "members" }];
  },

  message_history(data, { epoch = this.welcome?.epoch }) {
    return this.history(readMessages(data), epoch);
  },

  member_add(data, { epoch }) {
    const member = readMember(data);
    if (!member) return [];
    this.members.set(member.socket, member);
    const isOwn = member.socket === this.own;
    // Above the roster limit only our own is told singly.
    if (!isOwn) this.count = 0;
    const changes = [{ kind: "member", member }];
    if (isOwn && !this.isJoined) changes.push(this.join(epoch));
    return changes;
  },

  member_update(data) {
    const member = readMember(data);
    if (!member) return [];
    this.members.set(member.socket, member);
    const changes = [{ kind: "member", member }];
    if (member.socket === this.own) changes.push({ kind: "renamed", username: member.username });
    return changes;
  },

  member_delete(socket) {
    this.members.delete(socket);
    this.count = 0;
    return [{ kind: "left", socket }];
  },

  member_count(count, { epoch }) {
    if (Number.isSafeInteger(count)) this.count = count;
    // Above the roster limit our `member_add` may be spared.
    const isLast = this.hasHistory && !this.isJoined;
    return [{ kind: "count" }, ...(isLast ? [this.join(epoch)] : [])];
  },

  messages(data, { epoch }) {
    const messages = readMessages([data]);
    if (messages.length === 0) return [];
    if (epoch && messages[0].seq > this.timeline.last) this.timeline.follow(epoch);
    return [this.log(messages, true)];
  },

  message_page(data) {
    return this.page(data);
  },

  gap(data) {
    const { from, to } = data ?? {};
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from) return [];
    const item = { seq: from, to };
    return [{ kind: "gap", from, to, placed: this.timeline.place(item) ? [item] : [] }];
  },

  reset(data) {
    this.reset(data?.epoch);
    return [{ kind: "cleared", isLost: false }];
  },

  typing: (socket) => [{ kind: "typing", socket }],
  ack: (data) => [{ kind: "acknowledged", data: data ?? {} }],
  reconnect: (data) => (data?.in >= 0 ? [{ kind: "leaving", milliseconds: data.in }] : []),

  error(data) {
    return this.failed(data);
  },
};

export function readMember(data) {
  if (typeof data?.socket !== "string") return null;
  return { socket: data.socket, username: String(data.username ?? ""), avatar: data.avatar };
}
