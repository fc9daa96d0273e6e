// One's own messages between the box, the link, the tab's storage and the rows.

import { plural } from "./dom.js";
import { Sends } from "./sends.js";
import { showError, showTrouble } from "./status.js";

const now = () => ({ steady: performance.now(), wall: Date.now() });

export class Sending {
  #sends = new Sends();
  #room;
  #connection;
  #list;
  #storage;
  #timer;
  #isRestored = false;

  constructor({ room, connection, list, storage }) {
    [this.#room, this.#connection, this.#list, this.#storage] = [room, connection, list, storage];
  }

  /** What a reload left; `isOurs`: it is this tab's, and not another's that this one is a copy of. */
  restore(isOurs) {
    this.#isRestored = true;
    if (isOurs) this.#sends.restore(this.#storage.getData("sends"), now());
    this.show();
  }

  /** Whether there was room for it. */
  add(text) {
    if (!this.#sends.add(text, now())) {
      showError("Too many messages are waiting. This one stays here until some of them have been sent.");
      return false;
    }
    showError("");
    this.#toBottom();
    return true;
  }

  /** Writes what is due, and comes back when something is due again. */
  pump() {
    clearTimeout(this.#timer);
    if (this.#room.isJoined) {
      const { own } = this.#room;
      const send = this.#sends.next(own, now());
      const isWritten = send && this.#connection.send("send", { message: send.text, id: send.id });
      if (isWritten) this.#sends.wrote(send, own, now());
      const pause = this.#sends.pause(now());
      if (pause !== null) this.#timer = setTimeout(() => this.pump(), Math.max(10, pause));
    }
    this.show();
  }

  // MARK: What the server says

  /** `isAnew`: the store has lost all, and who we were too. */
  joined(isAnew) {
    if (isAnew) this.#sends.startAnew(this.#room.own, now());
    this.#sends.settle(this.#room.timeline);
    this.pump();
  }

  heard(messages) {
    for (const message of messages) this.#sends.echoed(message);
    if (this.#room.isJoined) this.#sends.settle(this.#room.timeline);
    this.pump();
  }

  skipped(from, to) {
    this.#sends.skipped(from, to);
    this.pump();
  }

  acknowledged(data) {
    if (!this.#sends.acknowledged(data)) return;
    this.#sends.settle(this.#room.timeline);
    this.pump();
  }

  failed(data) {
    if (this.#sends.failed(data, now())) this.pump();
  }

  // MARK: What the link says

  linkLost() {
    this.#sends.linkLost();
    this.show();
  }

  takenOver() {
    this.#sends.takenOver(now());
    this.show();
  }

  /** The link ended because of what was just written; written again, it would end the next one. */
  tooBig() {
    const send = this.#sends.list.find((send) => send.state === "sending");
    if (send) this.#sends.refuse(send, "It is too long for this server.");
  }

  // MARK: What its user decides

  again(send) {
    this.#sends.again(send, now());
    this.#toBottom();
  }

  /** Takes it out, and gives its text. */
  discard(send) {
    this.#sends.remove(send);
    this.pump();
    return send.text;
  }

  #toBottom() {
    this.pump();
    this.#list.toBottom();
  }

  show() {
    const { list } = this.#sends;
    // What a reload left must not be overwritten before it was read.
    if (this.#isRestored) this.#storage.setData("sends", list.length ? this.#sends.saved(now()) : null);
    const { me, own, timeline } = this.#room;
    this.#list.showSends(list, { username: "", ...me, socket: own }, timeline.items.at(-1));
    const refused = list.filter((send) => send.state === "refused").length;
    const doubtful = list.filter((send) => send.isDoubtful).length;
    const words = [
      refused && `${refused === 1 ? "A message was" : plural(refused, "message was", "messages were")} not sent.`,
      doubtful && `${doubtful === 1 ? "A message" : plural(doubtful, "message", "messages")} may not have been sent.`,
    ];
    showTrouble(words.filter(Boolean).join(" "));
  }
}
