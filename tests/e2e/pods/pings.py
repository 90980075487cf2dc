# SPDX-License-Identifier: Apache-2.0
"""ICMP as an app sees it: a JSON list per line of standard input, a JSON object back.

["ping", HOST, TYPE, RAW, SECONDS]   one request of that type, by a raw socket or a ping socket: the type of the answer
["told", HOST, PORT, TTL, SECONDS]   what comes back of a datagram that may take so many hops

An answer has `error` where it did not work: the errno's name, or `timed out`.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import errno
import itertools
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

IP_RECVERR, IPV6_RECVERR = 11, 25
ANSWERS = {8: 0, 13: 14, 128: 129}
identifiers = itertools.count(os.getpid() & 0x3FFF)

Answer = dict[str, Any]


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping(host: str, kind: int, raw: bool, seconds: float) -> Answer:
    ipv6 = ":" in host
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if ipv6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    identifier = next(identifiers)
    rest = struct.pack("!HH", identifier, 1) + b"twelve bytes"
    message = struct.pack("!BBH", kind, 0, checksum(struct.pack("!BBH", kind, 0, 0) + rest)) + rest
    with socket.socket(family, socket.SOCK_RAW if raw else socket.SOCK_DGRAM, protocol) as sender:
        sender.settimeout(seconds)
        # The same way with a connected socket: connect4/6 see it.
        sender.connect((host, 0))
        sender.send(message)
        while True:
            heard = sender.recv(65535)
            if raw and not ipv6:
                heard = heard[(heard[0] & 15) * 4 :]
            # A raw socket hears all of its protocol, and a ping socket has an identifier of the kernel's.
            if heard[0] == ANSWERS.get(kind) and (not raw or heard[4:6] == rest[:2]):
                return {"answer": heard[0]}


def told(host: str, port: int, ttl: int, seconds: float) -> Answer:
    ipv6 = ":" in host
    with socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(seconds)
        if ipv6:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
            sender.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            sender.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sender.connect((host, port))
        sender.send(b"is anybody there?")
        return {"answer": sender.recv(65535).decode()}


VERBS: dict[str, Callable[..., Answer]] = {"ping": ping, "told": told}

if __name__ == "__main__":
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        try:
            answer = VERBS[verb](*arguments)
        except TimeoutError:
            answer = {"error": "timed out"}
        except OSError as error:
            answer = {"error": errno.errorcode.get(error.errno or 0, str(error))}
        print(json.dumps(answer), flush=True)
