# SPDX-License-Identifier: Apache-2.0
"""Servers outside of a mesh: HTTP, and one that speaks first, in the namespace of the mesh's node."""

import socket
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pyroute2 import IPRoute

from riftgate.local.netns import in_netns
from tests.mesh_harness import Mesh

GREETING = b"220 I speak first\r\n"
LONG, LONG_BYTES = "/long", 4096
Place = tuple[str, int]
"""Address and port."""


class OutsideServers:
    """HTTP at each of these places: the answer's body is the request's Host, or `LONG_BYTES` for the path `LONG`;
    `x-served-by` says `outside`."""

    def __init__(self, mesh: Mesh, places: Iterable[Place], talker: Place | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        """Each request's Host and path."""
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                seen.append((self.headers["host"], self.path))
                body = bytes(LONG_BYTES) if self.path == LONG else self.headers["host"].encode()
                self.send_response(200)
                self.send_header("x-served-by", "outside")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        wanted = list(places)
        sockets = in_netns(mesh.node_netns, lambda: _bind([*wanted, *([talker] if talker else [])]))
        self._greeter = sockets.pop() if talker else None
        self._servers = []
        for bound in sockets:
            server = Server(bound.getsockname()[:2], Handler, bind_and_activate=False)
            server.socket.close()
            server.socket = bound
            self._servers.append(server)
        works = [server.serve_forever for server in self._servers]
        self._threads = [threading.Thread(target=work, daemon=True) for work in (*works, self._greet)]
        for thread in self._threads:
            thread.start()

    def asked_for(self, host: str) -> int:
        """Requests with this Host so far."""
        return sum(each == host for each, _ in self.seen)

    def _greet(self) -> None:
        while self._greeter is not None:
            try:
                connection, _ = self._greeter.accept()
            except OSError:
                return
            with connection:
                connection.sendall(GREETING)
                connection.recv(64)

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        if self._greeter is not None:
            self._greeter.shutdown(socket.SHUT_RDWR)
            self._greeter.close()
        for thread in self._threads:
            thread.join()


def _bind(places: Iterable[Place]) -> list[socket.socket]:
    """On addresses of the loopback interface of this network namespace, which get there with it."""
    bound: list[socket.socket] = []
    with IPRoute() as netlink:
        loopback = netlink.link_lookup(ifname="lo")[0]
        for address in dict.fromkeys(address for address, _ in places):
            six = ":" in address
            # No test for duplicates: the address is there at once.
            flags = {"flags": 0x02} if six else {}
            netlink.addr("add", index=loopback, address=address, prefixlen=128 if six else 32, **flags)
    for address, port in places:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        bound.append(socket.create_server((address, port), family=family, backlog=128))
    return bound
