# SPDX-License-Identifier: Apache-2.0
"""Which requests and connections a fault of connections has had a part in."""

from dataclasses import replace

from riftgate.control import connection_hits
from riftgate.control.connection_hits import ConnectionHits
from xds_server.flow import FlowRecord, Kind, SocketAddress

POD = "default/vault"


def record(time: float, port: int = 40000, node: str = POD, connection: str = "7") -> FlowRecord:
    source = SocketAddress("fd00::2", port)
    return FlowRecord(time, node, "inbound", "HTTP/1.1", source=source, connection=connection)


def test_requests_of_a_connection_that_was_hit() -> None:
    hits = ConnectionHits(lambda: 10.0)
    hits.on(["siege/slow", "siege/cut"])
    for fault in ("siege/slow", "siege/cut"):
        hits.hit(POD, "[fd00::2]:40000", "7", fault)
    assert hits.faults_of(record(11)) == ("siege/cut", "siege/slow")
    assert hits.faults_of(record(11, port=40001)) == ()
    assert hits.faults_of(record(11, node="default/yard")) == ()
    assert hits.counts == {"siege/slow": 1, "siege/cut": 1}


def test_what_begins_after_the_end_is_not_its_doing() -> None:
    now = 10.0
    hits = ConnectionHits(lambda: now)
    hits.on(["siege/slow"])
    hits.hit(POD, "[fd00::2]:40000", "7", "siege/slow")
    now = 20.0
    hits.on([])
    assert hits.faults_of(record(19)) == ("siege/slow",)
    assert hits.faults_of(record(21)) == ()


def test_the_same_ends_are_another_connection_later() -> None:
    hits = ConnectionHits(lambda: 10.0)
    hits.hit(POD, "[fd00::2]:40000", "7", "siege/slow")
    assert hits.faults_of(record(11)) == ("siege/slow",)
    assert hits.faults_of(record(12, connection="8")) == (), "the fault is still on, and has spared it"
    assert hits.faults_of(record(12, connection="")) == (), "it never came to the fault server"
    assert hits.faults_of(replace(record(13), protocol="TCP")) == ("siege/slow",)
    assert hits.faults_of(record(14)) == (), "a TCP connection's record is its last"


def test_the_oldest_are_forgotten() -> None:
    hits = ConnectionHits(lambda: 10.0)
    for number in range(connection_hits.REMEMBERED + 1):
        hits.hit(POD, f"[fd00::2]:{number}", "7", "siege/slow")
    assert hits.faults_of(record(11, port=0)) == ()
    assert hits.faults_of(record(11, port=connection_hits.REMEMBERED)) == ("siege/slow",)


def test_a_request_of_such_a_connection_is_injected() -> None:
    genuine = record(11)
    hit = FlowRecord.from_dict(genuine.to_dict() | {"connection_faults": ["siege/slow"]})
    assert (genuine.kind, hit.kind) == (Kind.GENUINE, Kind.INJECTED)
    assert hit.faults == ("siege/slow",)
    assert FlowRecord.from_dict(hit.to_dict()) == hit
