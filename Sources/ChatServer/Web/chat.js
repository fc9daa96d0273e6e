// The chat's page: joins link, model and view, and speaks the server's topics.

import { Connection, frame } from "./connection.js";
import { Sends, Timeline, fail, readMessage, readMessages, tryAgain } from "./model.js";
import { People, readMember } from "./people.js";
import { $, MessageList, plural, showError, showStatus } from "./view.js";

const PAGE = 50; // messages asked for at once
const NEWEST = 500; // rows kept at the end of the log
const MOST = 2_000; // rows kept while reading further up
const TYPING_EVERY = 2_000;
const NAME = "chat.name";

const query = new URLSearchParams(location.search);
const room = query.get("room") || "lobby";
const base = serverBase();
const TOKEN = `chat.token ${base} ${room}`;

const session = { token: recall("sessionStorage", TOKEN), welcome: null, resumed: false, hasHistory: false, joined: false };
const timeline = new Timeline();
const sends = new Sends();
const people = new People();
const list = new MessageList({ nearTop: loadOlder, bottom: seen, trim, retry, edit });
const connection = new Connection({ address, onTopic, onState });
const page = document.documentElement;

let limits = { text: 8_192, message: 65_536 };
let loading = 0; // the number before which a page was asked for
let renaming = false;
let unseen = 0;
let told = 0; // when we last said that we are typing
let countdown;

// MARK: Joining

function serverBase() {
  const given = query.get("server");
  if (given && !URL.canParse(given)) return "";
  const { protocol, host, pathname } = new URL(given || ".", location.href);
  const scheme = { "http:": "ws:", "https:": "wss:" }[protocol] ?? protocol;
  return `${scheme}//${host}${pathname.replace(/\/+$/, "")}`;
}

function address() {
  const parameters = { room, name: recall("localStorage", NAME) || people.me?.username, token: session.token };
  if (timeline.last > 0) Object.assign(parameters, { epoch: timeline.epoch, after: timeline.last });
  return `${base}/ws?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value))}`;
}

// Only what this server draws is asked for: no outside host, whatever a record says.
function withAvatar(item) {
  const isOurs = /^\/avatars\/[^/?#]+\.svg$/.test(item?.avatar);
  return item && { ...item, avatar: isOurs ? base.replace(/^ws/, "http") + item.avatar : null };
}

function endJoin() {
  session.joined = true;
  connection.joined();
  timeline.epoch = session.welcome.epoch;
  page.dataset.state = "joined";
  showStatus("");
  showError("");
  sends.resume(people.own, timeline).forEach(write);
  showSends();
  announceSoon();
}

function onState(state, until) {
  clearInterval(countdown);
  session.joined = session.hasHistory = renaming = false;
  loading = 0;
  list.announce(false);
  page.dataset.state = state;
  if (state === "connecting") showStatus(session.welcome ? "Reconnecting…" : "Connecting…");
  if (state === "closed") showStatus("This chat was opened in another window.", "", "Use it here");
  if (state !== "lost") return;
  showLost(until);
  countdown = setInterval(() => showLost(until), 1_000);
}

function showLost(until) {
  const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1_000));
  showStatus("Connection lost.", ` Reconnecting in ${seconds} s…`, "Retry now");
}

// MARK: Topics

