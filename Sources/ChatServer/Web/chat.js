// The chat's page: joins link, room, messages under way and what is seen.

import { here, isRoom, roomAddress } from "./address.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { $, plural, setText } from "./dom.js";
import { People } from "./people.js";
import { probe } from "./probe.js";
import { Room } from "./room.js";
import { MessageList } from "./scroll.js";
import { Sends } from "./sends.js";
import { refusal, showError, showStatus, showTrouble } from "./status.js";
import { RoomStorage, read, write } from "./storage.js";
import { wakings } from "./wakings.js";

const NEWEST = 500; // rows kept at the end of the log
const MOST = 3_000; // rows kept while reading further up
const TYPING_EVERY = 2_000;
const TOO_BIG = 1009; // RFC 6455 §7.4.1

const { server, room: roomName } = here;
const NAME = `chat.name ${server}`;

const now = () => ({ steady: performance.now(), wall: Date.now() });
const storage = new RoomStorage(server, roomName);
const room = new Room();
const sends = new Sends();
const people = new People();
const list = new MessageList({ nearTop: loadOlder, moved, trim, again, edit, discard });
const composer = new Composer(() => room.limits, storage.get("draft"), { submit, changed: typed });
const connection = new Connection(server, { query: joinQuery, topic: onTopic, state: onState, probe: askWhy });
const page = document.documentElement;

let wanted = ""; // the name asked for, until the server has taken it
let leftOut = ""; // a name that the server does not take, or may not: the next attempt is made without
let state = "";
let hasBeenIn = false;
let unseen = 0;
let told = 0; // when we last said that we are typing
let countdown;
let pumping;

// MARK: Joining

function joinQuery() {
  const name = wanted || room.me?.username || ownName();
  const token = room.welcome?.token || storage.get("token");
  const parameters = { room: roomName, name: name === leftOut ? "" : name, token };
  const { last, epoch } = room.timeline;
  if (last > 0) Object.assign(parameters, { epoch, after: last });
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
}

function onState({ name, until, code, reason }) {
  clearInterval(countdown);
  room.lose();
  list.announce(false);
  page.dataset.state = name;
  if (code === TOO_BIG) refuseTooBig();
  if (name === "closed") sends.takenOver(now());
  else sends.linkLost();
  showSends();
  // What was lost is said once, not anew with each attempt.
  if (name === "connecting" && state === "lost") setText("countdown", " Trying again…");
  else if (name === "connecting") showStatus("Connecting…");
  state = name;
  if (name === "closed") showStatus("This chat was opened in another window.", "", "Use it here");
  if (name === "refused") showRefusal(reason);
  if (name !== "lost") return;
  showLost(until, reason);
  countdown = setInterval(() => showLost(until, reason), 1_000);
}

function showLost(until, reason) {
  const seconds = Math.max(1, Math.ceil((until - performance.now()) / 1_000));
  const unreachable = hasBeenIn ? "Connection lost." : "Can’t reach the server.";
  const words = reason ? refusal(reason, place()).text : navigator.onLine === false ? "You are offline." : unreachable;
  showStatus(words, ` ${hasBeenIn ? "Reconnecting" : "Trying again"} in ${seconds} s…`, "Retry now");
}

function showRefusal(reason) {
  const { text, action } = refusal(reason, place());
  showStatus(text, "", action);
  // A way out: to a room that is one, or to the server that this page came from.
  const isElsewhere = reason.kind === "server" || reason.kind === "policy";
  $("lobby").hidden = !isElsewhere && reason.kind !== "room" && reason.kind !== "request";
  $("lobby").href = isElsewhere ? roomAddress(location.href, roomName, false) : roomAddress(location.href, "lobby");
  setText("lobby", isElsewhere ? "Open this page’s own chat" : "Go to the lobby");
}

function place() {
  return { server, room: roomName, origin: location.origin };
}

/** Why a handshake failed; a name that the server does not take is left out, and that is no reason to stay away. */
async function askWhy(query) {
  const reason = await probe(server, query);
  const name = query.get("name");
  if (!name || !["request", "closed"].includes(reason?.kind)) return reason;
  leftOut = name;
  // Not known to be the name: once we are in, the server says what it thinks of it.
  if (reason.kind === "closed") return (wanted = name), reason;
  refuseName(name, reason.text);
  return { kind: "request", isFinal: false, retry: 1 };
}

// MARK: What the server says

