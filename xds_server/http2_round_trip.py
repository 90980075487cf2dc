# SPDX-License-Identifier: Apache-2.0
"""How long a word to the peer of an HTTP/2 connection and its answer take: asked by PING, now and then."""

from __future__ import annotations

import struct
from collections import deque

_EVERY_SECONDS = 0.1
"""While there is use for it."""
_KEPT = 9
"""Of the newest answers it is the median: now and then the peer or this process has something else to do."""
_MOMENT = struct.Struct(">d")


class RoundTrip:
    """Of one connection. Moments are those of `time.monotonic`."""

    __slots__ = ("_asked", "_newest", "_payload", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        """0 until it is known."""
        self._asked = 0.0
        self._payload = b""
        self._newest: deque[float] = deque(maxlen=_KEPT)

    def question(self, since: float) -> bytes | None:
        """The payload of the PING to be sent now, which counts from that moment on; None: it is not yet time for
        another one."""
        if since < self._asked + _EVERY_SECONDS:
            return None
        self._asked = since
        self._payload = _MOMENT.pack(since)
        return self._payload

    def answered(self, payload: bytes, now: float) -> None:
        """A PING has been answered, this one or any other."""
        if payload == self._payload:
            self._payload = b""
            self._newest.append(now - self._asked)
            self.seconds = sorted(self._newest)[len(self._newest) // 2]
