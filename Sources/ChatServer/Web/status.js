// The line that says how the link stands, and the one for what went wrong.

import { $, setText } from "./dom.js";

// The seconds are seen, but not read aloud one by one.
export function showStatus(text, countdown = "", action = "") {
  setText("status", text);
  setText("countdown", countdown);
  $("retry").textContent = action;
  $("retry").hidden = !action;
}

const stateWords = { joined: "Connected", connecting: "Connecting" };

/** How the link stands: joined, connecting, lost, closed or refused. */
export function showState(name) {
  document.documentElement.dataset.state = name;
  const words = stateWords[name] ?? "Not connected";
  setText("link", words);
  $("dot").title = words;
}

let clearing;

/** Reads words aloud, and takes them away again: whoever looks around later must not find them. */
export function say(words) {
  clearTimeout(clearing);
  setText("announcer", words);
  clearing = setTimeout(() => setText("announcer", ""), 5_000);
}

let passing = "";
let lasting = "";

/** A word about what just happened; the next thing the user does takes it away. */
export function showError(text) {
  passing = text;
  setText("error", passing || lasting);
}

/** A word about how things stand, as long as they do. */
export function showTrouble(text) {
  lasting = text;
  setText("error", passing || lasting);
}

/** What to say when the server, or the way to it, refuses the page; {text, action: the button's label}. */
export function refusal({ kind, text = "" }, { server, room, origin }) {
  const host = server.replace(/^wss?:\/\//, "");
  const words = text && `“${text}” `;
  switch (kind) {
    case "request":
      return { text: `The server does not accept this request. ${words}`.trim(), action: "Try again" };
    case "origin":
      return {
        text: `The server at ${host} does not accept pages from ${origin}. Its operator can allow them (--origins).`,
        action: "Try again",
      };
    case "host":
      return {
        text: `The server does not answer to the name ${host}. ${words}Its operator can allow it (--hosts).`,
        action: "Try again",
      };
    case "absent":
      return { text: `There is no chat server at ${host}. Check the address.`, action: "Try again" };
    case "policy":
      return {
        text: `This page is not allowed to talk to ${host}: its own policy (connect-src) forbids it. `
          + "Open the chat at its own server's address, or ask whoever hosts this page to allow it.",
        action: "",
      };
    case "insecure":
      return {
        text: `This page came over https and may not talk to ${host} without encryption. Use wss:// or open it over http.`,
        action: "",
      };
    case "room":
      return { text: `“${room.slice(0, 80)}” is not the name of a room: 1 to 64 of A–Z, a–z, 0–9, ., _ and -.`, action: "" };
    case "server":
      return { text: `“${host || "server="}” is not the address of a server: wss://host, or ws://host:port.`, action: "" };
    case "upgrade":
    case "closed":
      return {
        text: `${host} answers, but does not let this page in. It may not accept pages from ${origin} (--origins) `
          + "or not answer to this name (--hosts), or a proxy on the way does not pass WebSockets on.",
        action: "Retry now",
      };
    case "busy":
      return { text: "The server is busy.", action: "Retry now" };
  }
  return { text: "Can’t reach the server.", action: "Retry now" };
}