function onTopic(event) {
  for (const change of room.take(event)) changes[change.kind]?.(change);
}

const changes = {
  welcome({ member, token }) {
    storage.set("token", token);
    people.own = list.own = member.socket;
    leftOut = "";
    showOwnName(member.username);
    composer.measure();
  },

  joined() {
    connection.joined();
    hasBeenIn = true;
    page.dataset.state = "joined";
    showStatus("");
    $("lobby").hidden = true;
    sends.settle(room.timeline);
    if (wanted) connection.send("rename", { username: wanted });
    showSends();
    pump();
    announceSoon();
  },

  log({ placed, heard, news }) {
    heard.forEach((message) => people.stopTyping(message.socket));
    takeEchoes(heard);
    list.change();
    list.insert(placed, room.timeline);
    if (news.length > 0) notice(news.length);
    if (room.isJoined) sends.settle(room.timeline);
    showTop();
    showSends();
    pump();
  },

  page({ placed, heard }) {
    takeEchoes(heard);
    announceSoon();
    list.keepingPosition(() => {
      list.insert(placed, room.timeline);
      showTop();
    });
    showSends();
  },

  gap({ from, to, placed }) {
    list.change();
    list.insert(placed, room.timeline);
    sends.skipped(from, to);
    showSends();
    pump();
  },

  cleared({ isLost }) {
    list.clear();
    list.toBottom();
    historyIsLost ||= isLost;
    if (isLost) showError(LOST_HISTORY);
    showTop();
  },

  members: () => (people.replace(room.members), showCount()),
  member: ({ member }) => (people.put(member), showCount()),
  left: ({ socket }) => (people.remove(socket), showCount()),
  count: showCount,
  typing: ({ socket }) => people.startTyping(socket),

  renamed({ username }) {
    if (wanted) write("localStorage", NAME, username);
    wanted = "";
    $("name-error").textContent = "";
    showOwnName(username);
    showSends();
  },

  acknowledged({ data }) {
    if (!sends.acknowledged(data)) return;
    sends.settle(room.timeline);
    showSends();
    pump();
  },

  failed({ data }) {
    if (!sends.failed(data, now())) return;
    showSends();
    pump();
  },

  error({ data }) {
    if (wanted) return refuseName(wanted, String(data.message || data.code), data.retry);
    if (data.code === "bad_request" || data.code === "unknown_topic") return; // a topic this server doesn't know
    showError(String(data.message || data.code));
  },

  leaving: ({ milliseconds }) => connection.comeBackIn(milliseconds),
};

// MARK: The log

const LOST_HISTORY = "Earlier messages are gone: the server has started anew without them.";
let historyIsLost = false;

function trim(atBottom) {
  list.remove(room.timeline.dropOldest(atBottom ? NEWEST : MOST));
  showTop();
}

function loadOlder() {
  if (room.timeline.items.length >= MOST - 50) return;
  const request = room.olderRequest();
  if (request) connection.send("history", request);
}

function showTop() {
  const begins = historyIsLost ? LOST_HISTORY : `This is where #${roomName} begins.`;
  const end = room.timeline.first <= 1 ? begins : "Older messages are no longer kept.";
  setText("top", room.isAtBeginning && (room.hasHistory || historyIsLost) ? end : "");
}

function announceSoon() {
  list.announce(false);
  list.change();
  setTimeout(() => list.announce(room.isJoined), 1_000);
}

// MARK: What is unread

function moved(isAtBottom) {
  if (isAtBottom) seen();
  else showUnseen();
}

function seen() {
  if (document.hidden) return;
  unseen = 0;
  showUnseen();
}

function notice(count) {
  if (list.stuck && !document.hidden) return;
  unseen += count;
  showUnseen();
}

function showUnseen() {
  $("newer").hidden = unseen === 0 || list.stuck;
  setText("newer", `${plural(unseen, "new message", "new messages")} ↓`);
  document.title = `${unseen ? `(${unseen}) ` : ""}#${roomName}`;
}

// MARK: Sending

function submit(text) {
  const send = sends.add(text, now());
  if (!send) {
    showError("Too many messages are waiting. This one stays here until some of them have been sent.");
    return false;
  }
  showError("");
  showSends();
  list.toBottom();
  pump();
  return true;
}

