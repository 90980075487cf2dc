# SPDX-License-Identifier: Apache-2.0
"""Many connections: `crowd.py serve` answers them, `crowd.py` makes them as standard input says, line by line.

A destination is [HOST, PORT, NAME]: NAME is the pod that must answer, having been asked at PORT.

["hold", DESTINATIONS, COUNT]             so many HTTP connections that stay open, each with a request answered
["again"]                                 another request on each of them
["drop"]                                  closes them
["rate", DESTINATIONS, PER_SECOND, COUNT] so many TCP connections, begun at that pace, each with a line answered

An answer tells how many were right and, by kind, what was wrong with the others. What differs from one request to
another is in the answer, so that nobody gets somebody else's.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import asyncio
import collections
import errno
import itertools
import json
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PORTS = (7100, 7101)
WORKERS = 32
SECONDS = 60.0

held: list[tuple[socket.socket, str, int]] = []
numbers = itertools.count()
lock = threading.Lock()


async def serve() -> None:
    """Each line is answered with this pod's name, the port that was asked, and the line; HTTP requests in HTTP."""
    servers = [
        await asyncio.start_server(answer, host, port, backlog=4096) for host in ("::", "0.0.0.0") for port in PORTS
    ]
    print("listening", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    port = writer.get_extra_info("sockname")[1]
    try:
        while line := await reader.readline():
            words = line.decode().split()
            if words[0] != "GET":
                writer.write(f"{socket.gethostname()} {port} {words[0]}\n".encode())
                continue
            while (await reader.readline()).strip():
                pass
            body = f"{socket.gethostname()} {port} {words[1].strip('/')}\n"
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
    except ConnectionError:
        pass
    finally:
        writer.close()


def connect(host: str, port: int) -> socket.socket:
    connection = socket.create_connection((host, port), SECONDS)
    connection.settimeout(SECONDS)
    return connection


def last_line(connection: socket.socket, ends: Callable[[bytes], bool]) -> str:
    """Of an answer; it has come when `ends` says so."""
    heard = b""
    while not ends(heard):
        chunk = connection.recv(4096)
        if not chunk:
            raise ConnectionError(errno.ECONNABORTED, "closed")
        heard += chunk
    return heard.decode().splitlines()[-1]


def ask(connection: socket.socket, name: str, port: int) -> str:
    """One HTTP request; what is wrong with the answer, or nothing."""
    token = f"t{next(numbers)}"
    connection.sendall(f"GET /{token} HTTP/1.1\r\nhost: {name}\r\n\r\n".encode())
    heard = last_line(connection, lambda said: said.endswith(b"\n") and b"\r\n\r\n" in said and said[-2:] != b"\r\n")
    return "" if heard == f"{name} {port} {token}" else f"wrong answer: {heard!r} to {token} for {name} {port}"


def hold(host: str, port: int, name: str) -> str:
    connection = connect(host, port)
    with lock:
        held.append((connection, name, port))
    return ask(connection, name, port)


def visit(host: str, port: int, name: str) -> str:
    """One TCP connection from its beginning to its end."""
    token = f"t{next(numbers)}"
    with connect(host, port) as connection:
        connection.sendall(f"{token}\n".encode())
        heard = last_line(connection, lambda said: said.endswith(b"\n"))
    return "" if heard == f"{name} {port} {token}" else f"wrong answer: {heard!r} to {token} for {name} {port}"


def all_of(work: Iterator[Callable[[], str]]) -> dict[str, Any]:
    """Does it with many hands, in its order; how many were right, and what was wrong."""
    right = 0
    wrong: collections.Counter[str] = collections.Counter()
    begin = time.monotonic()

    def hand() -> None:
        nonlocal right
        while True:
            with lock:
                item = next(work, None)
            if item is None:
                return
            try:
                problem = item()
            except OSError as error:
                problem = "timed out" if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno or 0, "?")
            with lock:
                if problem:
                    wrong[problem] += 1
                else:
                    right += 1

    with ThreadPoolExecutor(WORKERS) as hands:
        for done in [hands.submit(hand) for _ in range(WORKERS)]:
            done.result()
    return {"right": right, "wrong": dict(wrong.most_common(5)), "seconds": time.monotonic() - begin}


def hold_many(destinations: list[list[Any]], count: int) -> dict[str, Any]:
    turns = itertools.islice(itertools.cycle(destinations), count)
    return all_of((lambda to=to: hold(*to)) for to in turns)


def again() -> dict[str, Any]:
    return all_of((lambda one=one: ask(*one)) for one in list(held))


def drop() -> dict[str, Any]:
    while held:
        held.pop()[0].close()
    return {}


def rate(destinations: list[list[Any]], per_second: float, count: int) -> dict[str, Any]:
    begin = time.monotonic()

    def paced(number: int, to: list[Any]) -> Callable[[], str]:
        def work() -> str:
            time.sleep(max(0.0, begin + number / per_second - time.monotonic()))
            return visit(*to)

        return work

    return all_of(paced(number, destinations[number % len(destinations)]) for number in range(count))


VERBS: dict[str, Callable[..., dict[str, Any]]] = {"hold": hold_many, "again": again, "drop": drop, "rate": rate}

if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        print(json.dumps(VERBS[verb](*arguments)), flush=True)
