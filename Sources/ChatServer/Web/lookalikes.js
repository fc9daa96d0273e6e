// Members whose names look alike are told apart by a bit of their ids. Pure.

import { lookAlike } from "./names.js";

export class Lookalikes {
  #keys = new Map(); // socket → how its name looks
  #sockets = new Map(); // how a name looks → all who bear such a one

  /** What to write behind a member's name: "" unless another one's looks like it. */
  tag(socket) {
    return this.#sockets.get(this.#keys.get(socket))?.size > 1 ? `·${socket.slice(0, 4)}` : "";
  }

  /** Each gives the others whose tags may have changed. */
  put({ socket, username }) {
    const left = this.remove(socket);
    const key = lookAlike(username);
    const all = this.#sockets.get(key) ?? new Set();
    const changed = all.size === 1 ? [...all] : [];
    this.#keys.set(socket, key);
    this.#sockets.set(key, all.add(socket));
    return [...left, ...changed];
  }

  remove(socket) {
    const key = this.#keys.get(socket);
    const all = this.#sockets.get(key);
    this.#keys.delete(socket);
    if (!all?.delete(socket)) return [];
    if (all.size === 0) this.#sockets.delete(key);
    return all.size === 1 ? [...all] : [];
  }

  replace(members) {
    this.#keys.clear();
    this.#sockets.clear();
    for (const member of members) this.put(member);
  }
}
