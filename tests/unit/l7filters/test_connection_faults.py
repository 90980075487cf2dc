# SPDX-License-Identifier: Apache-2.0
"""Faults of connections: what cannot be meant cannot be built, and what one means in a world."""

import json
from dataclasses import replace
from typing import Any

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.connection_faults import ConnectionFault, ConnectionRule, Existing, connection_rule
from l7filters.faults import Before, Family, FaultTarget, Inject, RandomDelay, Which, parse_outside
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Service, ServicePort, Workload, World
from riftgate.control.host_faults import HostFaults, host_faults
from riftgate.control.wire import faults_from_json, faults_to_json
from xds_server.connection_table import ConnectionFaults, Ends

DEATHSTAR = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1", "fd00::1"))
TIE = Workload("default", "tie", {"org": "empire"}, ("10.0.0.2",), exec_addresses=("10.0.1.2",))
XWING = Workload("default", "xwing", {"org": "alliance"}, ("10.0.0.3",))
STATION = Service("default", "station", ("10.96.0.1",), (ServicePort(80, 8080),), {"class": "deathstar"})
WORLD = World((DEATHSTAR, TIE, XWING), (STATION,))
LATE = RandomDelay(Family.UNIFORM, (50.0, 150.0))
EMPIRE = Selector.of({"org": "empire"})


def fault(does: ConnectionEffects, port: int | None = None, **more: Any) -> ConnectionFault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), port)
    return ConnectionFault("trouble", "wire", SourceLocation("scenario.yaml", 1), target, does, **more)


EVERYTHING = ConnectionEffects(
    latency=LATE,
    bytes_per_second=65_536,
    slices=Slices(100, 5),
    corrupt_parts=10,
    reset=ConnectionReset(after_bytes=1000, after_milliseconds=5000),
    close_after_bytes=2000,
    blackhole_after=3000,
    close_delay_milliseconds=500,
)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "does something"),
        ({"latency": RandomDelay(Family.FIXED, (5.0,), Before.RESPONSE)}, "downstream"),
        ({"bytes_per_second": 63}, "63 bytes/s"),
        ({"bytes_per_second": 2**30 + 1}, "1 GiB/s"),
        ({"corrupt_parts": 0}, "bits per million"),
        ({"corrupt_parts": 1_000_001}, "bits per million"),
        ({"close_after_bytes": 0}, "limit: 0 bytes"),
        ({"blackhole_after": -1}, "blackhole: -1 bytes"),
        ({"close_delay_milliseconds": 0}, "close 0 ms late"),
        ({"close_delay_milliseconds": 3_600_001}, "1 h"),
        ({"reset": ConnectionReset(), "bytes_per_second": 1024}, "nothing else"),
        ({"blackhole_after": 0, "latency": LATE}, "nothing passes at all"),
        ({"blackhole_after": 0, "close_delay_milliseconds": 5}, "nothing passes at all"),
    ],
)
def test_impossible_effects(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ConnectionEffects(**arguments)


def test_impossible_resets_and_slices() -> None:
    for build in (
        lambda: ConnectionReset(after_bytes=0),
        lambda: ConnectionReset(after_milliseconds=0),
        lambda: Slices(0),
        lambda: Slices(65_537),
        lambda: Slices(1, -1),
        lambda: fault(EVERYTHING, parts_per_million=0),
        lambda: fault(EVERYTHING, which=Which(seed=1, key="x-user")),
    ):
        with pytest.raises(ValueError, match=r"bytes|ms|parts|key"):
            build()


def test_a_blackhole_may_be_reset_after_a_time() -> None:
    does = ConnectionEffects(blackhole_after=0, reset=ConnectionReset(after_milliseconds=5))
    assert str(does) == "blackhole, reset after 5 ms"


def test_words() -> None:
    assert fault(EVERYTHING, stream=Stream.UPSTREAM).effects == (
        "connection upstream: uniform delay (min 50 ms, max 150 ms), 65536 bytes/s, slices of 100 bytes, 5 ms apart, "
        "0.001% of bits flipped, blackhole after 3000 bytes, reset after 1000 bytes or 5000 ms, "
        "close after 2000 bytes, close 500 ms late",
    )


def test_between_processes() -> None:
    written = fault(EVERYTHING, 80, source=EMPIRE, which=Which(seed=3, first=2), existing=Existing.RESET)
    assert faults_from_json(json.loads(json.dumps(faults_to_json((written,))))) == (written,)
    meant = host_faults(WORLD, [(written, 30.0)])
    assert HostFaults.from_json(json.loads(json.dumps(meant.to_json()))) == meant


def test_at_the_server() -> None:
    rule = connection_rule(WORLD, fault(EVERYTHING, 80, source=EMPIRE))
    assert (rule.pods, rule.peers, rule.port) == ({"default/deathstar"}, {"default/tie"}, 80)
    assert rule.dialled == (("10.0.0.1", 80), ("fd00::1", 80))
    assert rule.callers == ("10.0.0.2", "10.0.1.2")
    anybody = connection_rule(WORLD, fault(EVERYTHING))
    assert anybody.peers == {None, "default/deathstar", "default/tie", "default/xwing"}
    assert (anybody.callers, anybody.port) == (None, 0)


def test_at_the_client() -> None:
    """Whoever dials the service dials the target, and by the service's port."""
    rule: ConnectionRule = connection_rule(WORLD, fault(EVERYTHING, 8080, source=EMPIRE, inject=Inject.CLIENT))
    assert (rule.pods, rule.peers) == ({"default/tie"}, {"default/deathstar"})
    assert rule.dialled == (("10.0.0.1", 8080), ("fd00::1", 8080), ("10.96.0.1", 80))
    other = connection_rule(WORLD, fault(EVERYTHING, 9090, inject=Inject.CLIENT))
    assert ("10.96.0.1", 80) not in other.dialled
    assert other.pods == {"default/deathstar", "default/tie", "default/xwing"}


def test_outside_of_the_mesh() -> None:
    """What is dialled there is a network; nothing there has a sidecar, and a connection has no name."""
    target = FaultTarget("default", port=5432, outside=parse_outside("203.0.113.0/24"))
    slow = replace(fault(EVERYTHING, source=EMPIRE, inject=Inject.CLIENT), target=target)
    rule = connection_rule(WORLD, slow)
    assert rule.dialled == (("203.0.113.0/24", 5432),)
    assert (rule.pods, rule.peers) == ({"default/tie"}, {None})
    faults = ConnectionFaults()
    faults.replace([(rule, 10.0)])
    for local, matching in (("203.0.113.7:5432", 1), ("203.0.113.7:80", 0), ("203.0.114.7:5432", 0), ("[::1]:5432", 0)):
        ends = Ends("default/tie", Inject.CLIENT, local, "127.0.0.1:40000")
        assert len(faults.matching(ends, 0.0)) == matching, local
    with pytest.raises(ValueError, match="no sidecar that could do it"):
        replace(slow, inject=Inject.SERVER)
    with pytest.raises(ValueError, match="a connection is opened to an address; instead of"):
        replace(slow, target=FaultTarget("default", outside=parse_outside("*.example.com")))