/** Writes what is due, and comes back when something is due again. */
function pump() {
  clearTimeout(pumping);
  if (!room.isJoined) return;
  const send = sends.next(room.own, now());
  if (send && connection.send("send", { message: send.text, id: send.id })) sends.wrote(send, room.own, now());
  const pause = sends.pause(now());
  if (pause !== null) pumping = setTimeout(pump, Math.max(10, pause));
  showSends();
}

function takeEchoes(messages) {
  for (const message of messages) sends.echoed(message);
}

function again(send) {
  sends.again(send, now());
  showSends();
  list.toBottom();
  pump();
}

function edit(send) {
  discard(send);
  composer.add(send.text);
}

function discard(send) {
  sends.remove(send);
  showSends();
  pump();
}

// The link ended because of what was just written; written again, it would end the next one.
function refuseTooBig() {
  const send = sends.list.find((send) => send.state === "sending");
  if (send) sends.refuse(send, "It is too long for this server.");
}

function showSends() {
  storage.setData("sends", sends.list.length ? sends.saved(now()) : null);
  list.showSends(sends.list, { username: "", ...room.me, socket: room.own }, room.timeline.items.at(-1));
  const refused = sends.list.filter((send) => send.state === "refused").length;
  const doubtful = sends.list.filter((send) => send.isDoubtful).length;
  const words = [
    refused && `${refused === 1 ? "A message was" : plural(refused, "message was", "messages were")} not sent.`,
    doubtful && `${doubtful === 1 ? "A message" : plural(doubtful, "message", "messages")} may not have been sent.`,
  ];
  showTrouble(words.filter(Boolean).join(" "));
}

function typed(text, draft) {
  storage.set("draft", draft);
  showError("");
  if (!text || !room.isJoined || performance.now() < told + TYPING_EVERY) return;
  told = performance.now();
  connection.send("typing");
}

// MARK: Members and names

function ownName() {
  // Before names were kept for each server, this page's own had one for all.
  return read("localStorage", NAME) || (here.isOwn && read("localStorage", "chat.name")) || "";
}

function showOwnName(username) {
  if (document.activeElement !== $("name")) $("name").value = username;
}

function showCount() {
  people.report(room.count);
}

function isName(name) {
  return name && [...name].length <= 40 && !/\p{Cc}/u.test(name);
}

function rename() {
  const username = $("name").value.trim();
  $("name-error").textContent = isName(username) ? "" : "A name has 1 to 40 characters.";
  if (!isName(username)) return;
  wanted = username;
  if (room.isJoined) connection.send("rename", { username });
  composer.focus();
}

/** The server does not take a name; `retry` (ms): not now, but it may later. */
function refuseName(name, text, retry) {
  if (retry > 0) {
    setTimeout(() => wanted === name && room.isJoined && connection.send("rename", { username: name }), retry);
    return;
  }
  if (wanted === name) wanted = "";
  if (ownName() === name) for (const key of [NAME, "chat.name"]) write("localStorage", key, "");
  setText("name-error", `The server does not accept the name “${name}”. ${text}`.trim());
}

function togglePeople(open) {
  $("people").classList.toggle("open", open);
  $("toggle").setAttribute("aria-expanded", open);
  $("toggle").focus();
}

// MARK: The page

function listen() {
  const isOpen = () => $("people").classList.contains("open");
  $("rename-form").onsubmit = () => (rename(), false);
  $("retry").onclick = () => (connection.open(), composer.focus());
  $("newer").onclick = () => (list.toBottom(), seen(), composer.focus());
  $("toggle").onclick = () => togglePeople(!isOpen());
  document.addEventListener("keydown", (event) => event.key === "Escape" && isOpen() && togglePeople(false));
  document.addEventListener("visibilitychange", () => list.stuck && seen());
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
    // Nothing but the chat's own server is ever asked: each further attempt would be forbidden as well.
    if (effectiveDirective === "connect-src") connection.refuse({ kind: "policy" });
  });
}

function start() {
  listen();
  sends.restore(storage.getData("sends"), now());
  setText("room", roomName);
  $("message-box").placeholder = `Write to #${roomName}`;
  $("server").hidden = here.isOwn || !server;
  setText("server", `on ${server.replace(/^wss?:\/\//, "")}`);
  showUnseen();
  showSends();
  if (!server || !isRoom(roomName)) {
    composer.isUsable = false;
    return connection.refuse({ kind: server ? "room" : "server" });
  }
  wakings(() => connection.wake());
  connection.open();
}

start();
