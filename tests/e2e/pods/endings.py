# SPDX-License-Identifier: Apache-2.0
"""How connections end: a server that tells what it saw, and a client that tries all of it.

endings.py serve              a JSON line on standard output per connection, when it is over
endings.py try HOST [HOST]    a JSON object on standard output: what the client saw, by case and host

port 7100  reads to the end, then answers with all of it and ends
port 7101  greets and ends its half, then reads to the end
port 7102  answers each piece at once, until the caller ends or resets
port 7103  reads five bytes and resets

A program of its own: Python 3.11 and its standard library are all it needs.
"""

import contextlib
import errno
import json
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SECONDS = 15.0
AFTER_THE_END, GREETS, ECHO, RESETS = 7100, 7101, 7102, 7103
GREETING = b"220 ready\r\n"
RESET = struct.pack("ii", 1, 0)  # struct linger: close() without waiting is a reset


def read_to_end(connection: socket.socket) -> tuple[bytes, str]:
    """What came, and how it ended."""
    heard = b""
    try:
        while chunk := connection.recv(65536):
            heard += chunk
    except TimeoutError:
        return heard, "silence"
    except OSError as error:
        return heard, errno.errorcode.get(error.errno or 0, str(error))
    return heard, "end"


class Server(socketserver.BaseRequestHandler):
    request: socket.socket

    def handle(self) -> None:
        port = self.request.getsockname()[1]
        self.request.settimeout(SECONDS)
        saw: dict[str, Any] = {"port": port}
        with contextlib.suppress(OSError):
            if port == AFTER_THE_END:
                heard, end = read_to_end(self.request)
                saw.update(size=len(heard), end=end)
                self.request.sendall(heard)
            elif port == GREETS:
                self.request.sendall(GREETING)
                self.request.shutdown(socket.SHUT_WR)
                heard, end = read_to_end(self.request)
                saw.update(size=len(heard), end=end)
            elif port == ECHO:
                saw.update(end=self.echo())
            else:
                saw.update(size=len(self.request.recv(5, socket.MSG_WAITALL)), end="reset")
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.request.close()
        print(json.dumps(saw, sort_keys=True) + "\n", end="", flush=True)

    def echo(self) -> str:
        try:
            while chunk := self.request.recv(65536):
                self.request.sendall(chunk)
        except OSError as error:
            return errno.errorcode.get(error.errno or 0, str(error))
        return "end"


class DualStack(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def serve() -> None:
    servers = [DualStack(("::", port), Server) for port in (AFTER_THE_END, GREETS, ECHO, RESETS)]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    print("listening", flush=True)
    for thread in threads:
        thread.join()


def call(host: str, port: int) -> socket.socket:
    connection = socket.create_connection((host, port), SECONDS)
    connection.settimeout(SECONDS)
    return connection


def ends_its_half(content: bytes) -> Callable[[str], Any]:
    """Says it, ends at once, and hears it back."""

    def case(host: str) -> Any:
        with call(host, AFTER_THE_END) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            heard, end = read_to_end(connection)
            return [heard == content, end]

    return case


def leaves_at_once(host: str) -> Any:
    """Says it and closes: whether it arrived the server knows."""
    with call(host, AFTER_THE_END) as connection:
        connection.sendall(bytes(3000))
    return "left"


def goes_on_after_the_servers_end(host: str) -> Any:
    with call(host, GREETS) as connection:
        heard, end = read_to_end(connection)
        connection.sendall(bytes(200_000))
        return [heard.decode(), end]


def resets(host: str) -> Any:
    with call(host, ECHO) as connection:
        connection.sendall(b"hello")
        heard = connection.recv(5, socket.MSG_WAITALL)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        return heard.decode()


def is_reset(host: str) -> Any:
    with call(host, RESETS) as connection:
        connection.sendall(b"hello")
        return read_to_end(connection)[1]


def sends_urgent_data(host: str) -> Any:
    with call(host, AFTER_THE_END) as connection:
        connection.sendall(b"before")
        connection.send(b"!", socket.MSG_OOB)
        connection.sendall(b"after")
        connection.shutdown(socket.SHUT_WR)
        return read_to_end(connection)[0].decode()


CASES: dict[str, Callable[[str], Any]] = {
    "nothing, and the end": ends_its_half(b""),
    "one byte, and the end": ends_its_half(b"\0"),
    "what may become a method, and the end": ends_its_half(b"HELLO"),
    "a line, and the end": ends_its_half(b"hello world\r\n"),
    "100 bytes, and the end": ends_its_half(bytes(100)),
    "10 KB, and the end": ends_its_half(bytes(10_000)),
    "100 KB, and the end": ends_its_half(bytes(100_000)),
    "5 MB, and the end": ends_its_half(bytes(5_000_000)),
    "3 KB, and closed": leaves_at_once,
    "the server ends first": goes_on_after_the_servers_end,
    "the client resets": resets,
    "the server resets": is_reset,
    "urgent data": sends_urgent_data,
}


def attempt(case: Callable[[str], Any], host: str) -> Any:
    try:
        return case(host)
    except TimeoutError:
        return "timed out"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        # All at once: some of them are there to be waited for.
        with ThreadPoolExecutor(len(CASES) * len(sys.argv)) as pool:
            saw = {name: [pool.submit(attempt, case, host) for host in sys.argv[2:]] for name, case in CASES.items()}
            print(json.dumps({name: [each.result() for each in results] for name, results in saw.items()}))
