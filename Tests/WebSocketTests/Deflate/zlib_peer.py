"""The other side of the tests: zlib, as Python has it.

    zlib_peer.py deflate FILE   writes streams that zlib deflated, with the messages they stand for
    zlib_peer.py inflate FILE   reads streams and checks that zlib inflates them to their messages
    zlib_peer.py judge FILE     reads payloads and writes what zlib makes of each

Numbers are 32 bits, little-endian. A stream is: window bits, takeover (0 or 1), count of messages; then for each
message its length, its bytes, the payload's length, the payload.
"""

import random
import struct
import sys
import zlib

TAIL = b"\x00\x00\xff\xff"


def number(value):
    return struct.pack("<I", value)


def blob(data):
    return number(len(data)) + data


def read_blob(file):
    (size,) = struct.unpack("<I", file.read(4))
    return file.read(size)


def corpora():
    rng = random.Random(7692)
    words = [
        "chat", "message", "room", "sent", "joined", "people", "the", "and", "hello", "näh", "日本", "ok", "🙂"]
    text = " ".join(rng.choice(words) + str(rng.randrange(40)) for _ in range(9000)).encode()
    chat = []
    for index in range(12):
        body = " ".join(rng.choice(words) for _ in range(rng.randrange(3, 60)))
        chat.append(
            ('{"type":"message","room":"lobby","id":"%d-0","author":{"id":"%016x","name":"%s"},"text":"%s"}'
             % (1700000000000 + index, rng.getrandbits(64), rng.choice(words), body)).encode())
    yield "chat", chat
    yield "short", [b"", b"a", b"ab", b"abc", b"aaaa", b"", b"abcabcabc", bytes(range(256)), b"x" * 300]
    yield "text", [text[:30000], text[20000:36000], text[:100]]
    yield "random", [rng.randbytes(n) for n in (1, 7, 200, 5000, 66000)]
    yield "runs", [b"\0" * 34000, b"ab" * 5000, b"xyz" * 900, b"q" * 258, b"q" * 259, b"\xff" * 3]
    yield "mixed", [bytes(min(255, int(rng.expovariate(0.05))) for _ in range(5000)), rng.randbytes(300) * 40]


def deflate(file):
    strategies = [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]
    settings = [(level, zlib.Z_DEFAULT_STRATEGY, 15, 8) for level in range(10)]
    settings += [(6, strategy, 15, 8) for strategy in strategies[1:]]
    settings += [(6, zlib.Z_DEFAULT_STRATEGY, bits, 9) for bits in range(9, 15)]
    settings += [(9, zlib.Z_DEFAULT_STRATEGY, 9, 1)]
    for _, messages in corpora():
        for level, strategy, bits, memory in settings:
            for takeover in (0, 1):
                file.write(number(bits) + number(takeover) + number(len(messages)))
                peer = None
                for message in messages:
                    if peer is None or not takeover:
                        peer = zlib.compressobj(level, zlib.DEFLATED, -bits, memory, strategy)
                    payload = peer.compress(message) + peer.flush(zlib.Z_SYNC_FLUSH)
                    if not payload.endswith(TAIL):
                        # Nothing to flush: an empty message right behind another.
                        payload = b"\x00" + TAIL
                    file.write(blob(message) + blob(payload[:-4]))


def inflate(file):
    count = 0
    while head := file.read(12):
        bits, takeover, messages = struct.unpack("<III", head)
        peer = None
        for index in range(messages):
            message, payload = read_blob(file), read_blob(file)
            if peer is None or not takeover:
                peer = zlib.decompressobj(-bits)
            got = peer.decompress(payload + TAIL)
            if got != message or peer.eof or peer.unused_data or peer.unconsumed_tail:
                sys.exit("window %d, takeover %d: message %d differs" % (bits, takeover, index))
            count += 1
    print(count)


def judge(file):
    """For each payload a byte, and what it inflated to.

    The byte is 1 if zlib takes all of it and is between two blocks then, 2 if it stops at a final block, else 0.
    """
    out = sys.stdout.buffer
    while head := file.read(4):
        payload = file.read(struct.unpack("<I", head)[0])
        peer = zlib.decompressobj(-15)
        got, good = b"", 1
        try:
            got = peer.decompress(payload + TAIL)
            # Only between two blocks does a final empty block end the stream.
            if peer.eof:
                good = 2
            else:
                peer.decompress(b"\x03\x00")
                good = int(peer.eof and not peer.unused_data)
        except zlib.error:
            good = 0
        out.write(bytes([good]) + blob(got if good == 1 else b""))


if __name__ == "__main__":
    mode, path = sys.argv[1:]
    with open(path, "wb" if mode == "deflate" else "rb") as stream:
        {"deflate": deflate, "inflate": inflate, "judge": judge}[mode](stream)
