// Why a handshake failed, as far as a page can know: a script sees no status of a WebSocket's answer, but may ask for the
// same address once more in the ordinary way.

import { overHTTP } from "./address.js";

const PATIENCE = 4_000;
const LONGEST_RETRY = 60_000;

/**
 * {kind, isFinal, text, retry}: `isFinal` where another attempt would be refused as well, `text` the server's own words,
 * `retry` in ms. null: nobody answers, or nothing is known.
 *
 * Kinds: `request` (400: the name or the room), `origin` (403), `host` (421), `absent` (404: no chat is there),
 * `busy` (429, 5xx), `upgrade` (it answers, but not to a WebSocket) and `closed` (it answers, but this page may not read
 * what).
 */
export async function probe(server, query, request = (...all) => fetch(...all)) {
  const asked = new URLSearchParams(query);
  // It would only be logged; who asks is of no account here.
  asked.delete("token");
  const ask = (mode, method = "GET") => request(`${overHTTP(server)}/ws?${asked}`, {
    method, mode, cache: "no-store", credentials: "omit", redirect: "follow", signal: AbortSignal.timeout(PATIENCE),
  });
  try {
    const found = await verdict(await ask("cors"));
    if (found.kind !== "upgrade") return found;
    // With GET a browser doesn't say where a page of the same host comes from, with POST it does.
    const { status } = await ask("cors", "POST");
    return status === 403 ? { kind: "origin", isFinal: true, text: "" } : found;
  } catch {
    // Another host's answer can't be read, unless that host allows it; that there is one can be known.
  }
  if (new URL(overHTTP(server)).origin === globalThis.location?.origin) return null;
  return ask("no-cors").then(() => ({ kind: "closed", isFinal: false, text: "" }), () => null);
}

async function verdict(answer) {
  const text = (await answer.text()).trim().slice(0, 300);
  const kind = { 400: "request", 403: "origin", 421: "host", 404: "absent", 405: "absent", 410: "absent" }[answer.status];
  if (kind) return { kind, isFinal: true, text };
  if (answer.status === 429 || answer.status >= 500) {
    const seconds = Number(answer.headers.get("Retry-After"));
    return { kind: "busy", isFinal: false, text, retry: Math.min(LONGEST_RETRY, 1_000 * (seconds > 0 ? seconds : 0)) };
  }
  return { kind: "upgrade", isFinal: false, text };
}
