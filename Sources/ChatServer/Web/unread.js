// What its reader hasn't seen yet: how much, and where it begins. Pure.

export class Unread {
  count = 0;
  /** The number of the message before which the line stands; null: there is none. */
  line = null;

  /** New messages of others. `isSeen`: they were put in before the reader's eyes. */
  arrived(messages, isSeen) {
    if (isSeen || messages.length === 0) return;
    // What is unread already begins further up; the line of what was read meanwhile moves.
    if (this.count === 0) this.line = messages[0].seq;
    this.count += messages.length;
  }

  /** The reader is at the end. The line stays, to be found. */
  seen() {
    this.count = 0;
  }

  /** Whoever writes has read. */
  written() {
    this.count = 0;
    this.line = null;
  }

  /** The rows are replaced by others. */
  cleared() {
    this.line = null;
  }

  /**
   * At the first history after the page was opened. `position` {epoch, seq} is the newest message that was seen on the
   * last visit; in another epoch the numbers mean nothing.
   */
  returned(messages, epoch, position, own) {
    if (position?.epoch !== epoch || !Number.isSafeInteger(position.seq)) return;
    this.line = messages.find((message) => message.seq > position.seq && message.socket !== own)?.seq ?? null;
  }
}
