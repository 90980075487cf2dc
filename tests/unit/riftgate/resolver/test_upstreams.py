# SPDX-License-Identifier: Apache-2.0
"""Upstreams that do not answer."""

import asyncio

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import pytest

from bpf.names import NamesTable
from l7filters.ports import Protocol
from riftgate.resolver.faults import NameFaults
from riftgate.resolver.knowledge import Knowledge
from riftgate.resolver.learned import LearnedNames
from riftgate.resolver.server import ResolverServer
from tests.virtual_time import in_virtual_time

POD = "10.0.0.1"


@in_virtual_time
async def test_their_silence_is_told_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A pod asks as often as it likes; the log must not grow with it."""
    clock = asyncio.get_running_loop().time
    learned = LearnedNames(NamesTable({}), clock)  # type: ignore[arg-type]
    server = ResolverServer(learned, NameFaults(clock), on_learned=lambda: None, on_hit=lambda: None)
    server.knowledge = Knowledge(upstreams=(("192.0.2.1", 53),), sources=((POD, "default/ship"),))
    answers = False

    async def ask(query: dns.message.Message, *_: object, **__: object) -> tuple[dns.message.Message, bool]:
        if not answers:
            raise dns.exception.Timeout(timeout=clock())
        return dns.message.make_response(query), False

    monkeypatch.setattr(dns.asyncquery, "udp_with_fallback", ask)

    async def asked() -> dns.rcode.Rcode:
        await asyncio.sleep(1)
        wire = await server.respond(dns.message.make_query("api.example.com", "A").to_wire(), POD, Protocol.UDP)
        assert wire is not None
        return dns.message.from_wire(wire).rcode()

    assert [await asked() for _ in range(3)] == [dns.rcode.SERVFAIL] * 3
    assert len(caplog.records) == 1
    assert "upstream 192.0.2.1 port 53" in caplog.text
    answers = True
    assert await asked() == dns.rcode.NOERROR
    answers = False
    assert await asked() == dns.rcode.SERVFAIL
    assert len(caplog.records) == 2
