// node_redis.js PORT SET|GET|ZADD DEPTH MILLISECONDS: node-redis, DEPTH commands in flight at once.
const redis = require("redis");
const { promisify } = require("util");

const [port, command, depth, milliseconds] = process.argv.slice(2).map((word) => (isNaN(word) ? word : Number(word)));
const KEY = "bench:string", SET = "bench:set", MEMBER = "member:0123456789", VALUE = "x".repeat(100);

// Version 4 speaks in promises; before that there were callbacks.
async function connect() {
  if (!redis.commandOptions) {
    const client = redis.createClient(port, "127.0.0.1");
    const call = (name) => promisify(client[name]).bind(client);
    const [set, get, zadd] = ["set", "get", "zadd"].map(call);
    return { set, get, zadd: (key, score, member) => zadd(key, score, member), end: () => client.quit() };
  }
  const client = redis.createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  return {
    set: (key, value) => client.set(key, value), get: (key) => client.get(key),
    zadd: (key, score, value) => client.zAdd(key, { score, value }), end: () => client.quit(),
  };
}

function one(client, number) {
  if (command === "SET") return client.set(KEY, VALUE);
  if (command === "GET") return client.get(KEY);
  return client.zadd(SET, number, MEMBER);
}

async function batch(client) {
  if (depth === 1) {
    for (let number = 0; number < 64; number++) await one(client, number);
    return 64;
  }
  const calls = [];
  for (let number = 0; number < depth; number++) calls.push(one(client, number));
  return (await Promise.all(calls)).length;
}

async function repeated(time, client) {
  const end = performance.now() + time;
  let count = 0;
  while (performance.now() < end) count += await batch(client);
  return count;
}

async function main() {
  const client = await connect();
  await client.set(KEY, VALUE);
  await repeated(milliseconds / 3, client);
  const began = performance.now(), before = process.cpuUsage();
  const count = await repeated(milliseconds, client);
  const cpu = process.cpuUsage(before);
  console.log(JSON.stringify({
    count, seconds: (performance.now() - began) / 1000, user: cpu.user / 1e6, system: cpu.system / 1e6,
  }));
  await client.end();
}

main();
