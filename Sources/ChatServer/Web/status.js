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
