"""redis_py.py PORT SET|GET|ZADD DEPTH MILLISECONDS: redis-py, whose pipeline holds DEPTH commands."""

import json
import resource
import sys
import time

import redis

STRING_KEY, SET_KEY, MEMBER, VALUE = "bench:string", "bench:set", "member:0123456789", "x" * 100


def add(target, command, number):
    if command == "SET":
        return target.set(STRING_KEY, VALUE)
    if command == "GET":
        return target.get(STRING_KEY)
    return target.zadd(SET_KEY, {MEMBER: number})


def batch(client, command, depth):
    if depth == 1:
        for number in range(64):
            add(client, command, number)
        return 64
    pipeline = client.pipeline(transaction=False)
    for number in range(depth):
        add(pipeline, command, number)
    return len(pipeline.execute())


def repeated(seconds, client, command, depth):
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += batch(client, command, depth)
    return count


def main():
    port, command, depth, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) / 1000
    client = redis.Redis(port=port)
    client.set(STRING_KEY, VALUE)
    repeated(seconds / 3, client, command, depth)
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    count = repeated(seconds, client, command, depth)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "count": count, "seconds": took, "user": after.ru_utime - before.ru_utime,
        "system": after.ru_stime - before.ru_stime}))


main()
