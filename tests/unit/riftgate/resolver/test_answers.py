# SPDX-License-Identifier: Apache-2.0
"""A query and what is known in, an answer out."""

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest

from l7filters.dns import AskedNames
from l7filters.labels import FrozenMap
from l7filters.peers import FqdnPattern
from l7filters.ports import Protocol
from l7filters.world import Service, Workload, World
from riftgate.resolver.answers import FORWARD, Forward, answer, parse_query, to_wire
from riftgate.resolver.knowledge import Knowledge, knowledge_from_json, knowledge_to_json, parse_upstream, records_of

POD, STRICT = "10.0.0.1", "10.0.0.2"
WORLD = World(
    (
        Workload("default", "ship", FrozenMap({"app": "ship"}), (POD, "fd00::1")),
        Workload("default", "strict", FrozenMap({"app": "strict"}), (STRICT,)),
    ),
    (
        Service("default", "port", ("10.96.0.1", "fd01::1")),
        Service("hoth", "crew", (), (), {"app": "ship"}),
        Service("default", "crew", (), (), {"app": "ship"}),
        Service("default", "nobody"),
    ),
)
KNOWLEDGE = Knowledge(
    version=3,
    records=tuple(records_of(WORLD)),
    sources=((POD, "default/ship"), ("fd00::1", "default/ship"), (STRICT, "default/strict")),
    asked=(AskedNames((STRICT,), Protocol.UDP, (FqdnPattern("*.example.com", True),)),),
)


def asked(name: str, kind: str = "A", source: str = POD, upstream: bool = False) -> dns.message.Message:
    made = answer(dns.message.make_query(name, kind), source, Protocol.UDP, KNOWLEDGE, upstream)
    assert not isinstance(made, Forward)
    return made


def addresses(made: dns.message.Message) -> list[str]:
    return [item.address for each in made.answer for item in each]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("port.default.svc.cluster.local", "A", ["10.96.0.1"]),
        ("PORT.Default.SVC.cluster.local", "AAAA", ["fd01::1"]),
        ("crew.default.svc.cluster.local", "A", [POD]),
        ("crew.default.svc.cluster.local", "AAAA", ["fd00::1"]),
    ],
)
def test_services(name: str, kind: str, expected: list[str]) -> None:
    made = asked(name, kind)
    assert addresses(made) == expected
    assert made.flags & dns.flags.AA
    assert made.flags & dns.flags.RA
    assert made.answer[0].name.to_text() == f"{name}.", "as it was asked"


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("port.default.svc.cluster.local", "TXT", dns.rcode.NOERROR),
        ("nobody.default.svc.cluster.local", "A", dns.rcode.NOERROR),
        ("default.svc.cluster.local", "A", dns.rcode.NOERROR),
        ("svc.cluster.local", "A", dns.rcode.NOERROR),
        ("cluster.local", "A", dns.rcode.NOERROR),
        ("x.port.default.svc.cluster.local", "A", dns.rcode.NXDOMAIN),
        ("port.hoth.svc.cluster.local", "A", dns.rcode.NXDOMAIN),
        ("endor.svc.cluster.local", "A", dns.rcode.NXDOMAIN),
    ],
)
def test_what_there_is_not(name: str, kind: str, code: dns.rcode.Rcode) -> None:
    made = asked(name, kind)
    assert (made.rcode(), made.answer) == (code, [])
    assert made.authority[0].rdtype == dns.rdatatype.SOA


def test_all_else_is_the_upstreams_or_nobodys() -> None:
    query = dns.message.make_query("example.org", "A", use_edns=0)
    assert answer(query, POD, Protocol.UDP, KNOWLEDGE, True) is FORWARD
    made = answer(query, POD, Protocol.UDP, KNOWLEDGE, False)
    assert not isinstance(made, Forward)
    assert made.rcode() == dns.rcode.NXDOMAIN
    assert any(isinstance(option, dns.edns.EDEOption) for option in made.options), "and it says why"
    assert asked("notcluster.local").rcode() == dns.rcode.NXDOMAIN


def test_policy_is_asked_first() -> None:
    assert asked("port.default.svc.cluster.local", source=STRICT).rcode() == dns.rcode.REFUSED
    assert asked("a.example.com", source=STRICT).rcode() == dns.rcode.NXDOMAIN
    assert asked("port.default.svc.cluster.local", source="10.0.0.99").rcode() == dns.rcode.REFUSED
    over_tcp = answer(dns.message.make_query("x.org", "A"), STRICT, Protocol.TCP, KNOWLEDGE, True)
    assert over_tcp is FORWARD, "the rule is about UDP"


def test_what_is_no_query_of_ours() -> None:
    update = dns.message.make_query("port.default.svc.cluster.local", "A")
    update.set_opcode(dns.opcode.STATUS)
    assert answer(update, POD, Protocol.UDP, KNOWLEDGE, False).rcode() == dns.rcode.NOTIMP  # type: ignore[union-attr]
    chaos = dns.message.make_query("version.bind", "TXT", "CH")
    assert answer(chaos, POD, Protocol.UDP, KNOWLEDGE, True).rcode() == dns.rcode.REFUSED  # type: ignore[union-attr]
    later = dns.message.make_query("port.default.svc.cluster.local", "A", use_edns=1)
    assert answer(later, POD, Protocol.UDP, KNOWLEDGE, False).rcode() == dns.rcode.BADVERS  # type: ignore[union-attr]


def test_what_cannot_be_read() -> None:
    broken = parse_query(b"\x12\x34" + b"\x01\0" + b"\0\x01" + b"\0" * 6)
    assert broken is not None
    assert (broken.id, broken.rcode()) == (0x1234, dns.rcode.FORMERR)
    assert parse_query(b"\x12\x34") is None
    answered = dns.message.make_query("a.example", "A")
    answered.flags |= dns.flags.QR
    assert parse_query(answered.to_wire()) is None, "answers are not answered: two resolvers would go on for ever"


@pytest.mark.parametrize(
    ("payload", "protocol", "whole"),
    [(None, Protocol.UDP, False), (4096, Protocol.UDP, False), (600, Protocol.UDP, False), (None, Protocol.TCP, True)],
)
def test_sizes(payload: int | None, protocol: Protocol, whole: bool) -> None:
    query = dns.message.make_query("many.default.svc.cluster.local", "A", payload=payload)
    many = Knowledge(
        records=(("many.default.svc.cluster.local", tuple(f"10.0.{n >> 8}.{n & 255}" for n in range(300))),),
        sources=((POD, "default/ship"),),
    )
    made = answer(query, POD, protocol, many, False)
    assert not isinstance(made, Forward)
    wire = to_wire(made, query, protocol)
    read = dns.message.from_wire(wire)
    assert bool(read.flags & dns.flags.TC) is not whole
    assert whole or len(wire) <= min(1232, payload or 512)


def test_knowledge_survives_its_json() -> None:
    assert knowledge_from_json(knowledge_to_json(KNOWLEDGE)) == KNOWLEDGE


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:DB8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_upstreams(written: str, expected: tuple[str, int]) -> None:
    assert parse_upstream(written) == expected


@pytest.mark.parametrize("written", ["", "dns.example", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:65536", "[::1]53"])
def test_what_is_no_upstream(written: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        parse_upstream(written)
