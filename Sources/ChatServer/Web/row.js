// One row of the log. Whatever came from others is set as text, never as markup.

import { here, overHTTP } from "./address.js";
import { button, element, language, plural } from "./dom.js";
import { pieces } from "./links.js";

const GROUPED_WITHIN = 5 * 60_000;

const timeFormat = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(language, { dateStyle: "full" });

/** `isOwn`: whether it is of this page's user; `tag`: what tells its author from others of that name. */
export function messageRow(item, isOwn, tag = "") {
  const row = element("div", isOwn ? "message own" : "message");
  if (item.seq) row.dataset.seq = item.seq;
  row.dataset.socket = item.socket ?? "";
  // Two members may have one name; the colour follows the identity.
  const sum = [...(item.socket ?? "")].reduce((hash, character) => (hash * 31 + character.codePointAt(0)) % 9973, 7);
  row.style.setProperty("--hue", (sum % 24) * 15);
  const text = element("div", "text");
  text.dir = "auto";
  text.append(...linked(item.text));
  const time = element("time", "", timeFormat.format(item.date));
  time.dateTime = item.date.toISOString();
  const bubble = element("div", "bubble");
  // The space is for whoever takes the text as it stands: without it, it would run into the time.
  bubble.append(nameOf(item), text, " ", time);
  row.append(avatar(item.avatar), bubble);
  if (tag) setTag(row, tag);
  return row;
}

/** A name, in full on demand where it is cut off. */
export function nameOf({ username }) {
  const name = element("bdi", "name", username);
  name.title = username;
  return name;
}

export function setTag(row, tag) {
  const name = row.querySelector(".name");
  name.querySelector(".tag")?.remove();
  if (tag) name.append(element("span", "tag", tag));
}

/** A message of our own that isn't in the log yet. `actions`: again, edit, discard. */
export function sendRow(send, author, actions) {
  const item = { ...author, text: send.text, date: new Date(send.added.wall) };
  const row = messageRow(item, true);
  const needsUser = send.state === "refused" || send.isDoubtful;
  row.classList.add("pending", send.state);
  row.classList.toggle("failed", needsUser);
  const words = stateWords[send.state];
  if (words && !needsUser) row.querySelector("time").replaceWith(element("span", "state", words));
  if (needsUser) row.querySelector(".bubble").append(failure(send, actions));
  return row;
}

const stateWords = { waiting: "waiting…", sending: "sending…", unknown: "not confirmed yet…" };

// Only what is surely not kept may be changed: else both texts might be read.
function failure(send, { again, edit, discard }) {
  const isRefused = send.state === "refused";
  const words = isRefused ? `Not sent. ${send.reason} ` : "It is not known whether this was sent. ";
  const line = element("div", "failure", words);
  const choices = element("span", "actions");
  choices.append(button(isRefused ? "Retry" : "Send again", () => again(send)));
  choices.append(isRefused ? button("Edit", () => edit(send)) : button("Discard", () => discard(send)));
  line.append(choices);
  return line;
}

export function gapRow({ seq, to }) {
  return element("p", "gap", `${plural(to - seq + 1, "message is", "messages are")} no longer available`);
}

// Only what our server draws is asked for: no outside host, whatever a record says.
export function avatar(path) {
  const image = element("img", "avatar");
  image.alt = "";
  image.loading = "lazy";
  if (/^\/avatars\/[^/?#]+\.svg$/.test(path)) image.src = overHTTP(here.server) + path;
  return image;
}

/** Sets what depends on the row before: whether it goes on with that, or begins a day. */
export function decorate(items, index) {
  const item = items[index];
  const previous = items[index - 1];
  if (!item?.date || !item.row) return;
  item.row.classList.toggle("follow", follows(previous, item));
  item.row.querySelector(".day")?.remove();
  if (previous && (!previous.date || isSameDay(previous, item))) return;
  item.row.prepend(element("div", "day", dayFormat.format(item.date)));
}

export function follows(previous, item) {
  if (!previous?.date) return false;
  const isSameAuthor = previous.socket === item.socket && previous.username === item.username;
  return isSameAuthor && item.date - previous.date < GROUPED_WITHIN && isSameDay(previous, item);
}

function isSameDay(a, b) {
  return a.date.toDateString() === b.date.toDateString();
}

function linked(text) {
  return pieces(text).map(({ text, href }) => {
    if (!href) return text;
    const link = element("a", "", text);
    link.href = href;
    link.target = "_blank";
    link.rel = "noreferrer";
    return link;
  });
}
