# SPDX-License-Identifier: Apache-2.0
"""A DNS server on a loopback address, for tests: what a mesh's resolver asks for names of the outside world."""

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 300


class Upstream:
    """Answers A and AAAA by a table that may change at any time; `asked` are the names it was asked for."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self.table = dict(table)
        self.asked: list[str] = []
        self.port = 0

    def answer(self, wire: bytes, size: int) -> bytes:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        self.asked.append(name)
        made = dns.message.make_response(query, recursion_available=True)
        if name.lower() not in self.table:
            made.set_rcode(dns.rcode.NXDOMAIN)
        version = {dns.rdatatype.A: "A", dns.rdatatype.AAAA: "AAAA"}.get(question.rdtype)
        fitting = [each for each in self.table.get(name.lower(), ()) if (":" in each) == (version == "AAAA")]
        if version and fitting:
            made.answer.append(dns.rrset.from_text_list(question.name, TTL, "IN", version, fitting))
        return made.to_wire(max_size=size, prefer_truncation=True)


@contextmanager
def running_upstream(table: Mapping[str, Sequence[str]]) -> Iterator[Upstream]:
    """UDP and TCP on one port of 127.0.0.1; truncates over UDP as EDNS-less clients need it."""
    upstream = Upstream(table)

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, bound = self.request
            bound.sendto(upstream.answer(wire, 512), self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            wire = self.rfile.read(int.from_bytes(self.rfile.read(2), "big"))
            made = upstream.answer(wire, 65535)
            self.wfile.write(len(made).to_bytes(2, "big") + made)

    with ExitStack() as stack:
        streams = stack.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stream))
        upstream.port = streams.server_address[1]
        datagrams = stack.enter_context(socketserver.ThreadingUDPServer(("127.0.0.1", upstream.port), Datagram))
        for server in (streams, datagrams):
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        yield upstream
