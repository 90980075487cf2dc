# SPDX-License-Identifier: Apache-2.0
"""The app behind an Envoy of a test: it remembers what it got, and answers."""

import http.client
import queue
import socketserver
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedIOBase

from tests.private_network import TIMEOUT

APP_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as the app got it."""

    address: tuple[str, int]
    """Of the app."""
    method: str
    """Empty for a line that is not HTTP; `path` is then the line."""
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """A chunked body without trailers."""
    while size := int(stream.readline(), 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


class RecordingApp:
    """An app that remembers what it got. It answers each HTTP request with 200 and forged headers, takes each upgrade,
    and sends back lines that are not HTTP. On a port with a greeting it speaks first. What asks for a path below
    `/hold` waits until `release` is set; what asks for `/stream` gets the `pieces` one by one, up to an empty one."""

    body = b"Ship landed\n"
    headers: Sequence[tuple[str, str]] = ()
    """Of its responses, besides those."""

    def __init__(self, addresses: Iterable[tuple[str, int]], greetings: Mapping[int, bytes]) -> None:
        self.seen: list[SeenRequest] = []
        self.release = threading.Event()
        self.pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        app = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                address: tuple[str, int] = self.request.getsockname()
                self.wfile.write(greetings.get(address[1], b""))
                while line := self.rfile.readline():
                    app._answer(self, address, line)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self._servers = [Server(address, Handler) for address in addresses]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def _answer(self, handler: socketserver.StreamRequestHandler, address: tuple[str, int], line: bytes) -> None:
        if b" HTTP/" not in line:
            self.seen.append(SeenRequest(address, "", line.decode("latin-1"), ()))
            handler.wfile.write(line)
            return
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers = tuple(http.client.parse_headers(handler.rfile).items())
        request = SeenRequest(address, method, path, headers)
        if request.header("transfer-encoding") == "chunked":
            body = b"".join(_chunks(handler.rfile))
        else:
            body = handler.rfile.read(int(request.header("content-length") or 0))
        self.seen.append(replace(request, body=body))
        if path.startswith("/hold"):
            self.release.wait(TIMEOUT)
        if upgrade := request.header("upgrade"):
            head = f"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: {upgrade}\r\n\r\n"
            handler.wfile.write(head.encode())
            return
        if path == "/stream":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while piece := self.pieces.get():
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.write(b"0\r\n\r\n")
            return
        forged = "x-riftgate-fault: forged/app\r\nx-riftgate-verdict: forged\r\nserver: app\r\n"
        more = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        head = f"HTTP/1.1 200 OK\r\n{forged}{more}content-length: {len(self.body)}\r\n\r\n"
        handler.wfile.write(head.encode() + (b"" if method == "HEAD" else self.body))

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
