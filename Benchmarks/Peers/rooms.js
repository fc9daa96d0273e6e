// rooms.js PORT REDIS_PORT: the least of a chat in rooms with node's ws and node-redis. Each `send` is one ZADD and one
// PUBLISH; what is published goes to the room. No numbers, no acknowledgements, no rosters, nothing is mended.
const { randomUUID } = require("crypto");
const { WebSocket, WebSocketServer } = require("ws");
const { createClient } = require("redis");

const [port, redisPort] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: false });
const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
const subscriber = client.duplicate();
const rooms = new Map();

function broadcast(members, event) {
  for (const member of members) {
    if (member.readyState === WebSocket.OPEN) member.send(event, { binary: false });
  }
}

// A room's members, once what is published to it comes here.
function room(name) {
  if (!rooms.has(name)) {
    const members = new Set();
    // Bytes, so that no text is encoded again for each member.
    const subscribed = subscriber.subscribe(`chat:${name}`, (event) => broadcast(members, event), true);
    rooms.set(name, subscribed.then(() => members));
  }
  return rooms.get(name);
}

server.on("connection", async (socket, request) => {
  const name = new URL(request.url, "ws://localhost").searchParams.get("room");
  const person = { socket: randomUUID(), username: "Somebody", avatar: "/avatars/somebody.svg" };
  socket.on("error", console.error);
  socket.on("message", async (text) => {
    const { id, message } = JSON.parse(text).data;
    const date = Date.now();
    const event = JSON.stringify({ topic: "messages", data: { id, date, ...person, message } });
    await Promise.all([
      client.zAdd(`chat:${name}:messages`, { score: date, value: event }), client.publish(`chat:${name}`, event),
    ]);
  });
  const members = await room(name);
  members.add(socket);
  socket.on("close", () => members.delete(socket));
  socket.send(JSON.stringify({ topic: "member_add", data: person }));
});

server.on("listening", async () => {
  await Promise.all([client.connect(), subscriber.connect()]);
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
