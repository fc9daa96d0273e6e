// What a member's name may hold, and which names look alike. No document, no socket.

/** Code points by what they are, as the server has them: a test compares both with one list. */
export const sets = {
  whiteSpace: [
    [0x9, 0xd], [0x20, 0x20], [0x85, 0x85], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029],
    [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000],
  ],
  ignorable: [
    [0xad, 0xad], [0x34f, 0x34f], [0x61c, 0x61c], [0x115f, 0x1160], [0x17b4, 0x17b5], [0x180b, 0x180f],
    [0x200b, 0x200f], [0x202a, 0x202e], [0x2060, 0x206f], [0x3164, 0x3164], [0xfe00, 0xfe0f], [0xfeff, 0xfeff],
    [0xffa0, 0xffa0], [0xfff0, 0xfffb], [0x1bca0, 0x1bca3], [0x1d173, 0x1d17a], [0xe0000, 0xe0fff],
  ],
  control: [
    [0x0, 0x1f], [0x7f, 0x9f], [0x2028, 0x2029],
  ],
  blank: [
    [0x2800, 0x2800], [0x1d159, 0x1d159],
  ],
  pictograph: [
    [0xa9, 0xa9], [0xae, 0xae], [0x203c, 0x203c], [0x2049, 0x2049], [0x2122, 0x2122], [0x2139, 0x2139],
    [0x2190, 0x21ff], [0x2300, 0x23ff], [0x24c2, 0x24c2], [0x25a0, 0x27bf], [0x2900, 0x297f], [0x2b00, 0x2bff],
    [0x3030, 0x3030], [0x303d, 0x303d], [0x3297, 0x3297], [0x3299, 0x3299], [0x1f000, 0x1faff],
  ],
  virama: [
    [0x94d, 0x94d], [0x9cd, 0x9cd], [0xa4d, 0xa4d], [0xacd, 0xacd], [0xb4d, 0xb4d], [0xbcd, 0xbcd], [0xc4d, 0xc4d],
    [0xccd, 0xccd], [0xd3b, 0xd3c], [0xd4d, 0xd4d], [0xdca, 0xdca], [0x1039, 0x103a], [0x17d2, 0x17d2],
  ],
  arabicLetter: [
    [0x620, 0x63f], [0x641, 0x64a], [0x66e, 0x66f], [0x671, 0x6d3], [0x6d5, 0x6d5], [0x6fa, 0x6fc], [0x750, 0x77f],
    [0x8a0, 0x8c9],
  ],
  ideograph: [
    [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xf900, 0xfaff], [0x20000, 0x3fffd],
  ],
};

const LONGEST = 40; // characters as a reader counts them
const LONGEST_IN_BYTES = 640;

const has = (set, point) => point !== undefined && sets[set].some(([first, last]) => first <= point && point <= last);
const isVisible = (point) => !["whiteSpace", "ignorable", "control", "blank"].some((set) => has(set, point));
const points = (text) => [...text].map((character) => character.codePointAt(0));

/** Whether a text shows nothing at all. */
export function isBlank(text) {
  return !points(text).some(isVisible);
}

/** The name without the white space around it, or null: 1 to 40 characters, something to see, nothing that hides. */
export function validName(text) {
  let all = points(text);
  const isShown = (point) => !has("whiteSpace", point);
  const first = all.findIndex(isShown);
  if (first < 0) return null;
  all = all.slice(first, all.findLastIndex(isShown) + 1);
  const name = String.fromCodePoint(...all.slice(0, LONGEST_IN_BYTES + 1));
  if (all.length > LONGEST_IN_BYTES || length(name) > LONGEST) return null;
  if (new TextEncoder().encode(name).length > LONGEST_IN_BYTES) return null;
  const isMark = (point) => /[\p{Mn}\p{Me}]/u.test(String.fromCodePoint(point));
  const isSeenAlone = (point) => isVisible(point) && !isMark(point);
  // A mark at the beginning would stand on whatever is shown before the name.
  return !isMark(all[0]) && all.some(isSeenAlone) && all.every((_, index) => isAllowed(index, all)) ? name : null;
}

// Where a browser can't count characters, the server does.
function length(name) {
  return Intl.Segmenter ? [...new Intl.Segmenter("en").segment(name)].length : 1;
}

// Invisible characters are allowed where a script or an emoji is written with them, and nowhere else.
function isAllowed(index, all) {
  const [previous, point, next] = [all[index - 1], all[index], all[index + 1]];
  if (has("control", point)) return false;
  if (!has("ignorable", point)) return true;
  const isBetween = (first, last) => first <= point && point <= last;
  if (point === 0x200d) {
    const joinsEmoji = has("pictograph", previous) || previous === 0xfe0f;
    return (joinsEmoji && has("pictograph", next)) || has("virama", previous);
  }
  if (point === 0x200c) return (has("arabicLetter", previous) && has("arabicLetter", next)) || has("virama", previous);
  if (point === 0xfe0e || point === 0xfe0f) {
    const isKey = previous < 0x80 && "0123456789#*".includes(String.fromCodePoint(previous)) && next === 0x20e3;
    return has("pictograph", previous) || isKey;
  }
  if (isBetween(0xfe00, 0xfe02) || isBetween(0xe0100, 0xe01ef)) return has("ideograph", previous);
  if (isBetween(0x180b, 0x180d) || point === 0x180f) return previous >= 0x1820 && previous <= 0x1878;
  return isBetween(0xe0020, 0xe007f) && isFlag(index, all);
}

// The tags of a flag, such as Scotland's: a black flag, tags, and the one that ends them.
function isFlag(index, all) {
  const isTag = (point) => point >= 0xe0020 && point <= 0xe007e;
  let start = index - 1;
  while (start >= 0 && index - start <= 8 && isTag(all[start])) start -= 1;
  const end = all.slice(index).find((point) => !isTag(point));
  return all[start] === 0x1f3f4 && end === 0xe007f && all[start + 1] !== 0xe007f;
}

// Letters of other scripts that are drawn like Latin ones, and what is drawn like them: the common part of Unicode's
// list of confusable characters (UTS #39), after folding case and width.
const drawnAlike = new Map(
  Object.entries({
    a: "аαɑ", b: "ьƅ", c: "сϲ", d: "ԁ", e: "еєҽ", g: "ɡ", h: "һ", i: "іι1lӏ|ı", j: "ј", k: "кκ", m: "м", n: "ո", o: "оοօ0σ",
    p: "рρ", q: "ԛ", r: "г", s: "ѕ", t: "тτ", u: "υս", v: "νѵ", w: "ԝω", x: "хχ", y: "уγү", z: "ᴢ", "'": "’‘ʼ`´", "-": "‐‑‒–—−",
  }).flatMap(([plain, others]) => [...others].map((other) => [other, plain])),
);

/** Names with the same key can be taken for one another. */
export function lookAlike(name) {
  const shown = [...name.normalize("NFKC").toLowerCase()].map((character) => {
    const point = character.codePointAt(0);
    if (has("whiteSpace", point)) return " ";
    return isVisible(point) ? (drawnAlike.get(character) ?? character) : "";
  });
  return shown.join("").replace(/ +/g, " ").trim();
}
