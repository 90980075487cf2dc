# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client of the xDS server that writes its frames itself, and a transport that keeps what it is given."""

from hpack import Decoder, Encoder

from xds_server import http2_frames as h2
from xds_server.grpc_call import Call
from xds_server.http2 import Connection
from xds_server.http2_frames import DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PREFACE, SETTINGS, frame


class Transport:
    """Keeps what is written; the test says when the peer reads no more."""

    def __init__(self):
        self.written = bytearray()
        self.is_aborted = False
        self.is_closed = False

    def get_extra_info(self, name):
        return ("10.0.0.1", 4711) if name == "peername" else None

    def write(self, data):
        self.written += data

    def writelines(self, parts):
        for part in parts:
            self.written += part

    def close(self):
        self.is_closed = True

    def abort(self):
        self.is_aborted = True


class Service:
    """Keeps what a call tells."""

    def __init__(self, call):
        self.call = call
        self.messages = []
        self.ends = []
        call.listen(self)

    def message_received(self, message):
        self.messages.append(message)

    def half_closed(self):
        self.ends.append("half_closed")

    def drained(self):
        self.ends.append("drained")

    def closed(self):
        self.ends.append("closed")


class Peer:
    """A client and the server's end of its connection."""

    def __init__(self, max_streams=10, greet=True, **more):
        self.transport = Transport()
        self.services = []
        self.is_lost = False
        self.encoder, self.decoder = Encoder(), Decoder()
        self.connection = Connection(
            self._opened,
            max_streams=max_streams,
            made=lambda _: None,
            lost=lambda _: setattr(self, "is_lost", True),
            **more,
        )
        self.connection.connection_made(self.transport)
        self.greeting = self.read()
        if greet:
            self.send(PREFACE + frame(SETTINGS, 0, 0))
            self.read()

    def _opened(self, stream, headers):
        self.headers = headers
        self.services.append(Service(Call(stream, headers)))

    def send(self, data):
        self.connection.data_received(data)

    def block(self, **more):
        headers = {":method": "POST", ":scheme": "http", ":path": "/s/m", "te": "trailers", **more}
        return self.encoder.encode(list(headers.items()))

    def call(self, number=1, **more):
        self.send(frame(HEADERS, END_HEADERS, number, self.block(**more)))
        return self.services[-1]

    def say(self, message, number=1, flags=0):
        self.send(frame(DATA, flags, number, grpc(message)))

    def read(self):
        """All frames that were written since the last time: kind, flags, stream, payload."""
        data, frames = bytes(self.transport.written), []
        self.transport.written.clear()
        while data:
            high, low, kind, flags, number = h2.FRAME.unpack_from(data)
            length = high << 16 | low
            frames.append((kind, flags, number, data[9 : 9 + length]))
            assert len(frames[-1][3]) == length
            data = data[9 + length :]
        return frames

    def data(self):
        return b"".join(payload for kind, _, _, payload in self.read() if kind == DATA)

    def status(self):
        """Of the call that ended: its trailers."""
        (ended,) = (payload for kind, flags, _, payload in self.read() if kind == HEADERS and flags & END_STREAM)
        fields = dict(self.decoder.decode(ended))
        return int(fields["grpc-status"]), fields.get("grpc-message", "")


def grpc(message, *, compressed=0):
    return bytes((compressed,)) + len(message).to_bytes(4, "big") + message


def failed(peer):
    """The connection has ended, with this code."""
    (payload,) = (payload for kind, _, _, payload in peer.read() if kind == GOAWAY)
    return int.from_bytes(payload[4:8], "big")
