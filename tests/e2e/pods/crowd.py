# SPDX-License-Identifier: Apache-2.0
"""Many connections: `crowd.py serve` answers them, `crowd.py` makes them as standard input says, line by line.

A destination is [HOST, PORT, NAME]: NAME is the pod that must answer, having been asked at PORT.

["hold", DESTINATIONS, COUNT, PROTOCOL]   so many connections that stay open, each with an "http" request or a line of
                                          "tcp" answered
["again"]                                 once more on each of them
["drop"]                                  closes them
["rate", DESTINATIONS, PER_SECOND, COUNT] so many TCP connections, begun at that pace, each with a line answered

An answer tells how many were right and, by kind, what was wrong with the others. What differs from one request to
another is in the answer, so that nobody gets somebody else's. Server and "rate" are one thread around an epoll each:
they are not what limits a pace.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import collections
import errno
import itertools
import json
import resource
import select
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

NAME = socket.gethostname()
MOST_AT_ONCE = 2000
"""Visits under way: a pace that the machine does not reach shall not end in a crowd."""

held: list[tuple[socket.socket, str, int, str]] = []
numbers = itertools.count()
lock = threading.Lock()


class Answering:
    """A connection to the server. Each line is answered with this pod's name, the port that was asked, and the line;
    HTTP requests in HTTP."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.port = connection.getsockname()[1]
        self.heard = b""

    def goes_on(self) -> bool:
        """Answers what has come; whether more may come."""
        try:
            chunk = self.connection.recv(65536)
            self.heard += chunk
            while (end := self._end()) > 0:
                words = self.heard[:end].split(maxsplit=2)
                self.heard = self.heard[end:]
                said = f"{NAME} {self.port} {words[words[0] == b'GET'].decode().strip('/')}\n"
                if words[0] == b"GET":
                    said = f"HTTP/1.1 200 OK\r\ncontent-length: {len(said)}\r\n\r\n{said}"
                self.connection.sendall(said.encode())
        except OSError:
            return False
        return bool(chunk)

    def _end(self) -> int:
        """Of the first request in what has come; 0 while it has none."""
        if self.heard.startswith(b"GET"):
            return self.heard.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in self.heard else 0
        return self.heard.find(b"\n") + 1


def serve() -> None:
    poll = select.epoll()
    listening: dict[int, socket.socket] = {}
    answering: dict[int, Answering] = {}
    for family, host in ((socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0")):
        for port in PORTS:
            listener = socket.create_server((host, port), family=family, backlog=4096)
            listener.setblocking(False)
            listening[listener.fileno()] = listener
            poll.register(listener, select.EPOLLIN)
    print("listening", flush=True)
    while True:
        for fd, _ in poll.poll():
            if fd in listening:
                try:
                    connection, _ = listening[fd].accept()
                except OSError:
                    continue  # it has gone again
                connection.setblocking(False)
                answering[connection.fileno()] = Answering(connection)
                poll.register(connection, select.EPOLLIN)
            elif not answering[fd].goes_on():
                poll.unregister(fd)
                answering.pop(fd).connection.close()


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


def ask(connection: socket.socket, name: str, port: int, protocol: str) -> str:
    """One request; what is wrong with the answer, or nothing."""
    token = f"t{next(numbers)}"
    if protocol == "http":
        connection.sendall(f"GET /{token} HTTP/1.1\r\nhost: {name}\r\n\r\n".encode())
        heard = last_line(
            connection, lambda said: said.endswith(b"\n") and b"\r\n\r\n" in said and said[-2:] != b"\r\n"
        )
    else:
        connection.sendall(f"{token}\n".encode())
        heard = last_line(connection, lambda said: said.endswith(b"\n"))
    return judged(heard, name, port, token)


def judged(heard: str, name: str, port: int, token: str) -> str:
    return "" if heard == f"{name} {port} {token}" else f"wrong answer: {heard!r} to {token} for {name} {port}"


def hold(host: str, port: int, name: str, protocol: str) -> str:
    connection = connect(host, port)
    with lock:
        held.append((connection, name, port, protocol))
    return ask(connection, name, port, protocol)


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
                problem = told(error)
            with lock:
                if problem:
                    wrong[problem] += 1
                else:
                    right += 1

    with ThreadPoolExecutor(WORKERS) as hands:
        for done in [hands.submit(hand) for _ in range(WORKERS)]:
            done.result()
    return {"right": right, "wrong": dict(wrong.most_common(5)), "seconds": time.monotonic() - begin}


def told(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno or 0, "?")


def hold_many(destinations: list[list[Any]], count: int, protocol: str) -> dict[str, Any]:
    turns = itertools.islice(itertools.cycle(destinations), count)
    return all_of((lambda to=to: hold(*to, protocol)) for to in turns)


def again() -> dict[str, Any]:
    return all_of((lambda one=one: ask(*one)) for one in list(held))


def drop() -> dict[str, Any]:
    while held:
        held.pop()[0].close()
    return {}


class Visit:
    """One TCP connection from its beginning to its end."""

    def __init__(self, poll: select.epoll, host: str, port: int, name: str) -> None:
        self.name, self.port = name, port
        self.token = f"t{next(numbers)}"
        self.asked = False
        self.heard = b""
        self.until = time.monotonic() + SECONDS
        self.connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.connection.setblocking(False)
        self.connection.connect_ex((host, port))
        self._poll = poll
        poll.register(self.connection, select.EPOLLOUT)

    def go_on(self) -> str | None:
        """What is wrong, "" when all was right, None when it is not over."""
        if not self.asked:
            if problem := self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return errno.errorcode.get(problem, "?")
            self.connection.send(f"{self.token}\n".encode())
            self._poll.modify(self.connection, select.EPOLLIN)
            self.asked = True
            return None
        chunk = self.connection.recv(4096)
        self.heard += chunk
        if not chunk:
            return "closed"
        return judged(self.heard.decode().strip(), self.name, self.port, self.token) if chunk.endswith(b"\n") else None


def rate(destinations: list[list[Any]], per_second: float, count: int) -> dict[str, Any]:
    poll = select.epoll()
    under_way: dict[int, Visit] = {}
    found: collections.Counter[str] = collections.Counter()
    begun = most = 0
    begin = time.monotonic()

    def over(visit: Visit, problem: str) -> None:
        del under_way[visit.connection.fileno()]
        visit.connection.close()
        found[problem] += 1

    while begun < count or under_way:
        now = time.monotonic()
        while begun < count and begin + begun / per_second <= now and len(under_way) < MOST_AT_ONCE:
            visit = Visit(poll, *destinations[begun % len(destinations)])
            under_way[visit.connection.fileno()] = visit
            begun += 1
        most = max(most, len(under_way))
        for fd, _ in poll.poll(max(0.0005, begin + begun / per_second - now) if begun < count else 0.1):
            try:
                problem = under_way[fd].go_on()
            except OSError as error:
                problem = told(error)
            if problem is not None:
                over(under_way[fd], problem)
        # In the order of their beginning.
        while under_way and (oldest := next(iter(under_way.values()))).until < now:
            over(oldest, "timed out")
    right = found.pop("", 0)
    return {"right": right, "wrong": dict(found.most_common(5)), "seconds": time.monotonic() - begin, "atOnce": most}


VERBS: dict[str, Callable[..., dict[str, Any]]] = {"hold": hold_many, "again": again, "drop": drop, "rate": rate}

if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.argv[1:] == ["serve"]:
        serve()
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        print(json.dumps(VERBS[verb](*arguments)), flush=True)
