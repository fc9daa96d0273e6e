// Copying from the log: a line for each message that says who wrote it and when, as in a transcript. By itself a
// browser puts a row's name, text and time together without anything between them.

import { $ } from "./dom.js";

export function copyAsTranscript() {
  document.addEventListener("copy", (event) => {
    // What is marked in a field is none of the document's selection, which may be there beside it.
    if (event.target.selectionStart !== event.target.selectionEnd) return;
    const selection = getSelection();
    if (selection.isCollapsed || selection.rangeCount === 0) return;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode($("messages")) || isWithinOneText(range)) return;
    const lines = [...$("messages").querySelectorAll(".message, .gap")].flatMap((row) => rowLines(row, range));
    // A selection of the whole page is one of what was said: the page's own words are of no use elsewhere.
    if (lines.length === 0) return;
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  });
}

function isWithinOneText(range) {
  const { commonAncestorContainer: node } = range;
  return Boolean((node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(".text"));
}

function rowLines(row, range) {
  if (!range.intersectsNode(row)) return [];
  if (!row.matches(".message")) return [selected(row, range)].filter(Boolean);
  const day = row.querySelector(".day");
  const text = selected(row.querySelector(".text"), range);
  const heading = day && selected(day, range) ? [day.textContent] : [];
  if (!text) return heading;
  // A name, and perhaps the tag that tells it from another.
  const name = Array.from(row.querySelector(".name").childNodes, (part) => part.textContent).join(" ");
  // What is not kept yet has a word for its state in the place of the time.
  const time = row.querySelector("time, .state")?.textContent ?? "";
  return [...heading, `${name} ${time}: ${text}`];
}

/** What of an element's text the range holds. */
function selected(element, range) {
  if (!range.intersectsNode(element)) return "";
  const part = document.createRange();
  part.selectNodeContents(element);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset);
  return part.toString();
}
