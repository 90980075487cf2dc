# SPDX-License-Identifier: Apache-2.0
"""The death star of the demo: what the image docker.io/cilium/starwars serves, with its one weakness.

GET /v1/                   what it can do
POST /v1/request-landing   lands a ship
PUT /v1/exhaust-port       panics: the answer is a 500 with the trace, and the process exits with status 2

A program of its own: Python 3.11 and its standard library are all it needs. It listens on port 80 (or PORT)
on IPv4 and IPv6, names itself in every answer, and writes each request line to standard output exactly as it
arrived.
"""

import json
import os
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

SERVED_BY = "x-served-by"
EXIT_PANIC = 2

# Logged where a request has them: what a sidecar must have removed, and what tells requests apart.
LOGGED_HEADERS = ("host", "x-request-id", "x-forwarded-for", "x-has-force")

PANIC = """Panic: deathstar exploded

goroutine 1 [running]:
main.HandleGarbage(0x2080c3f50, 0x2, 0x4, 0x425c0, 0x5, 0xa)
        /code/src/github.com/empire/deathstar/
        temp/main.go:9 +0x64
main.main()
        /code/src/github.com/empire/deathstar/
        temp/main.go:5 +0x85
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffered, headers and body leave in one write, as they would from any grown-up server.
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path in ("/v1", "/v1/"):
            self._answer(HTTPStatus.OK, _describe(), "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "Not found\n")

    def do_POST(self) -> None:
        if self.path == "/v1/request-landing":
            self._answer(HTTPStatus.OK, "Ship landed\n")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "Not found\n")

    def do_PUT(self) -> None:
        if self.path != "/v1/exhaust-port":
            self._answer(HTTPStatus.NOT_FOUND, "Not found\n")
            return
        self.close_connection = True
        self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, PANIC)
        # An orderly end of the stream first: the caller is to read the trace, not a reset.
        self.connection.shutdown(socket.SHUT_WR)
        _log("panic", "exit status 2")
        os._exit(EXIT_PANIC)

    def _answer(self, status: HTTPStatus, body: str, content_type: str = "text/plain; charset=utf-8") -> None:
        # A body left unread would be taken for the next request of the connection; chunks are not worth
        # decoding.
        self.close_connection |= "transfer-encoding" in self.headers
        self.rfile.read(int(self.headers.get("content-length", 0)))
        content = body.encode()
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.send_header(SERVED_BY, socket.gethostname())
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        headers = " ".join(f"{name}={self.headers[name]}" for name in LOGGED_HEADERS if name in self.headers)
        status = code.value if isinstance(code, HTTPStatus) else code
        _log("request", f"{self.requestline!r} {status} from {self.client_address[0]} {headers}".rstrip())

    def log_message(self, format: str, *args: object) -> None:
        _log("message", format % args)


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # One socket for both families, whatever the machine's default is.
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # Not HTTPServer's own: it asks DNS for this machine's name, and a pod may have no DNS.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = socket.gethostname(), self.server_address[1]


def _describe() -> str:
    description = json.dumps(
        {
            "name": "Death Star",
            "hostname": socket.gethostname(),
            "model": "DS-1 Orbital Battle Station",
            "api": ["GET /v1/", "POST /v1/request-landing", "PUT /v1/exhaust-port"],
        }
    )
    return f"{description}\n"


def _log(kind: str, text: str) -> None:
    # One write per line: threads do not cut into each other's lines.
    sys.stdout.write(f"{kind} {text}\n")
    sys.stdout.flush()


def main() -> None:
    port = int(os.environ.get("PORT", "80"))
    with Server(("::", port), Handler) as server:
        _log("listening", f"port {server.server_port}")
        server.serve_forever()


if __name__ == "__main__":
    main()
