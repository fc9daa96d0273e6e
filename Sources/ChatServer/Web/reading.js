// How far one has read: the line where unread begins, the way back to the end, the title, and where a next visit goes on.

import { $, plural, setText } from "./dom.js";
import { read, write } from "./storage.js";
import { Unread } from "./unread.js";

const NOTED_EVERY = 1_000;

export class Reading {
  #unread = new Unread();
  #room;
  #list;
  #title;
  #key;
  #noting = null;

  /** `key`: under which the newest message that was seen is kept in the browser; `title`: the page's. */
  constructor({ room, list, key, title }) {
    [this.#room, this.#list, this.#key, this.#title] = [room, list, key, title];
  }

  /** The first history after the page was opened. */
  returned(messages) {
    this.#unread.returned(messages, this.#room.timeline.epoch, this.#position, this.#room.own);
  }

  /** New messages of others have been put in. */
  heard(messages) {
    this.#unread.arrived(messages, this.#list.stuck && !document.hidden);
    this.show();
  }

  /** The reader has scrolled. */
  moved(isAtBottom) {
    if (isAtBottom) this.seen();
    else this.show();
  }

  /** The end is before the reader's eyes. */
  seen() {
    if (document.hidden) return;
    this.#unread.seen();
    this.#note();
    this.show();
  }

  written() {
    this.#unread.written();
    this.show();
  }

  cleared() {
    this.#unread.cleared();
  }

  show() {
    this.showLine();
    const { count } = this.#unread;
    $("newer").hidden = this.#list.stuck;
    setText("newer", `${count ? plural(count, "new message", "new messages") : "Jump to the latest"} ↓`);
    document.title = `${count ? `(${count}) ` : ""}${this.#title}`;
  }

  /** Before the first unread message, if that has a row. */
  showLine() {
    const { line } = this.#unread;
    this.#list.showLine(line === null ? null : this.#room.timeline.from(line)?.row);
  }

  get #position() {
    try {
      return JSON.parse(read("localStorage", this.#key));
    } catch {
      return null;
    }
  }

  #note() {
    this.#noting ??= setTimeout(() => {
      this.#noting = null;
      const { epoch, last } = this.#room.timeline;
      if (last > 0 && this.#list.stuck) write("localStorage", this.#key, JSON.stringify({ epoch, seq: last }));
    }, NOTED_EVERY);
  }
}
