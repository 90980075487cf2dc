# SPDX-License-Identifier: Apache-2.0
"""The resolver's sockets: queries from the pods in the node's network namespace, the upstream in the machine's own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Any, cast

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from l7filters.ports import Protocol
from riftgate.resolver.answers import UDP_SIZE, Forward, answer, asked_name, parse_query, reply, to_wire
from riftgate.resolver.faults import NameFaults, Strike, struck_answer
from riftgate.resolver.knowledge import Knowledge, Upstream
from riftgate.resolver.learned import LearnedNames

log = logging.getLogger(__name__)

PORT = 53
UPSTREAM_SECONDS = 2.0
"""For one try; each upstream is tried once, in turn."""
MAX_OPEN = 64
"""Queries of one pod that wait for an answer, and TCP connections of one pod; what is beyond is dropped."""
TCP_IDLE_SECONDS = 10.0

_STRUCK = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


class ResolverServer:
    """Answers by what `knowledge` says at the moment."""

    def __init__(
        self,
        learned: LearnedNames,
        faults: NameFaults,
        *,
        on_learned: Callable[[], None],
        on_hit: Callable[[], None],
    ) -> None:
        self.knowledge = Knowledge()
        self._faults = faults
        self._on_hit = on_hit
        self._learned = learned
        self._on_learned = on_learned
        self._trouble: dict[Upstream, str] = {}
        """What was last told of upstreams that do not answer: each query would say it again."""
        self._open: Counter[tuple[str, Protocol]] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def serving(self, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
        """Answers on these sockets (`sockets.listen`) until the context ends."""
        loop = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as stack:
            for bound in sockets:
                if bound.type == socket.SOCK_DGRAM:
                    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=bound)
                    stack.callback(transport.close)
                else:
                    server = await asyncio.start_server(self._serve_connection, sock=bound)
                    stack.callback(server.close)
            yield

    def spawn(self, source: str, protocol: Protocol, work: Callable[[], Awaitable[None]]) -> None:
        """Runs it unless this pod has too much under way."""
        if self._open[source, protocol] >= MAX_OPEN:
            return
        self._open[source, protocol] += 1

        async def run() -> None:
            try:
                await work()
            except Exception:
                log.exception("a query of %s", source)
            finally:
                self._open[source, protocol] -= 1
                if not self._open[source, protocol]:
                    del self._open[source, protocol]

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def respond(self, wire: bytes, source: str, protocol: Protocol) -> bytes | None:
        """The answer as bytes; None: there is none."""
        query = parse_query(wire)
        if query is None:
            return None
        if query.flags & dns.flags.QR:
            return query.to_wire()
        found = answer(query, source, protocol, self.knowledge, bool(self.knowledge.upstreams))
        # Policy first: what it refuses is no query that a fault could strike.
        strike = self._strike(query, source) if isinstance(found, Forward) or found.rcode() in _STRUCK else None
        if strike is not None:
            try:
                await self._faults.hold(strike.delays)
            finally:
                strike.release()
            if strike.answer is not None:
                struck = struck_answer(query, strike.answer)
                return None if struck is None else to_wire(struck, query, protocol)
        if isinstance(found, Forward):
            found = await self._forward(query)
            self._learn(query, found)
        return to_wire(found, query, protocol)

    def _strike(self, query: dns.message.Message, source: str) -> Strike | None:
        strike = self._faults.strike(source, asked_name(query), dns.rdatatype.to_text(query.question[0].rdtype))
        if strike is not None:
            self._on_hit()
        return strike

    async def _forward(self, query: dns.message.Message) -> dns.message.Message:
        for host, port in self.knowledge.upstreams:
            asked = dns.message.from_wire(query.to_wire())
            asked.id = random.getrandbits(16)
            try:
                found, _ = await dns.asyncquery.udp_with_fallback(
                    asked, host, UPSTREAM_SECONDS, port, ignore_unexpected=True, ignore_errors=True
                )
            except (dns.exception.DNSException, OSError, EOFError) as error:
                # In the error's own words there may be times, and parts of what was asked.
                trouble = type(error).__name__
                if self._trouble.get((host, port)) != trouble:
                    log.warning("upstream %s port %d: %s", host, port, str(error) or trouble)
                self._trouble[host, port] = trouble
                continue
            self._trouble.pop((host, port), None)
            found.id = query.id
            if query.edns >= 0:
                found.use_edns(0, found.ednsflags, UDP_SIZE)
            else:
                found.use_edns(-1)
            return found
        return reply(query, dns.rcode.SERVFAIL)

    def _learn(self, query: dns.message.Message, found: dns.message.Message) -> None:
        """For the name that was asked, whatever aliases stand between it and the addresses."""
        sets = [each for each in found.answer if each.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)]
        if found.rcode() == dns.rcode.NOERROR and sets:
            addresses = [item.address for each in sets for item in each]
            if self._learned.learn(asked_name(query), addresses, min(each.ttl for each in found.answer)):
                self._on_learned()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = _text(writer.get_extra_info("peername"))

        async def converse() -> None:
            while True:
                async with asyncio.timeout(TCP_IDLE_SECONDS):
                    wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                answered = await self.respond(wire, source, Protocol.TCP)
                if answered is None:
                    return
                writer.write(len(answered).to_bytes(2, "big") + answered)
                await writer.drain()

        async def until_closed() -> None:
            try:
                with contextlib.suppress(EOFError, OSError, TimeoutError):
                    await converse()
            finally:
                writer.close()

        if self._open[source, Protocol.TCP] >= MAX_OPEN:
            writer.close()
            return
        self.spawn(source, Protocol.TCP, until_closed)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: ResolverServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own one is no DatagramTransport by its type.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        source = _text(addr)

        async def work() -> None:
            answered = await self._server.respond(data, source, Protocol.UDP)
            if answered is not None and self._transport is not None:
                self._transport.sendto(answered, addr)

        self._server.spawn(source, Protocol.UDP, work)


def _text(peer: Sequence[Any]) -> str:
    return str(ip_address(peer[0]))
