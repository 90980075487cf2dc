# SPDX-License-Identifier: Apache-2.0
"""HTTP/2's frames (RFC 9113, sections 4 and 6): what they are made of, and the numbers in them."""

from __future__ import annotations

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# What SETTINGS_MAX_FRAME_SIZE is unless a peer says otherwise, which we do not. Every peer takes frames of this size.
MAX_FRAME = 16_384
DEFAULT_WINDOW = 65_535
MAX_WINDOW = 2**31 - 1

FRAME = struct.Struct(">BHBBL")
SETTING = struct.Struct(">HL")
NUMBER = struct.Struct(">L")

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITISED = 0x20

ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 2, 3, 4, 5

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL = 5, 6, 7, 8
COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 9, 11

# Those that are of the connection, and those that are of a stream; WINDOW_UPDATE is of either.
_OF_CONNECTION = frozenset((SETTINGS, PING, GOAWAY))
_OF_STREAM = frozenset((DATA, HEADERS, PRIORITY, RST_STREAM, CONTINUATION))
_SIZES = {PRIORITY: 5, RST_STREAM: 4, PING: 8, WINDOW_UPDATE: 4}
_PRIORITY_SIZE = 5


class Http2Error(Exception):
    """The peer broke the protocol; the connection ends with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    length = len(payload)
    return FRAME.pack(length >> 16, length & 0xFFFF, kind, flags, stream) + payload


def check_frame(kind: int, flags: int, stream: int, payload: bytes) -> None:
    """Raises Http2Error for a frame that may not be on this stream, or not have this size."""
    if (kind in _OF_CONNECTION and stream) or (kind in _OF_STREAM and not stream):
        raise Http2Error(PROTOCOL_ERROR, f"a frame of kind {kind} on stream {stream}")
    if len(payload) != _SIZES.get(kind, len(payload)):
        raise Http2Error(FRAME_SIZE_ERROR, f"a frame of kind {kind} with {len(payload)} bytes")
    if kind == SETTINGS and (len(payload) % SETTING.size or (flags & ACK and payload)):
        raise Http2Error(FRAME_SIZE_ERROR, f"settings of {len(payload)} bytes")


def number_in(payload: bytes) -> int:
    number: int = NUMBER.unpack(payload)[0]
    return number


def unpadded(payload: bytes) -> bytes:
    if not payload or payload[0] >= len(payload):
        raise Http2Error(PROTOCOL_ERROR, "more padding than frame")
    return payload[1 : len(payload) - payload[0]]


def without_priority(payload: bytes) -> bytes:
    if len(payload) < _PRIORITY_SIZE:
        raise Http2Error(FRAME_SIZE_ERROR, "headers too short for their priority")
    return payload[_PRIORITY_SIZE:]


def check_setting(setting: int, value: int) -> None:
    """Raises Http2Error for a value that a peer may not set (RFC 9113, section 6.5.2)."""
    if setting == INITIAL_WINDOW_SIZE and value > MAX_WINDOW:
        raise Http2Error(FLOW_CONTROL_ERROR, "an initial window beyond 2^31-1")
    if setting == MAX_FRAME_SIZE and not MAX_FRAME <= value < 2**24:
        raise Http2Error(PROTOCOL_ERROR, f"frames of at most {value} bytes")
    if setting == ENABLE_PUSH and value > 1:
        raise Http2Error(PROTOCOL_ERROR, f"a switch that is {value}")


def greeting(max_streams: int, window: int) -> bytes:
    """A server's first frames, for `window` bytes in one stream and over all streams."""
    settings = SETTING.pack(MAX_CONCURRENT_STREAMS, max_streams)
    if (more := window - DEFAULT_WINDOW) <= 0:
        return frame(SETTINGS, 0, 0, settings)
    settings += SETTING.pack(INITIAL_WINDOW_SIZE, window)
    return frame(SETTINGS, 0, 0, settings) + frame(WINDOW_UPDATE, 0, 0, NUMBER.pack(more))
