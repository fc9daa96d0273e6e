// A broadcast with node's ws, as its documentation has it; with a Redis port, of what is published there.
const { WebSocket, WebSocketServer } = require("ws");

const [port, redisPort] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: false });

function broadcast(data, isBinary) {
  for (const client of server.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
  }
}

server.on("connection", (socket) => {
  socket.on("error", console.error);
  if (!redisPort) socket.on("message", broadcast);
});

server.on("listening", async () => {
  if (redisPort) {
    const { createClient } = require("redis");
    const subscriber = createClient({ url: `redis://127.0.0.1:${redisPort}` });
    await subscriber.connect();
    await subscriber.subscribe("bench", (text) => broadcast(text, false));
  }
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
