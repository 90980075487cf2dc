# SPDX-License-Identifier: Apache-2.0
"""A WebAssembly module for Envoy that resets requests which carry a header. No filter of Envoy's own can end a stream
before its response has begun: each answers instead.

It speaks Proxy-Wasm 0.2.1 (https://github.com/proxy-wasm/spec), and is small enough to be written here:

    on_request_headers(context, count, end):
        if get_header_map_value(REQUEST_HEADERS, RESET_HEADER) finds it:
            close_stream(REQUEST); return PAUSE
        return CONTINUE
"""

from collections.abc import Iterable

_I32 = b"\x7f"
_KEY_AT, _RESULT_AT, _VALUE_AT = 0, 256, 1024
_LOCAL_COUNT_0 = b"\x00"
_END = b"\x0b"


def reset_module(header: str) -> bytes:
    """The module, for this header."""
    key = header.encode()
    types = [_function(0, 0), _function(1, 1), _function(3, 1), _function(5, 1)]
    imports = [
        _name("env") + _name("proxy_get_header_map_value") + b"\x00" + _number(3),
        _name("env") + _name("proxy_close_stream") + b"\x00" + _number(1),
    ]
    exports = [
        _name("memory") + b"\x02" + _number(0),
        _name("proxy_abi_version_0_2_1") + b"\x00" + _number(2),
        _name("proxy_on_memory_allocate") + b"\x00" + _number(3),
        _name("proxy_on_request_headers") + b"\x00" + _number(4),
    ]
    close = _constant(0) + _call(1) + b"\x1a" + _constant(1) + b"\x0f"
    look = b"".join(map(_constant, (0, _KEY_AT, len(key), _RESULT_AT, _RESULT_AT + 4))) + _call(0)
    bodies = [
        _body(b""),
        # Envoy copies the value to what this gives; nobody reads it, so that one place will do for all.
        _body(_constant(_VALUE_AT)),
        # 0 is OK, so eqz is "found".
        _body(look + b"\x45\x04\x40" + close + _END + _constant(0)),
    ]
    data = [_number(0) + _constant(_KEY_AT) + _END + _number(len(key)) + key]
    return b"\x00asm\x01\x00\x00\x00" + b"".join(
        bytes([section]) + _sized(_vector(entries))
        for section, entries in (
            (1, types),
            (2, imports),
            (3, [_number(0), _number(1), _number(2)]),
            (5, [b"\x00" + _number(1)]),
            (7, exports),
            (10, bodies),
            (11, data),
        )
    )


def _number(value: int) -> bytes:
    """Unsigned LEB128."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _number(rest) if rest else bytes([low])


def _constant(value: int) -> bytes:
    """i32.const, in signed LEB128: a positive number must not end with a byte whose sign bit is set."""
    encoded = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        if not value and not low & 0x40:
            return b"\x41" + bytes([*encoded, low])
        encoded.append(low | 0x80)


def _call(function: int) -> bytes:
    return b"\x10" + _number(function)


def _function(parameters: int, results: int) -> bytes:
    return b"\x60" + _vector([_I32] * parameters) + _vector([_I32] * results)


def _body(code: bytes) -> bytes:
    return _sized(_LOCAL_COUNT_0 + code + _END)


def _name(text: str) -> bytes:
    return _sized(text.encode())


def _sized(content: bytes) -> bytes:
    return _number(len(content)) + content


def _vector(entries: Iterable[bytes]) -> bytes:
    found = list(entries)
    return _number(len(found)) + b"".join(found)
