# SPDX-License-Identifier: Apache-2.0
"""An authorization server of the e2e tests: gRPC's envoy.service.auth.v3 on port 9000, IPv4 and IPv6.

It allows requests that have the header `x-clearance: granted`, and says on standard output what it is asked.
As much of RFC 9113 and gRPC as that takes. Python 3.11 and its standard library are all it needs.
"""

import socketserver

from server import DualStack, say

PORT = 9000

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS, _PING, _WINDOW_UPDATE = 0, 1, 4, 6, 8
_ACK, _END_STREAM, _END_HEADERS = 1, 1, 4
# HPACK: `:status 200` of the static table; names written out, or of the static table (31 is content-type).
_HEAD = b"\x88" + b"\x0f\x10" + b"\x10application/grpc"
_TRAILERS = b"\x00" + b"\x0bgrpc-status" + b"\x010"
# CheckResponse: an empty ok_response; a status with code 7, PERMISSION_DENIED.
_ALLOWED, _DENIED = b"\x1a\x00", b"\x0a\x02\x08\x07"


class Judge(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        stream = self.request.makefile("rb")
        if stream.read(len(_PREFACE)) != _PREFACE:
            return
        self.send(_SETTINGS, 0, 0)
        questions: dict[int, bytes] = {}
        while head := stream.read(9):
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            number = int.from_bytes(head[5:], "big")
            payload = stream.read(length)
            if kind in (_SETTINGS, _PING) and not flags & _ACK:
                self.send(kind, _ACK, 0, payload if kind == _PING else b"")
            if kind == _DATA:
                if length:
                    self.send(_WINDOW_UPDATE, 0, 0, length.to_bytes(4, "big"))
                questions[number] = questions.get(number, b"") + payload
                if flags & _END_STREAM:
                    self.answer(number, questions.pop(number))

    def answer(self, number: int, question: bytes) -> None:
        allowed = b"x-clearance" in question and b"granted" in question
        say(f"judged {'allowed' if allowed else 'denied'}")
        message = _ALLOWED if allowed else _DENIED
        self.send(_HEADERS, _END_HEADERS, number, _HEAD)
        self.send(_DATA, 0, number, b"\0" + len(message).to_bytes(4, "big") + message)
        self.send(_HEADERS, _END_HEADERS | _END_STREAM, number, _TRAILERS)

    def send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        head = len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big")
        self.request.sendall(head + payload)


if __name__ == "__main__":
    DualStack(("::", PORT), Judge).serve_forever()
