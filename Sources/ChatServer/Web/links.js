// Where a text has links. Pure.

const ADDRESS = /https?:\/\/[^\s<>"]+/gi;
const PUNCTUATION = ".,;:!?'…。，、！？";
const PAIRS = { ")": "(", "]": "[", "}": "{" };

/** The text in pieces: {text}, or {text, href} where it is an address. */
export function pieces(text) {
  const all = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    if (!/^https?:\/\/[^/?#]/i.test(address)) continue;
    if (match.index > end) all.push({ text: text.slice(end, match.index) });
    all.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < text.length) all.push({ text: text.slice(end) });
  return all;
}

// A sentence's punctuation behind an address is none of it, nor is a bracket that was opened before it.
function trimmed(address) {
  const counts = {};
  for (const character of address) counts[character] = (counts[character] ?? 0) + 1;
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    const opening = PAIRS[last];
    if (!opening && !PUNCTUATION.includes(last)) break;
    if (opening && (counts[opening] ?? 0) >= counts[last]) break;
    counts[last] -= 1;
  }
  return address.slice(0, end);
}
