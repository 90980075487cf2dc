# SPDX-License-Identifier: Apache-2.0
"""What a ship of the demo does, from inside its pod; every result is one line of JSON on standard output.

fly.py many METHOD URL COUNT AT_ONCE     requests, each over a connection of its own
fly.py keep URL                          one connection; METHOD PATH per line of standard input, one request each
fly.py raw HOST PORT                     one connection per line of standard input: a JSON string, sent to the byte
fly.py around ADDRESS...                 ways past the sidecar: TCP and UDP to each address, with its own sockets

A program of its own: Python 3.11 and its standard library are all it needs.
"""

import http.client
import json
import socket
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0
KEPT_HEADERS = ("x-served-by", "x-riftgate-fault", "x-riftgate-verdict")


def say(result: dict[str, object]) -> None:
    # One write per line: threads do not cut into each other's lines.
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def connect(host: str, port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    connection.connect()
    connection.sock.settimeout(ANSWER_SECONDS)
    return connection


def request(connection: http.client.HTTPConnection, method: str, path: str) -> dict[str, object]:
    request_id = str(uuid.uuid4())
    started = time.monotonic()
    connection.request(method, path, headers={"x-request-id": request_id})
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    return {
        "id": request_id,
        "status": response.status,
        "ms": round((time.monotonic() - started) * 1000, 3),
        "body": body,
        **{name: value for name in KEPT_HEADERS if (value := response.getheader(name)) is not None},
    }


def attempt(work: Callable[[], dict[str, object]]) -> dict[str, object]:
    started = time.monotonic()
    try:
        return work()
    except (OSError, http.client.HTTPException) as error:
        what = "timed out" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return {"status": 0, "error": what, "ms": round((time.monotonic() - started) * 1000, 3)}


def many(method: str, url: str, count: str, at_once: str) -> None:
    parts = urlsplit(url)

    def once(_number: int) -> None:
        def work() -> dict[str, object]:
            connection = connect(parts.hostname or "", parts.port or 80)
            try:
                return request(connection, method, parts.path)
            finally:
                connection.close()

        say(attempt(work))

    with ThreadPoolExecutor(int(at_once)) as pool:
        list(pool.map(once, range(int(count))))


def keep(url: str) -> None:
    parts = urlsplit(url)
    connection = connect(parts.hostname or "", parts.port or 80)
    opened = connection.sock.getsockname()
    for line in sys.stdin:
        method, path = line.split()
        result = attempt(lambda method=method, path=path: request(connection, method, path))  # type: ignore[misc]
        # http.client opens another connection by itself when the other end has closed this one.
        same = connection.sock is not None and connection.sock.getsockname() == opened
        say({**result, "same_connection": same})


def raw(host: str, port: str) -> None:
    for line in sys.stdin:
        sent = json.loads(line)

        def work(sent: str = sent) -> dict[str, object]:
            with socket.create_connection((host, int(port)), CONNECT_SECONDS) as connection:
                connection.settimeout(ANSWER_SECONDS)
                connection.sendall(sent.encode("latin-1"))
                head = connection.makefile("rb").readline().decode("latin-1")
            return {"status": int(head.split()[1]) if head else 0}

        say({"sent": sent, **attempt(work)})


def around(*addresses: str) -> None:
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for name, kind in (("TCP", socket.SOCK_STREAM), ("UDP", socket.SOCK_DGRAM), ("raw IP", socket.SOCK_RAW)):

            def work(family: int = family, kind: int = kind, address: str = address) -> dict[str, object]:
                protocol = socket.IPPROTO_TCP if kind == socket.SOCK_RAW else 0
                with socket.socket(family, kind, protocol) as direct:
                    direct.settimeout(CONNECT_SECONDS)
                    direct.connect((address, 80))
                    direct.sendall(b"GET /v1/ HTTP/1.1\r\nhost: deathstar\r\n\r\n")
                    return {"answer": direct.recv(4096).decode(errors="replace")}

            say({"way": name, "address": address, **attempt(work)})


if __name__ == "__main__":
    flights: dict[str, Callable[..., None]] = {"many": many, "keep": keep, "raw": raw, "around": around}
    flights[sys.argv[1]](*sys.argv[2:])
