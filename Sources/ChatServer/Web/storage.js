// What outlives the page: in the tab (a reload) or in the browser. It may be switched off or full; the page works without.

const VERSION = 1;

/** The value of a key, or null. `area`: "sessionStorage" or "localStorage". */
export function read(area, key) {
  try {
    return globalThis[area].getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a text; an empty one takes the key away. Gives whether that went well. */
export function write(area, key, value) {
  try {
    if (value) globalThis[area].setItem(key, value);
    else globalThis[area].removeItem(key);
    return true;
  } catch {
    return false;
  }
}

/** What belongs to one room on one server, in this tab. */
export class RoomStorage {
  #server;
  #room;

  constructor(server, room) {
    this.#server = server;
    this.#room = room;
  }

  #key(what) {
    return `chat.${what} ${this.#server} ${this.#room}`;
  }

  get(what) {
    return read("sessionStorage", this.#key(what));
  }

  set(what, text) {
    return write("sessionStorage", this.#key(what), text);
  }

  getData(what) {
    try {
      const { version, data } = JSON.parse(this.get(what)) ?? {};
      return version === VERSION ? data : null;
    } catch {
      return null;
    }
  }

  setData(what, data) {
    return this.set(what, JSON.stringify({ version: VERSION, data }));
  }
}