const topics = {
  welcome(data) {
    const own = readMember(data?.member);
    if (!own) return;
    session.resumed = own.socket === people.own;
    session.welcome = data;
    session.token = data.token;
    remember("sessionStorage", TOKEN, data.token);
    people.own = list.own = own.socket;
    limits = { ...limits, ...data.limits };
    showOwnName(own.username);
  },

  member_history(data) {
    people.replace(Object.values(data ?? {}).map(readMember).filter(Boolean).map(withAvatar));
  },

  message_history(data, { epoch = session.welcome?.epoch }) {
    const messages = readMessages(data);
    const { resumed, welcome } = session;
    if (!timeline.isContinuedBy(messages, { epoch, head: welcome?.seq ?? 0, resumed })) restart();
    const isFirst = timeline.last === 0;
    timeline.epoch = epoch;
    session.hasHistory = true;
    for (const message of messages) take(message, !isFirst);
    showTop();
  },

  member_add(data) {
    put(data);
    if (data?.socket === people.own && session.welcome && !session.joined) endJoin();
  },

  member_update(data) {
    put(data);
    if (data?.socket !== people.own) return;
    if (renaming) remember("localStorage", NAME, data.username);
    renaming = false;
    showOwnName(data.username);
  },

  member_delete(socket) {
    people.remove(socket);
  },

  member_count(count) {
    if (Number.isSafeInteger(count)) people.report(count);
    // Above the roster limit our own `member_add` may be spared as well.
    if (session.hasHistory && !session.joined) endJoin();
  },

  messages(data, { epoch }) {
    const message = readMessage(data);
    if (!message) return;
    if (timeline.contradicts(message)) restart();
    if (epoch && message.seq > timeline.last) timeline.epoch = epoch;
    take(message, true);
    people.stopTyping(message.socket);
  },

  message_page(data) {
    const before = loading;
    loading = 0;
    showTop();
    // Rows were dropped or replaced meanwhile: the page would not join on.
    if (before !== timeline.first) return;
    list.announce(false);
    list.keepingPosition(() => {
      const messages = readMessages(data?.messages);
      messages.forEach(place);
      timeline.complete = Boolean(data?.complete) || messages.length === 0;
      list.remove(timeline.dropNewest(MOST));
      showTop();
    });
    announceSoon();
  },

  ack(data) {
    const send = sends.find(data?.id);
    if (!send) return;
    Object.assign(send, { state: "acknowledged", seq: data.seq, epoch: data.epoch });
    showSend(send);
  },

  typing(socket) {
    people.startTyping(socket);
  },

  gap(data) {
    const { from, to } = data ?? {};
    if (!Number.isSafeInteger(from) || !(to >= from)) return;
    if (timeline.detached) timeline.skip(to);
    else place({ seq: from, to });
    sends.settle(timeline);
    showSends();
  },

  reset(data) {
    restart(data?.epoch);
  },

  reconnect(data) {
    if (data?.in >= 0) connection.comeBackIn(data.in);
  },

  error(data) {
    const text = String(data?.message || data?.code);
    const send = sends.find(data?.id);
    if (send) {
      fail(send, text);
      showSend(send);
      return showError("A message was not sent.");
    }
    if (renaming) {
      renaming = false;
      $("name-error").textContent = text;
      return;
    }
    loading = 0;
    showTop();
    // The page checks first; what is left is a topic that this server doesn't know.
    if (data?.code !== "bad_request") showError(text);
  },
};

function onTopic({ topic, data, ...envelope }) {
  if (Object.hasOwn(topics, topic)) topics[topic](data, envelope);
}

// MARK: Messages

/** A message that belongs to the end of the log, or into a hole. */
function take(message, isNews) {
  const send = sends.takeEchoed(message);
  list.change();
  if (send) list.removeSend(send);
  if (isNews && message.seq > timeline.last && message.socket !== people.own) notice();
  if (timeline.items.length >= MOST && !list.stuck) timeline.detached = true;
  if (timeline.detached) timeline.skip(message.seq);
  else if (message.seq > timeline.first || message.seq > timeline.last) place(message);
}

function place(item) {
  list.change();
  const index = timeline.place(item.date ? withAvatar(item) : item);
  if (index >= 0) list.insert(timeline.items, index);
}

function restart(epoch = null) {
  timeline.reset(epoch);
  list.clear();
  list.toBottom();
  loading = 0;
  showTop();
}

function trim() {
  list.remove(timeline.dropOldest(NEWEST));
  showTop();
}

function loadOlder() {
  if (loading || isAtBeginning() || !session.joined) return;
  if (connection.send("history", { before: timeline.first, limit: PAGE })) loading = timeline.first;
  showTop();
}

/** Back at the end: what was let go meanwhile is asked for anew. */
function seen() {
  if (timeline.detached) {
    timeline.clear();
    list.clear();
    loading = 0;
    loadOlder();
  }
  if (document.hidden) return;
  unseen = 0;
  showUnseen();
}

function notice() {
  if (list.stuck && !document.hidden) return;
  unseen += 1;
  showUnseen();
}

function showUnseen() {
  $("newer").hidden = unseen === 0 || list.stuck;
  $("newer").textContent = `${plural(unseen, "new message", "new messages")} ↓`;
  document.title = `${unseen ? `(${unseen}) ` : ""}#${room}`;
}

function isAtBeginning() {
  return timeline.complete || timeline.first <= 1;
}

function showTop() {
  const beginning = timeline.first <= 1 ? `This is where #${room} begins.` : "Older messages are no longer kept.";
  $("top").textContent = loading ? "Loading older messages…" : isAtBeginning() && session.hasHistory ? beginning : "";
}

