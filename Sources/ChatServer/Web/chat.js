// The chat's page: joins link, model and view, and speaks the server's topics.

import { Connection, frame, server } from "./connection.js";
import { Sends, Timeline, fail, readMessages, tryAgain } from "./model.js";
import { People, readMember } from "./people.js";
import { $, MessageList, plural, showStatus } from "./view.js";

const PAGE = 50; // messages asked for at once
const NEWEST = 500; // rows kept at the end of the log
const MOST = 3_000; // rows kept while reading further up
const TYPING_EVERY = 2_000;
const NAME = "chat.name";

const room = new URLSearchParams(location.search).get("room") || "lobby";
const TOKEN = `chat.token ${server} ${room}`;

const session = { welcome: null, resumed: false, hasHistory: false, joined: false };
const timeline = new Timeline();
const sends = new Sends();
const people = new People();
const list = new MessageList({ nearTop: loadOlder, bottom: seen, trim, retry, edit });
const connection = new Connection({ query: joinQuery, topic: onTopic, state: onState });
const page = document.documentElement;

let limits = { text: 8_192, message: 65_536 };
let loading = 0; // the number before which a page was asked for
let wanted = ""; // the name asked for, until the server has taken it
let unseen = 0;
let told = 0; // when we last said that we are typing
let countdown;

// MARK: Joining

function joinQuery() {
  const name = wanted || people.me?.username || stored("localStorage", NAME);
  const token = session.welcome?.token || stored("sessionStorage", TOKEN);
  const parameters = { room, name, token };
  if (timeline.last > 0) Object.assign(parameters, { epoch: timeline.epoch, after: timeline.last });
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
}

function endJoin(epoch) {
  session.joined = true;
  connection.joined();
  timeline.epoch = epoch;
  page.dataset.state = "joined";
  showStatus("");
  $("error").textContent = "";
  sends.resume(people.own, timeline).forEach(write);
  showSends();
  if (wanted) connection.send("rename", { username: wanted });
  announceSoon();
}

function onState(state, until) {
  clearInterval(countdown);
  session.joined = session.hasHistory = false;
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
    stored("sessionStorage", TOKEN, data.token);
    people.own = list.own = own.socket;
    limits = { ...limits, ...data.limits };
    showOwnName(own.username);
  },

  member_history: (data) => people.replace(data),

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

  member_add(data, { epoch }) {
    people.put(data);
    if (data?.socket === people.own && session.welcome && !session.joined) endJoin(epoch);
  },

  member_update(data) {
    people.put(data);
    if (data?.socket !== people.own) return;
    if (wanted) stored("localStorage", NAME, data.username);
    wanted = "";
    showOwnName(data.username);
  },

  member_delete: (socket) => people.remove(socket),

  member_count(count, { epoch }) {
    if (Number.isSafeInteger(count)) people.report(count);
    // Above the roster limit our `member_add` may be spared.
    if (session.hasHistory && !session.joined) endJoin(epoch);
  },

  messages(data, { epoch }) {
    const [message] = readMessages([data]);
    if (!message) return;
    if (epoch && message.seq > timeline.last) timeline.epoch = epoch;
    take(message, true);
    people.stopTyping(message.socket);
  },

  message_page(data) {
    const before = loading;
    loading = 0;
    // Rows were dropped or replaced meanwhile: the page would not join on.
    if (before !== timeline.first) return;
    announceSoon();
    list.keepingPosition(() => {
      const messages = readMessages(data?.messages);
      messages.forEach(place);
      timeline.complete = Boolean(data?.complete) || messages.length === 0;
      showTop();
    });
  },

  ack(data) {
    const send = sends.find(data?.id);
    if (!send) return;
    Object.assign(send, { state: "acknowledged", seq: data.seq, epoch: data.epoch });
    showSend(send);
  },

  typing: (socket) => people.startTyping(socket),

  gap(data) {
    const { from, to } = data ?? {};
    if (!Number.isSafeInteger(from) || !(to >= from)) return;
    place({ seq: from, to });
    sends.settle(timeline);
    showSends();
  },

  reset: (data) => restart(data?.epoch),

  reconnect(data) {
    if (data?.in >= 0) connection.comeBackIn(data.in);
  },

  error(data) {
    let text = String(data?.message || data?.code);
    const send = sends.find(data?.id);
    if (send) {
      fail(send, text);
      showSend(send);
      text = "A message was not sent.";
    } else if (wanted) {
      wanted = "";
      $("name-error").textContent = text;
      return;
    } else if (data?.code === "bad_request") return; // a topic that this server doesn't know
    loading = 0;
    $("error").textContent = text;
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
  if (message.seq > timeline.first || message.seq > timeline.last) place(message);
}

