// The chat's page: joins link, model and view, and speaks the server's topics.

import { Connection, frame } from "./connection.js";
import { MOST, NEWEST, Roster, Sends, Timeline, canRepeat, fail, readMember, readMessage, renew } from "./model.js";
import { $, MemberList, MessageList, plural, showError, showStatus } from "./view.js";

const PAGE = 50;
const TYPING_EVERY = 2_000;
const TYPING_SHOWN = 4_000;
const NAME_KEY = "chat.name";

const query = new URLSearchParams(location.search);
const room = query.get("room") || "lobby";
const base = serverBase();
const tokenKey = `chat.token ${base} ${room}`;

const timeline = new Timeline();
const roster = new Roster();
const sends = new Sends();
const session = { own: null, token: recall("sessionStorage", tokenKey), joined: false, resumed: false, welcome: null, history: false };
let limits = { text: 8_192, message: 65_536 };
let loading = 0; // the number before which a page was asked for
let renaming = false;
let unseen = 0;

const members = new MemberList(avatarUrl);
const list = new MessageList({ avatarUrl, onNearTop: loadOlder, onBottom: seen, onRetry: retry, onEdit: edit, trim });
const connection = new Connection({ address, onTopic, onState });

// MARK: Joining

function serverBase() {
  const given = query.get("server");
  if (given && !URL.canParse(given)) return "";
  const { protocol, host, pathname } = new URL(given || ".", location.href);
  const scheme = { "http:": "ws:", "https:": "wss:" }[protocol] ?? protocol;
  return `${scheme}//${host}${pathname.replace(/\/+$/, "")}`;
}

function address() {
  const own = roster.members.get(session.own)?.username;
  const parameters = { room, name: recall("localStorage", NAME_KEY) || own, token: session.token };
  if (timeline.last > 0) Object.assign(parameters, { epoch: timeline.epoch, after: timeline.last });
  const given = Object.entries(parameters).filter(([, value]) => value);
  return `${base}/ws?${new URLSearchParams(given)}`;
}