function announceSoon() {
  list.change();
  setTimeout(() => list.announce(session.joined), 1_000);
}

// MARK: Sending

function submit() {
  const box = $("message-box");
  const text = box.value.trimEnd();
  if (text.trim() === "" || excess(text) > 0) return;
  const send = sends.add(text);
  box.value = "";
  typed();
  showError("");
  if (session.joined) write(send);
  showSend(send);
  seen();
  list.toBottom();
}

function write(send) {
  if (connection.send("send", { message: send.text, id: send.id })) send.socket = people.own;
}

function retry(send) {
  tryAgain(send, people.own);
  if (session.joined) write(send);
  showError("");
  showSend(send);
}

function edit(send) {
  const box = $("message-box");
  sends.remove(send);
  list.removeSend(send);
  box.value = [send.text, box.value].filter((text) => text.trim()).join("\n");
  box.focus();
  showError("");
  typed();
}

function showSend(send) {
  const author = { ...people.me, socket: people.own };
  const previous = sends.list[sends.list.indexOf(send) - 1];
  list.change();
  list.showSend({ username: "", ...send, ...author }, send, previous ? { ...previous, ...author } : timeline.items.at(-1));
}

function showSends() {
  list.clearSends();
  sends.list.forEach(showSend);
}

/** By how many bytes of UTF-8 the text, or the frame that carries it, is over its limit. */
function excess(text) {
  const bytes = (string) => new TextEncoder().encode(string).length;
  const carried = frame("send", { message: text, id: "x".repeat(24) });
  return Math.max(bytes(text) - limits.text, bytes(carried) - limits.message);
}

function typed() {
  const text = $("message-box").value.trimEnd();
  const over = excess(text);
  const count = plural(Math.abs(over), "byte", "bytes");
  $("counter").textContent = over > 0 ? `${count} too long` : -over < limits.text / 5 ? `${count} left` : "";
  $("message-box").setAttribute("aria-invalid", over > 0);
  if (!text || !session.joined || Date.now() - told < TYPING_EVERY) return;
  told = Date.now();
  connection.send("typing");
}

// MARK: Members and names

function put(data) {
  const member = withAvatar(readMember(data));
  if (member) people.put(member);
}

function showOwnName(username) {
  if (document.activeElement !== $("name")) $("name").value = username;
}

function rename() {
  const username = $("name").value.trim();
  const isValid = username && [...username].length <= 40 && !/\p{Cc}/u.test(username);
  $("name-error").textContent = isValid ? "" : "A name has 1 to 40 characters.";
  if (!isValid) return;
  renaming = session.joined && connection.send("rename", { username });
  if (!renaming) remember("localStorage", NAME, username); // asked for on joining
  $("message-box").focus();
}

function togglePeople(open) {
  $("people").classList.toggle("open", open);
  $("toggle").setAttribute("aria-expanded", open);
  $("toggle").focus();
}

// MARK: The page

function listen(id, event, action) {
  $(id).addEventListener(event, action);
}

function pressed(event) {
  // An input method's Enter (229) ends a word, not a message.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
}

// Storage may be switched off; the chat works without.
function recall(storage, key) {
  try {
    return window[storage].getItem(key);
  } catch {
    return null;
  }
}

function remember(storage, key, value) {
  try {
    window[storage].setItem(key, value);
  } catch {}
}

function start() {
  const isOpen = () => $("people").classList.contains("open");
  listen("composer", "submit", (event) => (event.preventDefault(), submit()));
  listen("message-box", "input", typed);
  listen("message-box", "keydown", pressed);
  listen("rename-form", "submit", (event) => (event.preventDefault(), rename()));
  listen("retry", "click", () => connection.open());
  listen("dismiss", "click", () => (showError(""), $("message-box").focus()));
  listen("newer", "click", () => (list.toBottom(), seen(), $("message-box").focus()));
  listen("toggle", "click", () => togglePeople(!isOpen()));
  document.addEventListener("keydown", (event) => event.key === "Escape" && isOpen() && togglePeople(false));
  document.addEventListener("visibilitychange", () => list.stuck && seen());

  $("room").textContent = room;
  $("message-box").placeholder = `Write to #${room}`;
  showUnseen();
  if (!/^[\w.-]{1,64}$/.test(room)) return refuse("This is not a room's name.");
  if (!/^wss?:/.test(base)) return refuse("This is not a server's address.");
  connection.open();
}

function refuse(reason) {
  page.dataset.state = "closed";
  showStatus(reason);
}

start();
