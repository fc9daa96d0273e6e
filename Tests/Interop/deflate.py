"""Offers of permessage-deflate (RFC 7692), and a strict look at what the server makes of them."""

import itertools
import zlib
from collections.abc import Iterator

from websockets.asyncio.client import ClientConnection
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Opcode

END_OF_MESSAGE = b"\x00\x00\xff\xff"


def offers() -> Iterator[tuple[str, dict]]:
    """Every way of offering: both ways of starting anew for each message, with every window of either side.

    Not every window with every other, which would be 360 ways and tell no more.
    """
    for server_anew, client_anew in itertools.product([False, True], repeat=2):
        # `client_max_window_bits` without a value leaves the choice to the server; left out, it forbids it one.
        windows = [(None, None), (None, True), (9, 9), (15, 15)]
        windows += [(bits, True) for bits in range(9, 16)] + [(None, bits) for bits in range(9, 16)]
        for server_bits, client_bits in windows:
            offer = {
                "server_no_context_takeover": server_anew,
                "client_no_context_takeover": client_anew,
                "server_max_window_bits": server_bits,
                "client_max_window_bits": client_bits,
            }
            words = [name if value is True else f"{name}={value}" for name, value in offer.items() if value]
            yield "; ".join(words) or "nothing asked for", offer


class Offer(ClientPerMessageDeflateFactory):
    """An offer with parameters of the test's own, in place of those that the library would write."""

    def __init__(self, parameters: list[tuple[str, str | None]]):
        super().__init__()
        self.parameters = parameters

    def get_request_params(self):
        return self.parameters


# RFC 7692 §7.1: an offer with an unknown parameter, a wrong value or a parameter twice is declined.
BAD_OFFERS = [
    [("window", None)],
    [("server_no_context_takeover", "1")],
    [("client_no_context_takeover", "true")],
    [("server_max_window_bits", None)],
    [("server_max_window_bits", "7")],
    [("server_max_window_bits", "16")],
    [("server_max_window_bits", "010")],
    [("server_max_window_bits", "ten")],
    [("client_max_window_bits", "7")],
    [("client_max_window_bits", "16")],
    [("client_max_window_bits", "09")],
    [("client_max_window_bits", None), ("client_max_window_bits", "10")],
    [("server_no_context_takeover", None), ("server_no_context_takeover", None)],
]


class Watch:
    """Decodes what the server compresses once more, with a window no larger than was agreed.

    zlib itself doesn't mind a reference that reaches too far back as long as it still has the bytes. So it is given
    so little room for each step that it has no more of them than the window.
    """

    STEP = 64

    def __init__(self, connection: ClientConnection):
        self.extension: PerMessageDeflate = connection.protocol.extensions[0]
        # How many bytes each message took, and whether it came compressed.
        self.messages: list[tuple[int, bool]] = []
        self._decoder = None
        self._usual = self.extension.decode
        # The connection calls this for every frame.
        self.extension.decode = self._decode

    def _decode(self, frame, *, max_size=None):
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT:
                self.messages.append((0, frame.rsv1))
                if self._decoder is None or self.extension.remote_no_context_takeover:
                    self._decoder = zlib.decompressobj(wbits=-self.extension.remote_max_window_bits)
            size, is_compressed = self.messages[-1]
            self.messages[-1] = (size + len(frame.data), is_compressed)
            if is_compressed:
                self._inflate(bytes(frame.data) + (END_OF_MESSAGE if frame.fin else b""))
        return self._usual(frame, max_size=max_size)

    def _inflate(self, data: bytes) -> None:
        for start in range(0, len(data), 256):
            # zlib.error: the reference reaches further back than the window.
            self._decoder.decompress(data[start : start + 256], self.STEP)
            while rest := self._decoder.unconsumed_tail:
                self._decoder.decompress(rest, self.STEP)
