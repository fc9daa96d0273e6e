/* commands PORT SET|GET|ZADD DEPTH MILLISECONDS format|argv: hiredis, DEPTH commands in flight. */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

enum command { SET, GET, ZADD };

struct load {
    redisContext *redis;
    enum command command;
    int depth;
    int by_argv;
    char value[101];
};

static const char *string_key = "bench:string", *set_key = "bench:set", *member = "member:0123456789";

static void fail(const char *words) {
    fprintf(stderr, "hiredis: %s\n", words);
    exit(1);
}

static void append_formatted(struct load *load, int number) {
    switch (load->command) {
    case SET: redisAppendCommand(load->redis, "SET %s %s", string_key, load->value); break;
    case GET: redisAppendCommand(load->redis, "GET %s", string_key); break;
    case ZADD: redisAppendCommand(load->redis, "ZADD %s %d %s", set_key, number, member); break;
    }
}

static void append_argv(struct load *load, int number) {
    char score[16];
    switch (load->command) {
    case SET:
        redisAppendCommandArgv(load->redis, 3, (const char *[]){"SET", string_key, load->value},
                               (size_t[]){3, strlen(string_key), 100});
        break;
    case GET:
        redisAppendCommandArgv(load->redis, 2, (const char *[]){"GET", string_key}, (size_t[]){3, strlen(string_key)});
        break;
    case ZADD: {
        size_t length = (size_t)snprintf(score, sizeof score, "%d", number);
        redisAppendCommandArgv(load->redis, 4, (const char *[]){"ZADD", set_key, score, member},
                               (size_t[]){4, strlen(set_key), length, strlen(member)});
        break;
    }
    }
}

static void check(const struct load *load, const redisReply *reply) {
    switch (load->command) {
    case SET:
        if (reply->type != REDIS_REPLY_STATUS || strcmp(reply->str, "OK") != 0) fail("SET was not answered with OK");
        break;
    case GET:
        if (reply->type != REDIS_REPLY_STRING || reply->len != 100) fail("GET did not find the value");
        break;
    case ZADD:
        if (reply->type != REDIS_REPLY_INTEGER) fail("ZADD was not answered with a number");
        break;
    }
}

static long batch(struct load *load) {
    for (int number = 0; number < load->depth; number++) {
        if (load->by_argv) append_argv(load, number);
        else append_formatted(load, number);
    }
    for (int number = 0; number < load->depth; number++) {
        void *reply;
        if (redisGetReply(load->redis, &reply) != REDIS_OK) fail(load->redis->errstr);
        check(load, reply);
        freeReplyObject(reply);
    }
    return load->depth;
}

/* At least 64 commands, so that looking at the clock costs nothing. */
static long round_of(void *context) {
    long count = 0;
    while (count < 64) count += batch(context);
    return count;
}

int main(int argc, char **argv) {
    if (argc != 6) fail("PORT SET|GET|ZADD DEPTH MILLISECONDS format|argv");
    struct load load = {
        .redis = redisConnect("127.0.0.1", atoi(argv[1])),
        .command = strcmp(argv[2], "SET") == 0 ? SET : strcmp(argv[2], "GET") == 0 ? GET : ZADD,
        .depth = atoi(argv[3]),
        .by_argv = strcmp(argv[5], "argv") == 0,
    };
    if (!load.redis || load.redis->err) fail("no connection");
    memset(load.value, 'x', 100);
    freeReplyObject(redisCommand(load.redis, "SET %s %s", string_key, load.value));
    meter_run(atoi(argv[4]) / 1000.0, round_of, &load, 0);
    redisFree(load.redis);
    return 0;
}
