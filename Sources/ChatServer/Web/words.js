// What is said about the link, and about those who refuse one. Pure.

const TRY_AGAIN_LATER = 1013; // IANA's registry of close codes

/** Why there is no link just now: the reason that a probe found, if any, and the close code. */
export function lossWords({ reason, code, hasBeenIn, isOffline }, place) {
  if (reason) return refusal(reason, place).text;
  if (isOffline) return "You are offline.";
  if (code === TRY_AGAIN_LATER) return "The server lets nobody in just now.";
  return hasBeenIn ? "Connection lost." : "Can’t reach the server.";
}

/** What to say when the server, or the way to it, refuses the page; {text, action: the button's label}. */
export function refusal({ kind, text = "" }, { server, room, origin }) {
  const host = server.replace(/^wss?:\/\//, "");
  const words = text && `“${text}” `;
  switch (kind) {
    case "request":
      return { text: `The server does not accept this request. ${words}`.trim(), action: "Try again" };
    case "origin":
      return {
        text: `The server at ${host} does not accept pages from ${origin}. Its operator can allow them (--origins).`,
        action: "Try again",
      };
    case "host":
      return {
        text: `The server does not answer to the name ${host}. ${words}Its operator can allow it (--hosts).`,
        action: "Try again",
      };
    case "absent":
      return { text: `There is no chat server at ${host}. Check the address.`, action: "Try again" };
    case "policy":
      return {
        text: `This page is not allowed to talk to ${host}: its own policy (connect-src) forbids it. `
          + "Open the chat at its own server's address, or ask whoever hosts this page to allow it.",
        action: "",
      };
    case "insecure":
      return {
        text: `This page came over https and may not talk to ${host} without encryption. Use wss:// or open it over http.`,
        action: "",
      };
    case "room":
      return { text: `“${room.slice(0, 80)}” is not the name of a room: 1 to 64 of A–Z, a–z, 0–9, ., _ and -.`, action: "" };
    case "server":
      return { text: `“${host || "server="}” is not the address of a server: wss://host, or ws://host:port.`, action: "" };
    case "upgrade":
    case "closed":
      return {
        text: `${host} answers, but does not let this page in. It may not accept pages from ${origin} (--origins) `
          + "or not answer to this name (--hosts), or a proxy on the way does not pass WebSockets on.",
        action: "Retry now",
      };
    case "busy":
      return { text: "The server is busy.", action: "Retry now" };
  }
  return { text: "Can’t reach the server.", action: "Retry now" };
}