// Only what this server draws is asked for: no outside host, whatever a member's record says.
function avatarUrl(path) {
  return /^\/avatars\/[^/?#]+\.svg$/.test(path) ? base.replace(/^ws/, "http") + path : null;
}

function endJoin() {
  session.joined = true;
  connection.joined();
  timeline.epoch = session.welcome?.epoch ?? timeline.epoch;
  document.documentElement.dataset.state = "joined";
  showStatus("");
  showError("");
  for (const send of sends.resume(session.own, timeline)) write(send);
  showSends();
  list.change();
  setTimeout(() => list.announce(session.joined), 1_000);
}

// MARK: Topics

const topics = {
  welcome(data) {
    const own = readMember(data?.member);
    if (!own) return;
    session.resumed = own.socket === session.own;
    session.own = roster.own = list.own = own.socket;
    session.token = data.token;
    session.welcome = data;
    remember("sessionStorage", tokenKey, data.token);
    limits = { text: data.limits?.text ?? limits.text, message: data.limits?.message ?? limits.message };
    if (data.room) showRoom(data.room);
    showOwnName(own.username);
  },

  member_history(data) {
    roster.replace(Object.values(data ?? {}).map(readMember).filter(Boolean));
    members.replace(roster.sorted, session.own);
    showCount();
  },

  message_history(data, { epoch = session.welcome?.epoch }) {
    const messages = readMessages(data);
    const { seq: head = 0 } = session.welcome ?? {};
    if (!timeline.isContinuedBy(messages, { epoch, head, resumed: session.resumed })) restart(epoch);
    const isFirst = timeline.last === 0;
    timeline.epoch = epoch;
    session.history = true;
    for (const message of messages) take(message, !isFirst);
    if (timeline.first <= 1) timeline.complete = true;
    showTop();
  },

  member_add(data) {
    const member = readMember(data);
    if (!member) return;
    if (member.socket !== session.own) roster.reported = null;
    putMember(member);
    if (member.socket === session.own && !session.joined) endJoin();
  },

  member_update(data) {
    const member = readMember(data);
    if (!member) return;
    putMember(member);
    if (member.socket !== session.own) return;
    if (renaming) remember("localStorage", NAME_KEY, member.username);
    renaming = false;
    showOwnName(member.username);
  },

  member_delete(socket) {
    roster.reported = null;
    roster.remove(socket);
    members.remove(socket);
    typing.stop(socket);
    showCount();
  },

  member_count(count) {
    if (Number.isSafeInteger(count)) roster.reported = count;
    showCount();
    // Above the roster limit the own `member_add` may be spared as well.
    if (session.history && !session.joined) endJoin();
  },

  messages(data, { epoch }) {
    const message = readMessage(data);
    if (!message) return;
    if (timeline.contradicts(message)) restart(epoch);
    if (epoch && message.seq > timeline.last) timeline.epoch = epoch;
    take(message, true);
    typing.stop(message.socket);
  },

  message_page(data) {
    const before = loading;
    loading = 0;
    showTop();
    // Rows may have been dropped or replaced meanwhile; the page would not join on.
    if (before !== timeline.first) return;
    const messages = readMessages(data?.messages);
    list.announce(false);
    list.keepingPosition(() => {
      messages.forEach(place);
      timeline.complete = Boolean(data?.complete) || messages.length === 0 || timeline.first <= 1;
      // What is let go at the other end is fetched again on the way back.
      list.remove(timeline.dropNewest(MOST));
      showTop();
    });
    setTimeout(() => list.announce(session.joined), 1_000);
  },

  ack({ id, seq, epoch } = {}) {
    const send = sends.find(id);
    if (!send) return;
    Object.assign(send, { state: "acknowledged", seq, epoch });
    showSend(send);
  },

  typing(socket) {
    if (socket !== session.own) typing.start(socket);
  },

  gap({ from, to } = {}) {
    if (!Number.isSafeInteger(from) || !(to >= from)) return;
    if (timeline.detached) timeline.last = Math.max(timeline.last, to);
    else place({ seq: from, to });
    sends.settle(timeline);
    showSends();
  },

  reset(data, envelope) {
    restart(data?.epoch ?? envelope.epoch);
  },

  reconnect(data) {
    if (data?.in >= 0) connection.comeBackIn(data.in);
  },

  error(data) {
    const text = String(data?.message || data?.code || "Something went wrong.");
    const send = data?.id && sends.find(data.id);
    if (send) return failed(send, text);
    if (renaming) {
      renaming = false;
      $("name-error").textContent = text;
      return;
    }
    if (data?.code === "bad_request" && typing.isRefused()) return;
    loading = 0;
    showTop();
    showError(text);
  },
};

function onTopic({ topic, data, ...envelope }) {
  if (Object.hasOwn(topics, topic)) topics[topic](data, envelope);
}

// MARK: Messages

/** A message that belongs to the end of the log, or to a hole in it. */
function take(message, isNews) {
  const send = sends.match(message);
  if (send) {
    sends.remove(send);
    list.change();
    list.removeSend(send);
  }
  if (isNews && message.seq > timeline.last && message.socket !== session.own) notice();
  if (timeline.items.length >= MOST && !list.stuck) timeline.detached = true;
  if (timeline.detached) timeline.last = Math.max(timeline.last, message.seq);
  else if (message.seq > timeline.last || message.seq > timeline.first) place(message);
}

function place(item) {
  list.change();
  const index = timeline.place(item);
  if (index >= 0) list.insert(timeline.items, index);
}

function restart(epoch) {
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
  if (loading || timeline.complete || !session.joined || timeline.first <= 1) return;
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

function readMessages(data) {
  return (Array.isArray(data) ? data : []).map(readMessage).filter(Boolean);
}

function showTop() {
  const beginning = timeline.first <= 1 ? `This is where #${room} begins.` : "Older messages are no longer kept.";
  $("top").textContent = loading ? "Loading older messages…" : timeline.complete ? beginning : "";
}

// MARK: Sending

function submit() {
  const text = $("message-box").value.trimEnd();
  if (text.trim() === "" || excess(text) > 0) return;
  const send = sends.add(text);
  $("message-box").value = "";
  typed();
  showError("");
  if (session.joined) write(send);
  showSend(send);
  if (timeline.detached) seen();
  list.toBottom();
}

function write(send) {
  if (connection.send("send", { message: send.text, id: send.id })) send.socket = session.own;
}

function retry(send) {
  if (!canRepeat(send, session.own)) renew(send);
  Object.assign(send, { state: "sending", reason: "" });
  if (session.joined) write(send);
  $("message-box").focus();
  showError("");
  showSend(send);
}

function edit(send) {
  sends.remove(send);
  list.removeSend(send);
  const box = $("message-box");
  box.value = box.value.trim() ? `${send.text}\n${box.value}` : send.text;
  box.focus();
  typed();
}

function failed(send, reason) {
  fail(send, reason);
  showSend(send);
  showError("A message was not sent.");
}

function showSend(send) {
  const { username = "", avatar } = roster.members.get(session.own) ?? {};
  const index = sends.list.indexOf(send);
  const above = index > 0 ? { ...sends.list[index - 1], socket: session.own, username } : timeline.items.at(-1);
  list.change();
  list.showSend({ ...send, socket: session.own, username, avatar }, send, above);
}

function showSends() {
  list.change();
  list.clearSends();
  sends.list.forEach(showSend);
}

/** By how many bytes of UTF-8 the text, or the message that carries it, is over its limit. */
function excess(text) {
  const carried = bytes(frame("send", { message: text, id: "x".repeat(24) }));
  return Math.max(bytes(text) - limits.text, carried - limits.message);
}

function bytes(text) {
  return new TextEncoder().encode(text).length;
}

function typed() {
  const box = $("message-box");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
  const over = excess(box.value.trimEnd());
  const counter = $("counter");
  counter.textContent = over > 0 ? `${plural(over, "byte", "bytes")} too long` : -over < limits.text / 5 ? `${plural(-over, "byte", "bytes")} left` : "";
  counter.classList.toggle("over", over > 0);
  box.setAttribute("aria-invalid", String(over > 0));
  if (session.joined && box.value.trim()) typing.tell();
}

// MARK: Typing

const typing = {
  timers: new Map(),
  told: 0,
  understood: true,

  tell() {
    if (!this.understood || Date.now() - this.told < TYPING_EVERY) return;
    this.told = Date.now();
    connection.send("typing");
  },

  /** A server that doesn't know the topic answers with an error; it is left in peace from then on. */
  isRefused() {
    const refused = this.understood && !loading && Date.now() - this.told < TYPING_EVERY;
    if (refused) this.understood = false;
    return refused;
  },

  start(socket) {
    if (!roster.members.has(socket)) return;
    clearTimeout(this.timers.get(socket));
    this.timers.set(socket, setTimeout(() => this.stop(socket), TYPING_SHOWN));
    this.show();
  },

  stop(socket) {
    if (!this.timers.has(socket)) return;
    clearTimeout(this.timers.get(socket));
    this.timers.delete(socket);
    this.show();
  },

  show() {
    const names = [...this.timers.keys()].map((socket) => roster.members.get(socket)?.username).filter(Boolean);
    const many = names.length > 2 ? "Several people are typing…" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing…`;
    $("typing").textContent = names.length ? many : "";
  },
};

// MARK: Members and names

function putMember(member) {
  members.put(member, session.own, roster.put(member));
  showCount();
}

function showCount() {
  members.showCount(roster.count, roster.members.size);
}

function showOwnName(username) {
  if (document.activeElement !== $("name")) $("name").value = username;
}

function rename() {
  const username = $("name").value.trim();
  const problem = nameProblem(username);
  $("name-error").textContent = problem;
  if (problem) return;
  renaming = session.joined && connection.send("rename", { username });
  if (!renaming) remember("localStorage", NAME_KEY, username); // asked for on joining
  $("message-box").focus();
}

function nameProblem(name) {
  if (name === "") return "A name needs at least one character.";
  if ([...name].length > 40) return "A name has 40 characters at most.";
  return /\p{Cc}/u.test(name) ? "A name can't hold control characters." : "";
}

function togglePeople(open) {
  $("people").classList.toggle("open", open);
  $("toggle").setAttribute("aria-expanded", String(open));
}

// MARK: The connection's state

let countdown;

function onState(state, until) {
  clearInterval(countdown);
  if (state === "open") return;
  session.joined = session.history = false;
  loading = 0;
  renaming = false;
  list.announce(false);
  document.documentElement.dataset.state = state;
  if (state === "connecting") showStatus(session.welcome ? "Reconnecting…" : "Connecting…");
  if (state === "closed") showStatus("This chat was opened in another window.", "", "Use it here");
  if (state === "lost") {
    showLost(until);
    countdown = setInterval(() => showLost(until), 1_000);
  }
}

function showLost(until) {
  const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1_000));
  showStatus("Connection lost.", ` Reconnecting in ${seconds} s…`, "Retry now");
}

// MARK: The page

function showRoom(name) {
  $("room").textContent = name;
  $("message-box").placeholder = `Write to #${name}`;
}

function isTyping(event) {
  return event.isComposing || event.keyCode === 229; // an input method's Enter ends a word, not a message
}

function listen() {
  $("composer").addEventListener("submit", (event) => (event.preventDefault(), submit()));
  $("message-box").addEventListener("input", typed);
  $("message-box").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || isTyping(event)) return;
    event.preventDefault();
    submit();
  });
  $("rename-form").addEventListener("submit", (event) => (event.preventDefault(), rename()));
  $("retry").addEventListener("click", () => connection.open());
  $("dismiss").addEventListener("click", () => (showError(""), $("message-box").focus()));
  $("newer").addEventListener("click", () => (list.toBottom(), seen(), $("message-box").focus()));
  $("toggle").addEventListener("click", () => togglePeople(!$("people").classList.contains("open")));
  document.addEventListener("visibilitychange", () => list.stuck && seen());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !$("people").classList.contains("open")) return;
    togglePeople(false);
    $("toggle").focus();
  });
}

function start() {
  showRoom(room);
  showUnseen();
  listen();
  const wrong = !/^[\w.-]{1,64}$/.test(room) ? "This is not a room's name." : !/^wss?:/.test(base) ? "This is not a server's address." : "";
  if (!wrong) return connection.open();
  document.documentElement.dataset.state = "closed";
  showStatus(wrong);
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

start();
