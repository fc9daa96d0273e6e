// Where the page is, and which server and room it is for.

/**
 * The server and room that an address (a URL) of the page names: {server: `wss://host[/base]`, or "" if there is none;
 * isOwn: whether that is where the page comes from; room}.
 */
export function readAddress(address) {
  const { searchParams } = new URL(address);
  const given = searchParams.get("server");
  const own = serverAddress(".", address);
  const server = given ? serverAddress(given, address) : own;
  return { server, isOwn: server === own, room: searchParams.get("room") || "lobby" };
}

/** The address of the page for a room, on its server or on the page's own; nothing of who one is stands in it. */
export function roomAddress(address, room, keepsServer = true) {
  const { origin, protocol, pathname, searchParams } = new URL(address);
  const server = keepsServer && searchParams.get("server");
  const query = new URLSearchParams({ room, ...(server && { server }) });
  return `${origin === "null" ? `${protocol}//` : origin}${pathname}?${query}`;
}

export function isRoom(room) {
  return /^[\w.-]{1,64}$/.test(room);
}

function serverAddress(given, address) {
  if (!URL.canParse(given, address) || (given !== "." && !URL.canParse(given))) return "";
  const { protocol, host, pathname } = new URL(given, address);
  const scheme = { "http:": "ws:", "https:": "wss:" }[protocol] ?? protocol;
  return /^wss?:$/.test(scheme) ? `${scheme}//${host}${pathname.replace(/\/+$/, "")}` : "";
}

/** `https://…` for `wss://…`. */
export function overHTTP(server) {
  return server.replace(/^ws/, "http");
}

export const here = globalThis.location ? readAddress(globalThis.location.href) : null;
