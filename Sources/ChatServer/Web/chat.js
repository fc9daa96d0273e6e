// The chat's page: joins link, room, messages under way and what is seen.

import { here, isRoom, roomAddress } from "./address.js";
import { Announcer } from "./announcer.js";
import { Calls } from "./calls.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { copyAsTranscript } from "./copying.js";
import { $, plural, setText } from "./dom.js";
import { Identity } from "./identity.js";
import { Naming } from "./naming.js";
import { People } from "./people.js";
import { probe } from "./probe.js";
import { Reading } from "./reading.js";
import { Room } from "./room.js";
import { MessageList } from "./scroll.js";
import { Sending } from "./sending.js";
import { say, showError, showState, showStatus } from "./status.js";
import { RoomStorage, read, write } from "./storage.js";
import { wakings } from "./wakings.js";
import { lossWords, refusal } from "./words.js";

const NEWEST = 500; // rows kept at the end of the log
const MOST = 3_000; // rows kept while reading further up
const LONGEST = 10_000; // rows kept so that those being read stay
const TYPING_EVERY = 2_000;
const TOO_BIG = 1009; // RFC 6455 §7.4.1
const LOST_HISTORY = "Earlier messages are gone: the server no longer has them.";

const { server, room: roomName } = here;
const CALLS = "chat.calls";

const storage = new RoomStorage(server, roomName);
const identity = new Identity(storage, server, roomName);
const room = new Room();
const people = new People((socket) => list.retag(socket));
const calls = new Calls(roomName);
const connection = new Connection(server, { query: joinQuery, topic: onTopic, state: onState, probe: askWhy });
const naming = new Naming(here, (username) => room.isJoined && connection.send("rename", { username }));
const list = new MessageList({
  nearTop: loadOlder, trim,
  moved: (isAtBottom) => reading.moved(isAtBottom),
  again: (send) => sending.again(send),
  edit: (send) => composer.add(sending.discard(send)),
  discard: (send) => sending.discard(send),
});
const reading = new Reading({ room, list, key: `chat.seen ${server} ${roomName}`, title: `#${roomName}` });
list.tag = (socket) => people.tag(socket);
const sending = new Sending({ room, connection, list, storage });
const announcer = new Announcer(say, plural);
const limit = (level, words) => announcer.limit(level, words);
const composer = new Composer(() => room.limits, storage.get("draft"), { submit, changed: typed, limit });

let state = "";
let hasBeenIn = false;
let historyIsLost = false; // once, since the page was opened
let isLostNow = false; // within this join
let told = 0; // when we last said that we are typing
let countdown;

// MARK: Joining

function joinQuery() {
  const { last, epoch } = room.timeline;
  const parameters = { room: roomName, name: naming.toAskFor(room.me?.username), token: identity.token };
  if (last > 0) Object.assign(parameters, { epoch, after: last });
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
}

function onState({ name, until, code, reason }) {
  clearInterval(countdown);
  room.lose();
  list.announce(false);
  showState(name);
  if (code === TOO_BIG) sending.tooBig();
  if (name === "closed") sending.takenOver();
  else sending.linkLost();
  // What was lost is said once, not anew with each attempt.
  if (name === "connecting" && state === "lost") setText("countdown", " Trying again…");
  else if (name === "connecting") showStatus("Connecting…");
  state = name;
  if (name === "closed") showStatus("This chat was opened in another window.", "", "Use it here");
  if (name === "refused") showRefusal(reason);
  if (name === "closed" || name === "refused") announcer.ended($("status").textContent);
  if (name !== "lost") return;
  showLost(until, code, reason);
  announcer.lost($("status").textContent);
  countdown = setInterval(() => showLost(until, code, reason), 1_000);
}

