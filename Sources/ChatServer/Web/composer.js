// The message box: what is written, whether it fits, and Enter.

import { $, plural } from "./dom.js";
import { isBlank } from "./names.js";
import { measure } from "./text.js";

const LONGEST_DRAFT = 65_536;
const GROWS_BY_ITSELF = globalThis.CSS?.supports("field-sizing", "content");

/** Fingers on glass: there is no Shift, so Enter starts a new line and the button sends. */
const touch = matchMedia("(hover: none) and (pointer: coarse)");

export class Composer {
  #box = $("message-box");
  #on;
  #limits;
  #isTooLong = false;
  #isUsable = true;

  /**
   * `on`: submit(text), which tells whether it took the text; changed(text), after each change of it;
   * limit(level, words), how it stands to the limit.
   */
  constructor(limits, draft, on) {
    this.#limits = limits;
    this.#on = on;
    this.#box.value = draft ?? "";
    this.#box.oninput = () => this.#changed();
    this.#box.onkeydown = (event) => this.#pressed(event);
    $("composer").onsubmit = () => (this.submit(), false);
    touch.onchange = () => this.#nameEnter();
    this.#nameEnter();
    // Another width breaks the lines elsewhere.
    addEventListener("resize", () => this.#grow());
    this.measure();
  }

  /** Where there is no room to write to, what was written stays in the box. */
  set isUsable(isUsable) {
    this.#isUsable = isUsable;
    this.measure();
  }

  get isEmpty() {
    return this.#text === "";
  }

  get #text() {
    return this.#box.value.trimEnd();
  }

  submit() {
    const text = this.#text;
    if (isBlank(text) || this.#isTooLong || !this.#isUsable || !this.#on.submit(text)) return;
    this.#box.value = "";
    this.#changed();
  }

  /** Puts a text before what is being written. */
  add(text) {
    this.#box.value = [text, this.#box.value].filter((part) => part.trim()).join("\n");
    this.focus();
    this.#changed();
  }

  focus() {
    this.#box.focus();
  }

  #changed() {
    this.measure();
    this.#on.changed(this.#text, this.#box.value.slice(0, LONGEST_DRAFT));
  }

  /** To be called as well when the limits have changed. */
  measure() {
    const { over, left, isNear } = measure(this.#text, this.#limits());
    this.#isTooLong = over > 0;
    const words = over > 0
      ? `${plural(over, "character", "characters")} too long`
      : isNear ? `${plural(left, "character", "characters")} left` : "";
    if ($("counter").textContent !== words) $("counter").textContent = words;
    this.#on.limit(over > 0 ? "over" : isNear ? "near" : "", words);
    this.#box.setAttribute("aria-invalid", this.#isTooLong);
    $("send").disabled = this.#isTooLong || !this.#isUsable;
    this.#grow();
  }

  #grow() {
    if (GROWS_BY_ITSELF) return;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }

  #nameEnter() {
    this.#box.enterKeyHint = touch.matches ? "enter" : "send";
  }

  #pressed(event) {
    // An input method's Enter (229) ends a word, not a message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (touch.matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.submit();
  }
}
