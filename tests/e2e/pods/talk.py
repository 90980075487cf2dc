# SPDX-License-Identifier: Apache-2.0
"""What a client of the e2e tests does inside its pod: a JSON list per line of standard input, a JSON object back.

["open", NAME, HOST, PORT]          a TCP connection that stays open
["say", NAME, TEXT, SECONDS]        sends it and waits for as many bytes, 5 s unless told
["hear", NAME, SIZE, SECONDS]       waits for so many bytes, and for each so long
["request", NAME, METHOD, PATH, HEADERS]   an HTTP request on it; `same` tells that it is still the same connection
["tcp-sent", NAME]                  how many bytes TCP itself has transmitted for this end
["close", NAME]
["http", METHOD, HOST, PORT, PATH, HEADERS, BODY_SIZE, SECONDS]   one request over a connection of its own; waits for
                                    each part of the answer for 5 s unless told
["exchange", HOST, PORT, SIZE]      sends SIZE bytes and ends its half, while it reads until the other half ends
["orphan", VERB, ...]               the same in a grandchild whose parent has ended
["together", [[VERB, ...], ...]]    all of them at once; `answers` are theirs, in order
["bind", HOST, PORT]                binds a TCP socket with SO_REUSEPORT
["hold-refused", HOST, PORT]        connects again and again until a connect is refused, and keeps that socket
["release"]                         closes what it keeps
["kill", PID]
["trace", PID]
["find", PATH...]                   which of these exist, or can be connected to as sockets
["mounts"]
["datagram", HOST, PORT, TEXT, CONNECTED, SECONDS]   one datagram, and what comes back, from whom; TEXT is latin-1
["framed", HOST, PORT, TEXT]        the same over TCP with two bytes of length in front, as DNS has it
["resolve", NAME, FAMILY]           the addresses that the C library finds: FAMILY is 4, 6 or 0

An answer has `error`: the errno's name, `timed out`, or `closed`, where it did not work.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import concurrent.futures
import ctypes
import errno
import hashlib
import http.client
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
PTRACE_ATTACH = 16

Answer = dict[str, Any]
connections: dict[str, http.client.HTTPConnection] = {}
held: list[socket.socket] = []


def connect(host: str, port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    connection.connect()
    connection.sock.settimeout(ANSWER_SECONDS)
    return connection


def ends(connection: http.client.HTTPConnection) -> Answer:
    return {"peer": connection.sock.getpeername()[:2], "local": connection.sock.getsockname()[:2]}


def open_connection(name: str, host: str, port: int) -> Answer:
    connections[name] = connect(host, port)
    return ends(connections[name])


def say(name: str, text: str, seconds: float = ANSWER_SECONDS) -> Answer:
    connections[name].sock.sendall(text.encode())
    return hear(name, len(text.encode()), seconds)


def hear(name: str, size: int, seconds: float) -> Answer:
    connection = connections[name].sock
    connection.settimeout(seconds)
    heard = b""
    while len(heard) < size:
        chunk = connection.recv(size - len(heard))
        if not chunk:
            return {"error": "closed"}
        heard += chunk
    return {"heard": heard.decode()}


def request(name: str, method: str, path: str, headers: dict[str, str]) -> Answer:
    connection = connections[name]
    before = connection.sock
    answer = ask(connection, method, path, headers, None)
    # http.client opens another connection by itself when the other end has closed this one.
    return {**answer, "same": connection.sock is before}


def tcp_sent(name: str) -> Answer:
    # tcpi_bytes_sent of struct tcp_info.
    info = connections[name].sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return {"bytes": struct.unpack_from("=Q", info, 200)[0]}


def close(name: str) -> Answer:
    connections.pop(name).close()
    return {}


def one_request(
    method: str,
    host: str,
    port: int,
    path: str,
    headers: dict[str, str],
    size: int,
    seconds: float = ANSWER_SECONDS,
) -> Answer:
    connection = connect(host, port)
    connection.sock.settimeout(seconds)
    try:
        body = random.Random(size).randbytes(size)
        seen = ends(connection)
        answer = ask(connection, method, path, headers, body)
        return {**seen, **answer, "intact": answer["sha256"] == hashlib.sha256(body).hexdigest()}
    finally:
        connection.close()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes | None
) -> Answer:
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    content = response.read()
    return {
        "status": response.status,
        "headers": {name.lower(): value for name, value in response.getheaders()},
        "body": content[:200].decode(errors="replace"),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def exchange(host: str, port: int, size: int) -> Answer:
    sent = random.Random(size).randbytes(size)
    with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
        connection.settimeout(ANSWER_SECONDS)
        peer = connection.getpeername()[:2]

        def send() -> None:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        heard = hashlib.sha256()
        total = 0
        while chunk := connection.recv(65536):
            heard.update(chunk)
            total += len(chunk)
        sender.join()
    return {"size": total, "intact": heard.digest() == hashlib.sha256(sent).digest(), "peer": peer}


def orphan(verb: str, *arguments: Any) -> Answer:
    """By two forks: the one in between is gone when the other begins, as with a daemon."""
    answer, told = os.pipe()
    gate, opened = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.close(opened)
            os.read(gate, 1)
            os.write(told, json.dumps(attempt(verb, *arguments)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    for descriptor in (opened, gate, told):
        os.close(descriptor)
    with os.fdopen(answer, "rb") as file:
        found: Answer = json.load(file)
    return found


def together(calls: list[list[Any]]) -> Answer:
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(calls)) as threads:
        return {"answers": list(threads.map(lambda call: attempt(*call), calls))}


def bind(host: str, port: int) -> Answer:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
        return {"bound": bound.getsockname()[:2]}


def hold_refused(host: str, port: int) -> Answer:
    tries = 0
    while True:
        tries += 1
        attempt = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        attempt.settimeout(CONNECT_SECONDS)
        try:
            attempt.connect((host, port))
        except ConnectionRefusedError:
            held.append(attempt)
            return {"tries": tries}
        attempt.close()


def release() -> Answer:
    while held:
        held.pop().close()
    return {}


def kill(pid: int) -> Answer:
    os.kill(pid, signal.SIGKILL)
    return {"killed": pid}


def trace(pid: int) -> Answer:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return {"traced": pid}


def find(*paths: str) -> Answer:
    found = []
    for path in paths:
        with socket.socket(socket.AF_UNIX) as unix:
            if os.path.lexists(path) or unix.connect_ex(path) == 0:
                found.append(path)
    return {"found": found}


def mounts() -> Answer:
    return {"mounts": Path("/proc/self/mountinfo").read_text().splitlines()}


def datagram(host: str, port: int, text: str, connected: bool, seconds: float = ANSWER_SECONDS) -> Answer:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.settimeout(seconds)
        if connected:
            asking.connect((host, port))
            asking.send(text.encode("latin-1"))
        else:
            asking.sendto(text.encode("latin-1"), (host, port))
        heard, sender = asking.recvfrom(65535)
        peer = asking.getpeername()[:2] if connected else None
        return {"heard": heard.decode("latin-1"), "from": sender[:2], "peer": peer}


def framed(host: str, port: int, text: str) -> Answer:
    with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
        connection.settimeout(ANSWER_SECONDS)
        sent = text.encode("latin-1")
        connection.sendall(len(sent).to_bytes(2, "big") + sent)
        with connection.makefile("rb") as stream:
            size = int.from_bytes(stream.read(2), "big")
            heard = stream.read(size)
        return {"heard": heard.decode("latin-1"), "peer": connection.getpeername()[:2]}


def resolve(name: str, family: int) -> Answer:
    wanted = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}[family]
    try:
        found = socket.getaddrinfo(name, 0, wanted, socket.SOCK_STREAM)
    except socket.gaierror as error:
        return {"error": {socket.EAI_NONAME: "no such name", socket.EAI_NODATA: "no address"}.get(error.errno, "again")}
    return {"addresses": sorted(each[4][0] for each in found)}


VERBS: dict[str, Callable[..., Answer]] = {
    "open": open_connection,
    "say": say,
    "hear": hear,
    "request": request,
    "close": close,
    "tcp-sent": tcp_sent,
    "http": one_request,
    "exchange": exchange,
    "orphan": orphan,
    "together": together,
    "bind": bind,
    "hold-refused": hold_refused,
    "release": release,
    "kill": kill,
    "trace": trace,
    "find": find,
    "mounts": mounts,
    "datagram": datagram,
    "framed": framed,
    "resolve": resolve,
}


def attempt(verb: str, *arguments: Any) -> Answer:
    try:
        return VERBS[verb](*arguments)
    except TimeoutError:
        return {"error": "timed out"}
    except OSError as error:
        return {"error": errno.errorcode.get(error.errno or 0, str(error))}
    except http.client.HTTPException as error:
        return {"error": type(error).__name__}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(attempt(*json.loads(line))), flush=True)