function showLost(until, code, reason) {
  const seconds = Math.max(1, Math.ceil((until - performance.now()) / 1_000));
  const words = lossWords({ reason, code, hasBeenIn, isOffline: navigator.onLine === false }, place());
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

async function askWhy(query) {
  return naming.handshakeFailed(query.get("name"), await probe(server, query));
}

// MARK: What the server says

function onTopic(event) {
  for (const change of room.take(event)) changes[change.kind]?.(change);
}

/** By the kinds that `Room.take` gives. */
const changes = {
  welcome({ member, token }) {
    identity.take(token).then(showTwin);
    people.own = list.own = member.socket;
    naming.welcomed(member.username);
    composer.measure();
  },

  joined() {
    connection.joined();
    showState("joined");
    showStatus("");
    $("lobby").hidden = true;
    if (!hasBeenIn) reading.showLine();
    hasBeenIn = true;
    naming.joined();
    sending.joined(isLostNow && !room.isResumed);
    isLostNow = false;
    announceSoon();
  },

  log({ placed, heard, news }) {
    heard.forEach((message) => people.stopTyping(message.socket));
    list.change();
    list.insert(placed, room.timeline);
    if (!hasBeenIn && !room.isJoined) reading.returned(placed);
    if (document.hidden || !document.hasFocus()) calls.heard(news, room.me?.username);
    reading.heard(news);
    announcer.heard(news.length);
    showTop();
    sending.heard(heard);
  },

  page({ placed, heard }) {
    announceSoon();
    list.keepingPosition(() => {
      list.insert(placed, room.timeline);
      showTop();
      reading.showLine();
    });
    sending.heard(heard);
  },

  gap({ from, to, placed }) {
    list.change();
    list.insert(placed, room.timeline);
    sending.skipped(from, to);
  },

  cleared({ isLost }) {
    list.clear();
    list.toBottom();
    reading.cleared();
    historyIsLost ||= isLost;
    isLostNow ||= isLost;
    if (isLost) showError(LOST_HISTORY);
    showTop();
  },

  members: () => (people.replace(room.members), showCount()),
  member: ({ member }) => (people.put(member), showCount()),
  left: ({ socket }) => (people.remove(socket), showCount()),
  count: showCount,
  typing: ({ socket }) => people.startTyping(socket),
  renamed: ({ username }) => (naming.taken(username), sending.show()),
  acknowledged: ({ data }) => sending.acknowledged(data),
  failed: ({ data }) => sending.failed(data),
  leaving: ({ milliseconds }) => connection.comeBackIn(milliseconds),

  error({ data }) {
    if (naming.failed(data)) return;
    if (data.code === "bad_request" || data.code === "unknown_topic") return; // a topic this server doesn't know
    showError(String(data.message || data.code));
  },
};

function showCount() {
  people.report(room.count);
}

// MARK: The log

function trim(atBottom) {
  const { length } = room.timeline.items;
  // What is being read stays, whatever arrives below it.
  const most = length > MOST ? Math.min(LONGEST, Math.max(MOST, length - list.rowsAbove)) : MOST;
  list.remove(room.timeline.dropOldest(atBottom ? NEWEST : most));
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
  setTimeout(() => {
    list.announce(room.isJoined);
    if (room.isJoined) announcer.joined();
  }, 1_000);
}

// MARK: What its user does

function submit(text) {
  if (!sending.add(text)) return false;
  reading.written();
  return true;
}

function typed(text, draft) {
  storage.set("draft", draft);
  showError("");
  if (!text || !room.isJoined || performance.now() < told + TYPING_EVERY) return;
  told = performance.now();
  connection.send("typing");
}

function rename() {
  if (naming.ask($("name").value)) composer.focus();
}

function togglePeople(open) {
  $("people").classList.toggle("open", open);
  $("toggle").setAttribute("aria-expanded", open);
  // Into the members, which cover all else where this button is seen, and back.
  (open ? $("people") : $("toggle")).focus();
}

async function copyLink() {
  const address = roomAddress(location.href, roomName);
  const isCopied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
  // Without a clipboard (a page that came unencrypted) it can at least be marked and copied by hand.
  setText("link-note", isCopied ? "Copied." : address);
}

async function turnCalls(isOn) {
  setText("calls-note", await calls.turn(isOn));
  write("localStorage", CALLS, isOn ? "on" : "");
  $("calls").setAttribute("aria-pressed", isOn);
}

// MARK: The page

function showTwin() {
  const words = "You are in this room in another tab as well; here you are somebody else.";
  setText("twin", identity.isSecond ? words : "");
}

function listen() {
  const isOpen = () => $("people").classList.contains("open");
  $("rename-form").onsubmit = () => (rename(), false);
  $("retry").onclick = () => (connection.open(), composer.focus());
  $("newer").onclick = () => (list.toBottom(), reading.seen(), composer.focus());
  $("toggle").onclick = () => togglePeople(!isOpen());
  // What was written to a room that can't be goes along.
  $("lobby").onclick = () => {
    const lobby = new RoomStorage(server, "lobby");
    if (!isRoom(roomName) && !lobby.get("draft")) lobby.set("draft", $("message-box").value);
  };
  $("copy-link").onclick = copyLink;
  $("calls").onclick = () => turnCalls(!calls.isOn);
  document.addEventListener("pointerdown", () => calls.prepareSound());
  document.addEventListener("keydown", (event) => {
    calls.prepareSound();
    if (event.key === "Escape" && isOpen()) togglePeople(false);
  });
  document.addEventListener("visibilitychange", () => list.stuck && reading.seen());
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
    // Nothing but the chat's own server is ever asked: each further attempt would be forbidden as well.
    if (effectiveDirective === "connect-src") connection.refuse({ kind: "policy" });
  });
}

async function start() {
  listen();
  copyAsTranscript();
  setText("room", roomName);
  $("room").parentElement.title = `#${roomName}`;
  $("message-box").placeholder = `Write to #${roomName}`;
  $("server").hidden = here.isOwn || !server;
  setText("server", `on ${server.replace(/^wss?:\/\//, "")}`);
  $("server").title = server;
  calls.isOn = read("localStorage", CALLS) === "on";
  $("calls").setAttribute("aria-pressed", calls.isOn);
  reading.show();
  // With a touch screen it would bring up the keyboard.
  if (!matchMedia("(pointer: coarse)").matches) composer.focus();
  if (!server || !isRoom(roomName)) {
    composer.isUsable = false;
    return connection.refuse({ kind: server ? "room" : "server" });
  }
  sending.restore(await identity.claim());
  wakings(() => connection.wake());
  connection.open();
}

start();
