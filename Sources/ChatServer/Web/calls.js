// One's name called in a message: a notification and a sound, for whoever asked for them.

/** Scripts that put no space between words: there a name may stand anywhere. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** Whether a text holds the name as words of their own, in whatever case. */
export function isCalled(text, name) {
  const wanted = [...(name?.trim() ?? "")];
  if (wanted.length === 0) return false;
  const escaped = wanted.join("").replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const before = UNSPACED.test(wanted[0]) ? "" : "(?<![\\p{L}\\p{N}_])";
  const after = UNSPACED.test(wanted.at(-1)) ? "" : "(?![\\p{L}\\p{N}_])";
  return new RegExp(before + escaped + after, "iu").test(text);
}

export class Calls {
  #room;
  #sound = null;
  isOn = false;

  constructor(room) {
    this.#room = room;
  }

  /** To be called from a click: browsers let only its user make a page heard. Gives what to tell about it. */
  async turn(isOn) {
    this.isOn = isOn;
    if (!isOn) return "";
    this.prepareSound();
    if (!globalThis.Notification) return "This browser shows no notifications; there will be a sound.";
    const permission = await Notification.requestPermission();
    return permission === "granted" ? "" : "Notifications are blocked in this browser; there will be a sound.";
  }

  /** After a reload a page may sound only once its user has done something. */
  prepareSound() {
    if (!this.isOn) return;
    this.#sound ??= globalThis.AudioContext ? new AudioContext() : null;
    this.#sound?.resume().catch(() => {});
  }

  /** New messages of others, while the page is not looked at. */
  heard(messages, name) {
    if (!this.isOn) return;
    const message = messages.findLast(({ text }) => isCalled(text, name));
    if (!message) return;
    this.#ring();
    this.#notify(message);
  }

  #notify({ username, text }) {
    if (globalThis.Notification?.permission !== "granted") return;
    try {
      const shown = new Notification(`${username} in #${this.#room}`, {
        body: text.slice(0, 200), tag: `chat ${this.#room}`,
      });
      shown.onclick = () => (globalThis.focus(), shown.close());
    } catch {
      // On Android a page may not, only a service worker.
    }
  }

  // Two short tones.
  #ring() {
    if (this.#sound?.state !== "running") return;
    const begin = this.#sound.currentTime;
    for (const [index, frequency] of [660, 880].entries()) {
      const [tone, volume] = [this.#sound.createOscillator(), this.#sound.createGain()];
      const [start, end] = [begin + index * 0.16, begin + index * 0.16 + 0.15];
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.12, start);
      volume.gain.exponentialRampToValueAtTime(0.001, end);
      tone.connect(volume).connect(this.#sound.destination);
      tone.start(start);
      tone.stop(end);
    }
  }
}
