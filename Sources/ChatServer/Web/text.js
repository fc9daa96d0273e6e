// How long a text is: in bytes for the server, in characters for its writer. Pure.

const encoder = new TextEncoder();

/** The bytes of a text in UTF-8. */
export function byteCount(text) {
  return encoder.encode(text).length;
}

/** What the page says to the server. */
export function frame(topic, data) {
  return JSON.stringify({ topic, data });
}

/**
 * How a text stands to the server's limits (bytes: `text` of the text, `message` of the frame that carries it):
 * {over: characters too many, left: characters that still fit, about; isNear: whether that is worth saying}.
 */
export function measure(text, limits) {
  const bytes = byteCount(text);
  const excess = Math.max(bytes - limits.text, carriedBytes(text) - limits.message);
  if (excess > 0) return { over: charactersTooMany(text, limits), left: 0, isNear: true };
  const bytesEach = text ? bytes / characters(text).length : 1;
  return { over: 0, left: Math.floor(-excess / bytesEach), isNear: -excess < limits.text / 5 };
}

function carriedBytes(text) {
  return byteCount(frame("send", { message: text, id: "x".repeat(24) }));
}

/** What a reader takes for single characters, for instance an emoji of a whole family. */
function characters(text) {
  // Taking a very long text apart takes long, and nobody counts it.
  if (text.length > 100_000 || !globalThis.Intl?.Segmenter) return [...text];
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

// How many must go from the end until the rest fits.
function charactersTooMany(text, limits) {
  const all = characters(text);
  let [bytes, carried, fitting] = [0, carriedBytes(""), 0];
  for (const character of all) {
    bytes += byteCount(character);
    carried += byteCount(JSON.stringify(character)) - 2;
    if (bytes > limits.text || carried > limits.message) break;
    fitting += 1;
  }
  return all.length - fitting;
}
