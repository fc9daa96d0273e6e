// What a screen reader is told about the link and about the length of a text: little, and each thing once. What is seen
// changes with every attempt and every key. Pure: `say` reads the words aloud.

export class Announcer {
  #say;
  #plural;
  #hasBeenIn = false;
  #isLost = false;
  #end = "";
  #news = 0;
  #limit = "";

  constructor(say, plural) {
    this.#say = say;
    this.#plural = plural;
  }

  /** There is no link. Told once until there is one again, however often it is tried. */
  lost(words) {
    if (!this.#isLost) this.#say(words);
    this.#isLost = true;
    this.#end = "";
  }

  /** There is no link, and it is not tried again: whoever heard of the loss must hear of this as well. */
  ended(words) {
    if (this.#end !== words) this.#say(words);
    this.#isLost = true;
    this.#end = words;
  }

  /** So many messages of others have come. */
  heard(count) {
    if (this.#isLost) this.#news += count;
  }

  /** There is a link, and what was said meanwhile has come. */
  joined() {
    const words = this.#hasBeenIn ? "Connected again" : "Connected";
    const news = this.#news ? `, ${this.#plural(this.#news, "new message", "new messages")}` : "";
    if (this.#isLost) this.#say(`${words}${news}.`);
    this.#hasBeenIn = true;
    this.#isLost = false;
    this.#end = "";
    this.#news = 0;
  }

  /** How a text stands to the limit: "" (far from it), "near" or "over". Told when that changes, not at each key. */
  limit(level, words) {
    if (level && level !== this.#limit) this.#say(words);
    this.#limit = level;
  }
}
