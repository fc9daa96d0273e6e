// The log as it is scrolled: at its end it follows what arrives; further up nothing moves under the reader.

import { $, element } from "./dom.js";
import { decorate, follows, gapRow, messageRow, sendRow, setTag } from "./row.js";
import { lowerBound } from "./timeline.js";

const NEAR_BOTTOM = 60;
const NEAR_TOP = 400;

export class MessageList {
  #log = $("messages");
  #on; // nearTop, bottom, trim, and a failed message's again, edit, discard
  #before = null; // where the log stood before the changes of this frame
  #top = 0;
  #size = "";
  #line = element("p", "unread", "New messages"); // before the first row that is unread
  own = null; // our socket id
  tag = () => ""; // what tells an author from others of that name, by socket id
  stuck = true; // at the bottom, following what arrives

  constructor(on) {
    this.#on = on;
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The rows as well: their height changes with the letters' size, too.
    const observer = new ResizeObserver(() => this.stuck && this.toBottom());
    for (const box of [this.#log, $("rows"), $("pending")]) observer.observe(box);
    document.addEventListener("visibilitychange", () => this.#settle());
  }

  /** Call before changing rows; they are settled once a frame. */
  change() {
    if (this.#before) return;
    this.#before = { top: this.#log.scrollTop, stuck: this.stuck };
    // A hidden page has no frames, but its rows must not pile up.
    if (document.hidden) setTimeout(() => this.#settle(), 50);
    else requestAnimationFrame(() => this.#settle());
  }

  /** Puts in the rows of items that stand in the timeline already. */
  insert(placed, timeline) {
    const { items } = timeline;
    // From the last on, so that the row below each is there.
    for (const item of [...placed].sort((a, b) => b.seq - a.seq)) {
      const index = timeline.indexOf(item);
      item.row = item.date ? messageRow(item, item.socket === this.own, this.tag(item.socket)) : gapRow(item);
      $("rows").insertBefore(item.row, items[index + 1]?.row ?? null);
      decorate(items, index);
      decorate(items, index + 1);
    }
  }

  /** Older rows go in above without moving what is being read. */
  keepingPosition(changes) {
    const fromBottom = this.#log.scrollHeight - this.#log.scrollTop;
    changes();
    this.#log.scrollTop = this.#top = this.#log.scrollHeight - fromBottom;
    if (this.#before) this.#before.top = this.#top;
  }

  remove(items) {
    for (const item of items) item.row?.remove();
  }

  clear() {
    $("rows").replaceChildren();
  }

  retag(socket) {
    for (const row of $("rows").querySelectorAll(`[data-socket="${CSS.escape(socket)}"]`)) setTag(row, this.tag(socket));
  }

  /** Where unread begins; without a row it isn't shown. */
  showLine(row) {
    if (!row) return this.#line.remove();
    if (this.#line.parentElement === row) return;
    const day = row.querySelector(".day");
    if (day) day.after(this.#line);
    else row.prepend(this.#line);
  }

  /** Our messages that have no place in the log yet, below everything else: only rows that changed are made anew. */
  showSends(sends, author, last) {
    this.change();
    const shown = new Set();
    let above = last;
    sends.forEach((send, index) => {
      const item = { ...author, date: new Date(send.added.wall) };
      const look = JSON.stringify([send.state, send.isDoubtful, send.reason, author, follows(above, item)]);
      if (send.look !== look) this.#replaceSend(send, author, above, item);
      send.look = look;
      shown.add(send.row);
      if ($("pending").children[index] !== send.row) $("pending").insertBefore(send.row, $("pending").children[index] ?? null);
      above = item;
    });
    for (const row of [...$("pending").children]) {
      if (shown.has(row)) continue;
      this.#keepFocus(row);
      row.remove();
    }
  }

  #replaceSend(send, author, above, item) {
    const row = sendRow(send, author, this.#on);
    row.classList.toggle("follow", follows(above, item));
    this.#keepFocus(send.row);
    send.row?.replaceWith(row);
    send.row = row;
  }

  toBottom() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#top = this.#log.scrollTop;
    this.stuck = true;
    if (this.#before) this.#before = { top: this.#top, stuck: true };
  }

  /** Off while history is put in: only what is new is read aloud. */
  announce(on) {
    this.#log.setAttribute("aria-live", on ? "polite" : "off");
  }

  /** How many rows have been scrolled past, wholly. */
  get rowsAbove() {
    const { top } = this.#log.getBoundingClientRect();
    return lowerBound($("rows").children, (row) => row.getBoundingClientRect().bottom <= top);
  }

  get #isAtBottom() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_BOTTOM;
  }

  // Only a scroll upwards is a reader leaving the end; a box that grew below the log is not, nor a window that is turned.
  #scrolled() {
    const isResized = this.#resized();
    if (this.stuck && isResized && !this.#before) this.toBottom();
    else if (!this.#before) this.#arrive(this.#isAtBottom || (this.stuck && this.#log.scrollTop >= this.#top));
    this.#top = this.#log.scrollTop;
    if (this.#top < NEAR_TOP) this.#on.nearTop();
  }

  /** Whether the log, or what is in it, has another height than when this was last asked. */
  #resized() {
    const size = `${this.#log.scrollHeight} ${this.#log.clientHeight}`;
    const isOther = size !== this.#size;
    this.#size = size;
    return isOther;
  }

  #settle() {
    if (!this.#before) return;
    // A scroll upwards in the same frame is the reader's: a busy room must not pull them back.
    const follow = this.#before.stuck && this.#log.scrollTop > this.#before.top - 8;
    this.#before = null;
    if (follow) this.#on.trim(true), this.toBottom();
    else this.keepingPosition(() => this.#on.trim(false));
    this.#resized();
    this.#arrive(follow || this.#isAtBottom);
    if (this.#log.scrollTop < NEAR_TOP) this.#on.nearTop();
  }

  #arrive(atBottom) {
    this.stuck = atBottom;
    this.#on.moved(atBottom);
  }

  #keepFocus(leaving) {
    if (leaving?.contains(document.activeElement)) $("message-box").focus();
  }
}
