// What is seen: rows, members, lines of text. Whatever came from others is set as text, never as markup.

const GROUPED_WITHIN = 5 * 60_000;
const NEAR_BOTTOM = 60;
const NEAR_TOP = 400;

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const yearFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const $ = (id) => document.getElementById(id);

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function plural(number, one, many) {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** The list of messages and its scrolling. */
export class MessageList {
  #log = $("messages");
  #rows = $("rows");
  #pending = $("pending");
  #before = null; // where the log stood before the changes of this frame
  #avatarUrl;
  #onNearTop;
  #onBottom;
  #onRetry;
  #onEdit;
  #trim;
  own = null;
  stuck = true; // at the bottom, following what arrives

  constructor({ avatarUrl, onNearTop, onBottom, onRetry, onEdit, trim }) {
    this.#trim = trim;
    this.#avatarUrl = avatarUrl;
    this.#onNearTop = onNearTop;
    this.#onBottom = onBottom;
    this.#onRetry = onRetry;
    this.#onEdit = onEdit;
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.stuck && this.toBottom()).observe(this.#log);
    document.addEventListener("visibilitychange", () => this.#settle());
  }

  /** Call before changing rows: the log is measured once a frame, however many changes follow. */
  change() {
    if (this.#before) return;
    this.#before = { top: this.#log.scrollTop, stuck: this.#isAtBottom() };
    // A hidden page has no frames, but its rows must not pile up.
    if (document.hidden) setTimeout(() => this.#settle(), 50);
    else requestAnimationFrame(() => this.#settle());
  }

  insert(items, index) {
    const item = items[index];
    item.row = item.to === undefined ? this.#messageRow(item) : gapRow(item);
    this.#rows.insertBefore(item.row, items[index + 1]?.row ?? null);
    decorate(items, index);
    if (items[index + 1]) decorate(items, index + 1);
  }

  /** Older rows, put in above without moving what is being read. */
  keepingPosition(changes) {
    const fromBottom = this.#log.scrollHeight - this.#log.scrollTop;
    changes();
    this.#log.scrollTop = this.#log.scrollHeight - fromBottom;
    if (this.#before) this.#before.top = this.#log.scrollTop;
  }

  remove(items) {
    for (const item of items) item.row.remove();
  }

  clear() {
    this.#rows.replaceChildren();
  }

  /** Shown below everything else until its echo takes its place in the log. */
  showSend(item, send, above) {
    const row = this.#messageRow(item);
    row.classList.add("pending", send.state);
    row.classList.toggle("follow", follows(above, item));
    if (send.state === "sending") row.querySelector("time").replaceWith(element("span", "state", "sending…"));
    if (send.state === "failed") row.querySelector(".bubble").append(this.#failure(send));
    this.#keepFocus(send.row);
    if (send.row?.isConnected) send.row.replaceWith(row);
    else this.#pending.append(row);
    send.row = row;
  }

  clearSends() {
    this.#keepFocus(this.#pending);
    this.#pending.replaceChildren();
  }

  removeSend(send) {
    this.#keepFocus(send.row);
    send.row?.remove();
  }

  #keepFocus(leaving) {
    if (leaving?.contains(document.activeElement)) $("message-box").focus();
  }

  #failure(send) {
    const line = element("div", "failure");
    line.append(element("span", "", `Not sent. ${send.reason} `));
    line.append(button("Retry", () => this.#onRetry(send)), button("Edit", () => this.#onEdit(send)));
    return line;
  }

  toBottom() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.stuck = true;
    if (this.#before) this.#before = { top: this.#log.scrollTop, stuck: true };
  }

  /** Nothing is read aloud while history is put in: a reader wants what is new. */
  announce(on) {
    this.#log.setAttribute("aria-live", on ? "polite" : "off");
  }

  get isNearTop() {
    return this.#log.scrollTop < NEAR_TOP;
  }

  #isAtBottom() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_BOTTOM;
  }

  #scrolled() {
    if (!this.#before) this.#arrive(this.#isAtBottom());
    if (this.isNearTop) this.#onNearTop();
  }

  #settle() {
    if (!this.#before) return;
    // A scroll upwards in the same frame is the reader's: a busy room must not pull them back.
    const follow = this.#before.stuck && this.#log.scrollTop > this.#before.top - 8;
    this.#before = null;
    if (follow) {
      this.#trim();
      this.toBottom();
    }
    this.#arrive(follow || this.#isAtBottom());
    if (this.isNearTop) this.#onNearTop();
  }

  #arrive(atBottom) {
    this.stuck = atBottom;
    if (atBottom) this.#onBottom();
  }

  #messageRow(item) {
    const row = element("div", item.socket === this.own ? "message own" : "message");
    if (item.seq !== undefined) row.dataset.seq = item.seq;
    row.style.setProperty("--hue", hue(item.socket));
    const bubble = element("div", "bubble");
    const name = element("bdi", "name", item.username);
    const text = element("div", "text");
    text.dir = "auto";
    text.append(...linked(item.text));
    const time = element("time", "", timeFormat.format(item.date));
    time.dateTime = item.date.toISOString();
    time.title = fullFormat.format(item.date);
    bubble.append(name, text, time);
    row.append(avatar(this.#avatarUrl(item.avatar)), bubble);
    return row;
  }
}

/** The list of members; single changes touch single rows. */
export class MemberList {
  #list = $("members");
  #rows = new Map();
  #avatarUrl;

  constructor(avatarUrl) {
    this.#avatarUrl = avatarUrl;
  }

  replace(members, own) {
    this.#rows.clear();
    this.#list.replaceChildren(...members.map((member) => this.#row(member, own)));
  }

  put(member, own, following) {
    this.remove(member.socket);
    this.#list.insertBefore(this.#row(member, own), this.#rows.get(following?.socket) ?? null);
  }

  remove(socket) {
    this.#rows.get(socket)?.remove();
    this.#rows.delete(socket);
  }

  showCount(count, named) {
    for (const place of document.querySelectorAll(".count")) place.textContent = count.toLocaleString();
    $("more").textContent = count > named ? `and ${(count - named).toLocaleString()} more` : "";
  }

  #row(member, own) {
    const row = element("li");
    row.dataset.socket = member.socket;
    row.style.setProperty("--hue", hue(member.socket));
    row.append(avatar(this.#avatarUrl(member.avatar)), element("bdi", "name", member.username));
    if (member.socket === own) {
      row.className = "own";
      row.append(element("span", "you", "you"));
    }
    this.#rows.set(member.socket, row);
    return row;
  }
}

/** The line above the message box; `countdown` is seen but not read aloud each second. */
export function showStatus(text, countdown = "", action = "") {
  const status = $("status");
  if ((status.firstChild?.textContent ?? "") !== text) status.replaceChildren(...(text ? [element("span", "", text), element("span")] : []));
  if (text) {
    status.lastChild.textContent = countdown;
    status.lastChild.setAttribute("aria-hidden", "true");
  }
  $("retry").hidden = !action;
  $("retry").textContent = action;
}

export function showError(text) {
  $("error").textContent = text;
  $("dismiss").hidden = !text;
}

function button(label, action) {
  const made = element("button", "link", label);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

function avatar(url) {
  const image = element("img", "avatar");
  image.alt = "";
  image.width = image.height = 36;
  image.loading = "lazy";
  image.decoding = "async";
  if (url) image.src = url;
  return image;
}

function gapRow({ seq, to }) {
  const count = to - seq + 1;
  return element("p", "gap", `${plural(count, "message is", "messages are")} no longer available`);
}

/** Group with the row above, or begin a new day. */
function decorate(items, index) {
  const item = items[index];
  const previous = items[index - 1];
  if (item.to !== undefined) return;
  item.row.classList.toggle("follow", follows(previous, item));
  item.row.querySelector(".day")?.remove();
  if (previous && (previous.to !== undefined || isSameDay(previous.date, item.date))) return;
  const format = item.date.getFullYear() === new Date().getFullYear() ? dayFormat : yearFormat;
  item.row.prepend(element("div", "day", format.format(item.date)));
}

function follows(previous, item) {
  return (
    previous?.socket === item.socket &&
    previous.username === item.username &&
    item.date - previous.date < GROUPED_WITHIN &&
    isSameDay(previous.date, item.date)
  );
}

function isSameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

// Two members may have one name; the colour follows the identity.
function hue(socket) {
  let hash = 7;
  for (const character of socket ?? "") hash = (hash * 31 + character.charCodeAt(0)) | 0;
  return ((hash >>> 0) % 24) * 15;
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/).map((part, index) => {
    if (index % 2 === 0) return part;
    const link = element("a", "", part);
    link.href = part;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    return link;
  });
}
