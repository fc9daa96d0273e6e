/* decoding ok|integer|message|range MILLISECONDS: hiredis' reader with its reply objects, fed 16 KiB at a time. */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

enum { CHUNK = 16 * 1024, STREAM = 2000000 };

struct load {
    redisReader *reader;
    char *stream;
    size_t length;
};

static void fail(const char *words) {
    fprintf(stderr, "hiredis: %s\n", words);
    exit(1);
}

static long decode(void *context) {
    struct load *load = context;
    long count = 0;
    for (size_t start = 0; start < load->length; start += CHUNK) {
        size_t left = load->length - start;
        redisReaderFeed(load->reader, load->stream + start, left < CHUNK ? left : CHUNK);
        for (;;) {
            void *reply;
            if (redisReaderGetReply(load->reader, &reply) != REDIS_OK) fail(load->reader->errstr);
            if (!reply) break;
            if (((redisReply *)reply)->type == REDIS_REPLY_ERROR) fail("an error came out of good bytes");
            freeReplyObject(reply);
            count++;
        }
    }
    return count;
}

static size_t sample(const char *kind, char *out) {
    char text[201];
    memset(text, 'x', 200);
    text[200] = 0;
    if (strcmp(kind, "ok") == 0) return (size_t)sprintf(out, "+OK\r\n");
    if (strcmp(kind, "integer") == 0) return (size_t)sprintf(out, ":1234567\r\n");
    if (strcmp(kind, "message") == 0)
        return (size_t)sprintf(out, "*3\r\n$7\r\nmessage\r\n$12\r\nchannel:news\r\n$200\r\n%s\r\n", text);
    if (strcmp(kind, "range") != 0) fail("ok, integer, message or range");
    size_t length = (size_t)sprintf(out, "*100\r\n");
    for (int element = 0; element < 100; element++) length += (size_t)sprintf(out + length, "$200\r\n%s\r\n", text);
    return length;
}

int main(int argc, char **argv) {
    if (argc != 3) fail("ok|integer|message|range MILLISECONDS");
    static char one[32 * 1024];
    size_t length = sample(argv[1], one), count = STREAM / length;
    struct load load = {.reader = redisReaderCreate(), .stream = malloc(count * length), .length = count * length};
    for (size_t number = 0; number < count; number++) memcpy(load.stream + number * length, one, length);
    meter_run(atoi(argv[2]) / 1000.0, decode, &load, (double)length);
    redisReaderFree(load.reader);
    free(load.stream);
    return 0;
}
