// Who is here: the roster, sorted, oneself first, and who is typing. A change touches one row.

import { $, element, language } from "./dom.js";
import { Lookalikes } from "./lookalikes.js";
import { avatar, nameOf } from "./row.js";
import { lowerBound } from "./timeline.js";

const TYPING_SHOWN = 4_000;

const collator = new Intl.Collator(language);

export class People {
  #members = new Map();
  #sorted = [];
  #typing = new Map();
  #lookalikes = new Lookalikes();
  #tagged; // called with each member whose tag may have changed
  own = null; // our socket id

  constructor(tagged) {
    this.#tagged = tagged;
  }

  /** What tells a member from another whose name looks alike. */
  tag(socket) {
    return this.#lookalikes.tag(socket);
  }

  replace(members) {
    this.#members = new Map(members);
    this.#lookalikes.replace(members.values());
    this.#sorted = [...this.#members.values()].sort((a, b) => this.#compare(a, b));
    $("members").replaceChildren(...this.#sorted.map((member) => this.#row(member)));
  }

  put(member) {
    this.#take(member.socket);
    const changed = this.#lookalikes.put(member);
    const index = this.#place(member);
    this.#members.set(member.socket, member);
    $("members").insertBefore(this.#row(member), this.#sorted[index]?.row ?? null);
    this.#sorted.splice(index, 0, member);
    [...changed, member.socket].forEach((socket) => this.#retag(socket));
  }

  remove(socket) {
    this.#take(socket);
    this.#lookalikes.remove(socket).forEach((other) => this.#retag(other));
    this.stopTyping(socket);
  }

  /** How many there are: the server's number where it no longer names everybody, else 0. */
  report(count) {
    const all = Math.max(count, this.#members.size);
    for (const place of document.querySelectorAll(".count")) place.textContent = all.toLocaleString(language);
    const unnamed = all - this.#members.size;
    $("more").textContent = unnamed ? `and ${unnamed} more` : "";
  }

  startTyping(socket) {
    if (socket === this.own) return;
    clearTimeout(this.#typing.get(socket));
    this.#typing.set(socket, setTimeout(() => this.stopTyping(socket), TYPING_SHOWN));
    this.#showTyping();
  }

  stopTyping(socket) {
    clearTimeout(this.#typing.get(socket));
    if (this.#typing.delete(socket)) this.#showTyping();
  }

  #showTyping() {
    const names = [...this.#typing.keys()].map((socket) => this.#members.get(socket)?.username).filter(Boolean);
    const who = names.length > 2 ? "Several people" : names.join(" and ");
    const words = who && `${who} ${names.length > 1 ? "are" : "is"} typing…`;
    $("typing").textContent = $("typing").title = words;
  }

  #retag(socket) {
    const row = this.#members.get(socket)?.row;
    if (row) row.querySelector(".tag").textContent = this.tag(socket);
    this.#tagged(socket);
  }

  #take(socket) {
    const member = this.#members.get(socket);
    if (!member) return;
    this.#sorted.splice(this.#place(member), 1);
    this.#members.delete(socket);
    member.row.remove();
  }

  #place(member) {
    return lowerBound(this.#sorted, (other) => this.#compare(other, member) < 0);
  }

  #compare(a, b) {
    const ownFirst = (b.socket === this.own) - (a.socket === this.own);
    return ownFirst || collator.compare(a.username, b.username) || (a.socket < b.socket ? -1 : +(a.socket > b.socket));
  }

  #row(member) {
    const row = (member.row = element("li"));
    row.dataset.socket = member.socket;
    row.append(avatar(member.avatar), nameOf(member));
    row.append(element("span", "tag", this.tag(member.socket)));
    if (member.socket === this.own) row.append(element("span", "you", "you"));
    row.classList.toggle("own", member.socket === this.own);
    return row;
  }
}