function place(item) {
  list.change();
  const index = timeline.place(item);
  if (index >= 0) list.insert(timeline.items, index);
}

function restart(epoch = null) {
  timeline.reset(epoch);
  list.clear();
  list.toBottom();
  loading = 0;
  showTop();
}

function trim(atBottom) {
  list.remove(timeline.dropOldest(atBottom ? NEWEST : MOST));
  showTop();
}

function loadOlder() {
  if (loading || isAtBeginning() || !session.joined || timeline.items.length >= MOST - PAGE) return;
  if (connection.send("history", { before: timeline.first, limit: PAGE })) loading = timeline.first;
}

function seen() {
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
  const end = timeline.first <= 1 ? `This is where #${room} begins.` : "Older messages are no longer kept.";
  $("top").textContent = isAtBeginning() && session.hasHistory ? end : "";
}

function announceSoon() {
  list.announce(false);
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
  if (session.joined) write(send);
  showSend(send);
  list.toBottom();
}

function write(send) {
  if (connection.send("send", { message: send.text, id: send.id })) send.socket = people.own;
}

function retry(send) {
  tryAgain(send, people.own);
  if (session.joined) write(send);
  $("error").textContent = "";
  showSend(send);
}

function edit(send) {
  const box = $("message-box");
  sends.remove(send);
  list.removeSend(send);
  box.value = [send.text, box.value].filter((text) => text.trim()).join("\n");
  box.focus();
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

/** By how many bytes of UTF-8 the text, or its frame, is over the limit. */
function excess(text) {
  const bytes = (string) => new TextEncoder().encode(string).length;
  const carried = frame("send", { message: text, id: "x".repeat(24) });
  return Math.max(bytes(text) - limits.text, bytes(carried) - limits.message);
}

function typed() {
  const text = $("message-box").value.trimEnd();
  const over = excess(text);
  $("error").textContent = "";
  const count = plural(Math.abs(over), "byte", "bytes");
  $("counter").textContent = over > 0 ? `${count} too long` : -over < limits.text / 5 ? `${count} left` : "";
  $("message-box").setAttribute("aria-invalid", over > 0);
  if (!text || !session.joined || Date.now() < told + TYPING_EVERY) return;
  told = Date.now();
  connection.send("typing");
}

// MARK: Members and names

function showOwnName(username) {
  if (document.activeElement !== $("name")) $("name").value = username;
}

function rename() {
  const username = $("name").value.trim();
  const isValid = username && [...username].length <= 40 && !/\p{Cc}/u.test(username);
  $("name-error").textContent = isValid ? "" : "A name has 1 to 40 characters.";
  if (!isValid) return;
  wanted = username;
  if (session.joined) connection.send("rename", { username });
  $("message-box").focus();
}

function togglePeople(open) {
  $("people").classList.toggle("open", open);
  $("toggle").setAttribute("aria-expanded", open);
  $("toggle").focus();
}

// MARK: The page

function pressed(event) {
  // An input method's Enter (229) ends a word, not a message.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
}

// Storage may be switched off; the chat works without.
function stored(storage, key, value) {
  try {
    if (value) window[storage].setItem(key, value);
    return window[storage].getItem(key);
  } catch {
    return null;
  }
}

function start() {
  const isOpen = () => $("people").classList.contains("open");
  const box = $("message-box");
  $("composer").onsubmit = () => (submit(), false);
  $("rename-form").onsubmit = () => (rename(), false);
  $("retry").onclick = () => (connection.open(), box.focus());
  $("newer").onclick = () => (list.toBottom(), seen(), box.focus());
  $("toggle").onclick = () => togglePeople(!isOpen());
  box.oninput = typed;
  box.onkeydown = pressed;
  document.addEventListener("keydown", (event) => event.key === "Escape" && isOpen() && togglePeople(false));
  document.addEventListener("visibilitychange", () => list.stuck && seen());

  $("room").textContent = room;
  box.placeholder = `Write to #${room}`;
  showUnseen();
  if (/^[\w.-]{1,64}$/.test(room) && /^wss?:/.test(server)) return connection.open();
  page.dataset.state = "closed";
  showStatus("This is not the address of a room.");
}

start();
