# SPDX-License-Identifier: Apache-2.0
"""The server of the e2e tests: HTTP and TCP on IPv4 and IPv6, each connection and each request on standard output.

port 80    HTTP/1.1: the answer's body is the request's, whatever method and path; x-served-by names the pod
port 7000  sends back what it gets, until the caller has nothing more to say; declared in the manifest
port 7001  the same; declared nowhere
           UDP ports 53, 80, 7000 and 7001: sends back what it gets, behind its own name and a blank
port 7002  HTTP/2 with prior knowledge: answers 200 with an empty body

A program of its own: Python 3.11 and its standard library are all it needs.
"""

import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ECHO_PORTS = (7000, 7001)
HTTP2_PORT = 7002
DATAGRAM_PORTS = (53, 80, 7000, 7001)
SERVED_BY = "x-served-by"

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_FRAME_SETTINGS = 4
_FRAME_HEADERS = 1
_FRAME_PING = 6
_FLAG_ACK = 1
_FLAG_END_STREAM = 1
_FLAG_END_HEADERS = 4
# HPACK's static table, entry 8: `:status 200`.
_STATUS_200 = b"\x88"


def say(text: str) -> None:
    # One write per line: threads do not cut into each other's lines.
    print(text + "\n", end="", flush=True)


class DualStack(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # Where the network namespace allows it: data that comes with the SYN.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        # Not HTTPServer's own: it asks DNS for this machine's name.
        socketserver.TCPServer.server_bind(self)


class HttpServer(DualStack, ThreadingHTTPServer):
    pass


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self) -> None:
        say(f"http {self.requestline}")
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header(SERVED_BY, socket.gethostname())
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, format: str, *args: object) -> None:
        pass


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        port = self.request.getsockname()[1]
        say(f"tcp {port} open")
        while chunk := self.request.recv(65536):
            self.request.sendall(chunk)
        # Only now: the caller may have ended its half long before it has read all of ours.
        self.request.shutdown(socket.SHUT_WR)
        say(f"tcp {port} closed")


class Http2(socketserver.BaseRequestHandler):
    """As much of RFC 9113 as it takes to answer requests whose headers nobody reads."""

    def handle(self) -> None:
        stream = self.request.makefile("rb")
        if stream.read(len(_PREFACE)) != _PREFACE:
            say("http2 no preface")
            return
        self.send(_FRAME_SETTINGS, 0, 0)
        while head := stream.read(9):
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            number = int.from_bytes(head[5:], "big")
            payload = stream.read(length)
            if kind in (_FRAME_SETTINGS, _FRAME_PING) and not flags & _FLAG_ACK:
                self.send(kind, _FLAG_ACK, 0, payload if kind == _FRAME_PING else b"")
            if kind == _FRAME_HEADERS:
                say("http2 request")
                self.send(_FRAME_HEADERS, _FLAG_END_STREAM | _FLAG_END_HEADERS, number, _STATUS_200)

    def send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        head = len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big")
        self.request.sendall(head + payload)


class DatagramEcho(socketserver.ThreadingUDPServer):
    address_family = socket.AF_INET6
    daemon_threads = True


class Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, bound = self.request
        say(f"udp {bound.getsockname()[1]} from {self.client_address[0]}")
        bound.sendto(f"{socket.gethostname()} ".encode() + data, self.client_address)


def main() -> None:
    servers: list[socketserver.BaseServer] = [HttpServer(("::", 80), Http), DualStack(("::", HTTP2_PORT), Http2)]
    servers += [DualStack(("::", port), Echo) for port in ECHO_PORTS]
    servers += [DatagramEcho(("::", port), Datagram) for port in DATAGRAM_PORTS]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    say("listening")
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
