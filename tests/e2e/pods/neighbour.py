# SPDX-License-Identifier: Apache-2.0
"""A container that talks to others of its pod: a JSON list per line of standard input, a JSON object back.

KIND is `tcp`, `udp`, `stream` or `dgram` (the last two are unix sockets); ADDRESS is [HOST, PORT] or the name of a
unix socket, `@` in front of an abstract one.

["listen", NAME, KIND, ADDRESS]     echoes what it hears there, from then on
["listen-unbound", NAME, HOST]      a TCP listener that never bound a port; `port` is the kernel's choice
["listen-late", NAME, KIND, ADDRESS]    binds without listening, "": a name of the kernel's; `["start", NAME]` listens
["listen-again", NAME, HOST]        the connection NAME is given up, and its socket listens: `port` as above
["heard", NAME]                     what it has heard there
["callers", NAME]                   who has connected there, as the sockets say: [HOST, PORT] each
["open", NAME, KIND, ADDRESS, SECONDS]  connects, and keeps the connection
["open-from", NAME, ADDRESS, PORT, SECONDS]     TCP, from this port
["say", NAME, TEXT, SECONDS]        on it, and waits for the echo
["raw", NAME]                       a TCP socket that is not connected yet, for `give`
["open-taken", NAME, ADDRESS]       connects the socket that it was given
["send", KIND, ADDRESS, TEXT, SECONDS]   one datagram from a socket that is not connected, and its echo
["give", NAME, SOCKET]              hands a socket over to who listens by `take` on that unix socket
["take", NAME, SOCKET]
["pair"]                            says something over pairs of sockets without names
["swap", PATH, OTHER]               PATH leads to OTHER from now on
["close", NAME]

An answer has `error`: the errno's name, `timed out`, or `closed`, where it did not work.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import contextlib
import ctypes
import errno
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 20.0

Answer = dict[str, Any]
Address = str | list[Any]
sockets: dict[str, socket.socket] = {}
heard: dict[str, list[str]] = {}
callers: dict[str, list[list[Any]]] = {}


def native(address: Address) -> Any:
    if isinstance(address, list):
        return tuple(address)
    return "\0" + address[1:] if address.startswith("@") else address


def made(kind: str, address: Address) -> socket.socket:
    if isinstance(address, str):
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == "stream" else socket.SOCK_DGRAM)
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)


def bound(kind: str, address: Address) -> socket.socket:
    listener = made(kind, address)
    if kind in ("tcp", "udp"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(native(address))
    except OSError:
        listener.close()
        raise
    return listener


def listen(name: str, kind: str, address: Address) -> Answer:
    return serve(name, kind, bound(kind, address))


def listen_unbound(name: str, host: str) -> Answer:
    listener = made("tcp", [host, 0])
    serve(name, "tcp", listener)
    return {"port": listener.getsockname()[1]}


def listen_again(name: str, host: str) -> Answer:
    turned = sockets[name]
    # Python has no name for it: connect() to AF_UNSPEC disconnects.
    libc = ctypes.CDLL(None, use_errno=True)
    unspecified = struct.pack("=H26x", socket.AF_UNSPEC)
    if libc.connect(turned.fileno(), unspecified, len(unspecified)) != 0:
        raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")
    turned.settimeout(None)
    turned.bind((host, 0))
    serve(name, "tcp", turned)
    return {"port": turned.getsockname()[1]}


def listen_late(name: str, kind: str, address: Address) -> Answer:
    sockets[name] = bound(kind, address)
    return {}


def start(name: str) -> Answer:
    return serve(name, "stream", sockets[name])


def serve(name: str, kind: str, listener: socket.socket) -> Answer:
    # Its own list: who has not noticed its end yet must not write into that of the next one of this name.
    words: list[str] = []
    sockets[name], heard[name], callers[name] = listener, words, []
    if kind in ("tcp", "stream"):
        listener.listen()
        threading.Thread(target=accept, args=(words, callers[name], listener), daemon=True).start()
    else:
        threading.Thread(target=echo_datagrams, args=(words, listener), daemon=True).start()
    return {}


def accept(words: list[str], peers: list[list[Any]], listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if listener.family != socket.AF_UNIX:
            peers.append(list(connection.getpeername()[:2]))
        threading.Thread(target=echo_stream, args=(words, connection), daemon=True).start()


def echo_stream(words: list[str], connection: socket.socket) -> None:
    with connection:
        try:
            while text := connection.recv(65536):
                words.append(text.decode())
                connection.sendall(text)
        except OSError:
            return


def echo_datagrams(words: list[str], listener: socket.socket) -> None:
    while True:
        try:
            text, sender = listener.recvfrom(65536)
        except OSError:
            return
        if not text:
            return  # It has been shut down.
        words.append(text.decode())
        if sender:
            try:
                listener.sendto(text, sender)
            except OSError as error:
                words.append(errno.errorcode.get(error.errno or 0, str(error)))


def heard_there(name: str) -> Answer:
    return {"heard": heard[name]}


def callers_there(name: str) -> Answer:
    return {"callers": callers[name]}


def open_from(name: str, address: Address, port: int, seconds: float = SECONDS) -> Answer:
    connection = made("tcp", address)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    connection.settimeout(seconds)
    connection.bind((address[0], port))
    return connected(name, connection, address)


def open_connection(name: str, kind: str, address: Address, seconds: float = SECONDS) -> Answer:
    connection = made(kind, address)
    connection.settimeout(seconds)
    if kind == "dgram":
        # A name of its own, for the answer.
        connection.bind("")
    return connected(name, connection, address)


def connected(name: str, connection: socket.socket, address: Address) -> Answer:
    try:
        connection.connect(native(address))
    except OSError:
        connection.close()
        raise
    sockets[name] = connection
    return {}


def say(name: str, text: str, seconds: float = SECONDS) -> Answer:
    connection = sockets[name]
    connection.settimeout(seconds)
    connection.send(text.encode())
    back = connection.recv(65536)
    return {"heard": back.decode()} if back else {"error": "closed"}


def send(kind: str, address: Address, text: str, seconds: float = SECONDS) -> Answer:
    with made(kind, address) as sender:
        sender.settimeout(seconds)
        if kind == "dgram":
            sender.bind("")
        sender.sendto(text.encode(), native(address))
        return {"heard": sender.recv(65536).decode()}


def raw(name: str) -> Answer:
    sockets[name] = socket.socket(socket.AF_INET)
    return {}


def open_taken(name: str, address: Address) -> Answer:
    return connected(name, sockets[name], address)


def give(name: str, where: str) -> Answer:
    with socket.socket(socket.AF_UNIX) as way:
        way.settimeout(SECONDS)
        way.connect(native(where))
        socket.send_fds(way, [b"x"], [sockets[name].fileno()])
    return {}


def take(name: str, where: str) -> Answer:
    with bound("stream", where) as listener:
        listener.listen()
        listener.settimeout(SECONDS)
        print(json.dumps({"listening": True}), flush=True)
        way, _ = listener.accept()
        with way:
            _, (descriptor,), _, _ = socket.recv_fds(way, 1, 1)
    sockets[name] = socket.socket(fileno=descriptor)
    return {}


def pair() -> Answer:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        one, other = socket.socketpair(socket.AF_UNIX, kind)
        with one, other:
            one.send(b"x")
            other.recv(1)
    return {}


def swap(path: str, other: str) -> Answer:
    Path(path).rename(f"{path}.before")
    Path(path).symlink_to(other)
    return {}


def close(name: str) -> Answer:
    closing = sockets.pop(name)
    # Who waits in accept or recvfrom keeps the port otherwise.
    with contextlib.suppress(OSError):
        closing.shutdown(socket.SHUT_RDWR)
    address = closing.getsockname()
    closing.close()
    if isinstance(address, str) and address.startswith("/"):
        Path(address).unlink(missing_ok=True)
    return {}


VERBS: dict[str, Callable[..., Answer]] = {
    "listen": listen,
    "listen-unbound": listen_unbound,
    "listen-late": listen_late,
    "start": start,
    "listen-again": listen_again,
    "heard": heard_there,
    "callers": callers_there,
    "open": open_connection,
    "open-from": open_from,
    "open-taken": open_taken,
    "say": say,
    "send": send,
    "raw": raw,
    "give": give,
    "take": take,
    "pair": pair,
    "swap": swap,
    "close": close,
}


def attempt(verb: str, *arguments: Any) -> Answer:
    try:
        return VERBS[verb](*arguments)
    except TimeoutError:
        return {"error": "timed out"}
    except OSError as error:
        return {"error": errno.errorcode.get(error.errno or 0, str(error))}
    except KeyError as error:
        return {"error": f"there is no {error}"}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(attempt(*json.loads(line))), flush=True)
