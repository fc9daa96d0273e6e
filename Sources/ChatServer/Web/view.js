// The messages as they are seen. Whatever came from others is set as text, never as markup.

import { server } from "./connection.js";

const GROUPED_WITHIN = 5 * 60_000;
const NEAR_BOTTOM = 60;
const NEAR_TOP = 400;

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

export const $ = (id) => document.getElementById(id);

export class MessageList {
  #log = $("messages");
  #on; // nearTop, bottom, trim, retry, edit
  #before = null; // where the log stood before the changes of this frame
  #top = 0;
  own = null; // our socket id
  stuck = true; // at the bottom, following what arrives

  constructor(on) {
    this.#on = on;
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.stuck && this.toBottom()).observe(this.#log);
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

  insert(items, index) {
    const item = items[index];
    item.row = item.date ? this.#row(item) : gapRow(item);
    $("rows").insertBefore(item.row, items[index + 1]?.row ?? null);
    decorate(items, index);
    decorate(items, index + 1);
  }

  /** Older rows go in above without moving what is being read. */
  keepingPosition(changes) {
    const fromBottom = this.#log.scrollHeight - this.#log.scrollTop;
    changes();
    this.#log.scrollTop = this.#top = this.#log.scrollHeight - fromBottom;
    if (this.#before) this.#before.top = this.#top;
  }

  remove(items) {
    for (const item of items) item.row.remove();
  }

  clear() {
    $("rows").replaceChildren();
  }

  /** Shown below everything else until its echo takes its place in the log. */
  showSend(item, send, above) {
    const row = this.#row(item);
    row.classList.add("pending", send.state);
    row.classList.toggle("follow", follows(above, item));
    if (send.state === "sending") row.querySelector("time").replaceWith(element("span", "state", "sending…"));
    if (send.state === "failed") row.querySelector(".bubble").append(this.#failure(send));
    this.#keepFocus(send.row);
    if (send.row?.isConnected) send.row.replaceWith(row);
    else $("pending").append(row);
    send.row = row;
  }

  removeSend(send) {
    this.#keepFocus(send.row);
    send.row?.remove();
  }

  clearSends() {
    this.#keepFocus($("pending"));
    $("pending").replaceChildren();
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

  get #isAtBottom() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_BOTTOM;
  }

  // Only a scroll upwards is a reader leaving the end; a box that grew below the log is not.
  #scrolled() {
    if (!this.#before) this.#arrive(this.#isAtBottom || (this.stuck && this.#log.scrollTop >= this.#top));
    this.#top = this.#log.scrollTop;
    if (this.#top < NEAR_TOP) this.#on.nearTop();
  }

  #settle() {
    if (!this.#before) return;
    // A scroll upwards in the same frame is the reader's: a busy room must not pull them back.
    const follow = this.#before.stuck && this.#log.scrollTop > this.#before.top - 8;
    this.#before = null;
    if (follow) this.#on.trim(true), this.toBottom();
    else this.keepingPosition(() => this.#on.trim(false));
    this.#arrive(follow || this.#isAtBottom);
    if (this.#log.scrollTop < NEAR_TOP) this.#on.nearTop();
  }

  #arrive(atBottom) {
    this.stuck = atBottom;
    if (atBottom) this.#on.bottom();
  }

  #keepFocus(leaving) {
    if (leaving?.contains(document.activeElement)) $("message-box").focus();
  }

  #row(item) {
    const row = element("div", item.socket === this.own ? "message own" : "message");
    if (item.seq) row.dataset.seq = item.seq;
    // Two members may have one name; the colour follows the identity.
    const sum = [...item.socket].reduce((hash, character) => (hash * 31 + character.codePointAt(0)) % 9973, 7);
    row.style.setProperty("--hue", (sum % 24) * 15);
    const text = element("div", "text");
    text.dir = "auto";
    text.append(...linked(item.text));
    const time = element("time", "", timeFormat.format(item.date));
    time.dateTime = item.date.toISOString();
    const bubble = element("div", "bubble");
    bubble.append(element("bdi", "name", item.username), text, time);
    row.append(avatar(item.avatar), bubble);
    return row;
  }

  #failure(send) {
    const line = element("div", "failure", `Not sent. ${send.reason} `);
    line.append(element("span", "actions"));
    for (const [label, action] of [["Retry", this.#on.retry], ["Edit", this.#on.edit]]) {
      const button = element("button", "", label);
      button.type = "button";
      button.onclick = () => action(send);
      line.lastChild.append(button);
    }
    return line;
  }
}

// The seconds are seen, but not read aloud one by one.
export function showStatus(text, countdown = "", action = "") {
  if ($("status").textContent !== text) $("status").textContent = text;
  $("countdown").textContent = countdown;
  $("retry").textContent = action;
  $("retry").hidden = !action;
}

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// Only what our server draws is asked for: no outside host, whatever a record says.
export function avatar(path) {
  const image = element("img", "avatar");
  image.alt = "";
  image.loading = "lazy";
  if (/^\/avatars\/[^/?#]+\.svg$/.test(path)) image.src = server.replace("ws", "http") + path;
  return image;
}

export function plural(number, one, many) {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

function decorate(items, index) {
  const item = items[index];
  const previous = items[index - 1];
  if (!item?.date) return;
  item.row.classList.toggle("follow", follows(previous, item));
  item.row.querySelector(".day")?.remove();
  if (previous && (!previous.date || isSameDay(previous, item))) return;
  item.row.prepend(element("div", "day", dayFormat.format(item.date)));
}

function gapRow({ seq, to }) {
  return element("p", "gap", `${plural(to - seq + 1, "message is", "messages are")} no longer available`);
}

function follows(previous, item) {
  const isSameAuthor = previous?.socket === item.socket && previous.username === item.username;
  return isSameAuthor && item.date - previous.date < GROUPED_WITHIN && isSameDay(previous, item);
}

function isSameDay(a, b) {
  return a.date.toDateString() === b.date.toDateString();
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/).map((part, index) => {
    if (index % 2 === 0) return part;
    const link = element("a", "", part);
    link.href = part;
    link.target = "_blank";
    link.rel = "noreferrer";
    return link;
  });
}
