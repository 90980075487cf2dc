# SPDX-License-Identifier: Apache-2.0
"""Faults towards servers outside of the mesh: how they are told, whom they meet, and what they are refused for."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from l7filters.faults import Abort, Fault, FaultTarget, Inject, Outside, may_overlap, parse_outside
from l7filters.faults.bounds import problems
from l7filters.http_match import Pattern
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import Translation
from l7filters.world import Workload, World

HERE = SourceLocation("far.yaml", 7)
WORLD = World(
    (
        Workload("default", "guest", {"role": "guest"}, ("10.0.0.1", "fd00::1")),
        Workload("default", "other", {"role": "other"}, ("10.0.0.2", "fd00::2")),
    )
)


def fault(outside: str, port: int = 80, name: str = "away") -> Fault:
    target = FaultTarget("default", port=port, outside=parse_outside(outside))
    return Fault("far", name, HERE, target, (Abort(503),), source=Selector.of({"role": "guest"}), inject=Inject.CLIENT)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("API.Example.com.", Outside(pattern="api.example.com")),
        ("*.example.com", Outside(pattern="*.example.com")),
        ("203.0.113.0/24", Outside(network="203.0.113.0/24")),
        ("203.0.113.7", Outside(network="203.0.113.7/32")),
        ("2001:DB8::1", Outside(network="2001:db8::1/128")),
    ],
)
def test_a_name_or_a_network(written: str, meant: Outside) -> None:
    assert parse_outside(written) == meant


@pytest.mark.parametrize(
    ("authority", "matches"),
    [
        ("www.example.com", True),
        ("WWW.Example.COM:8080", True),
        ("www.example.com.", True),
        ("example.com", False),
        ("www.example.com.evil.net", False),
        ("www.example.com:", False),
        ("a.b.example.com", False),
    ],
)
def test_the_authority_of_a_request(authority: str, matches: bool) -> None:
    regex = parse_outside("*.example.com").authority_regex
    assert regex is not None
    assert Pattern(regex).matches(authority) is matches


def test_networks_cover_their_own_and_names_everything() -> None:
    wide = parse_outside("203.0.113.0/24")
    assert wide.covers(ip_network("203.0.113.7/32"))
    assert not wide.covers(ip_network("203.0.0.0/16"))
    assert not wide.covers(ip_network("::/0"))
    assert not wide.covers(None)
    assert parse_outside("example.com").covers(ip_network("203.0.113.7/32"))


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("a.example", "b.example", False),
        ("a.example", "*.example", True),
        ("a.example", "203.0.113.0/24", True),
        ("203.0.113.0/24", "203.0.113.7", True),
        ("203.0.113.0/24", "198.51.100.0/24", False),
        ("203.0.113.0/24", "2001:db8::/32", False),
    ],
)
def test_overlaps(one: str, other: str, may: bool) -> None:
    assert may_overlap(fault(one), fault(other, name="b")) is may
    assert may_overlap(fault(other, name="b"), fault(one)) is may


def test_what_is_inside_is_another_target() -> None:
    inside = replace(fault("a.example"), target=FaultTarget("default", port=80))
    assert not may_overlap(fault("a.example"), inside)


def test_only_its_callers_carry_it_and_only_while_it_is_there() -> None:
    translation = Translation(WORLD, ())
    guest, other = WORLD.workloads
    away = [fault("*.example"), fault("203.0.113.0/24", name="near")]

    def chains(workload: Workload, *faults: Fault) -> list[list[str]]:
        listeners = translation.workload(workload, faults).listeners
        names = [[chain.name for chain in each.filter_chains if "/outside/" in chain.name] for each in listeners]
        return [each for each in names if each]

    mine = ["outside/80/http", "outside/203.0.113.0-24/80/http"]
    assert chains(guest, *away) == [[f"{prefix}/{each}" for each in mine] for prefix in ("outbound", "outbound-exec")]
    assert chains(other, *away) == chains(guest) == []
    # A connection into the network meets both, one to elsewhere that of the name alone.
    names = {
        each.name: {name for route in each.virtual_hosts[0].routes for name in [route.name] if "fault/" in name}
        for each in translation.workload(guest, away).routes
    }
    assert names["outbound/outside/80"] == {"fault/far/away"}
    assert names["outbound/outside/203.0.113.0-24/80"] == {
        "fault/far/away",
        "fault/far/near",
        "fault/far/away+far/near",
    }


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: fault("api.example", port=443), "is HTTPS: the sidecar sees TLS and no requests"),
        (lambda: fault("api.default.svc.cluster.local"), "is of the mesh"),
        (lambda: fault("192.0.2.1/24"), "is no network"),
        (lambda: replace(fault("api.example"), inject=Inject.SERVER), "write inject: client"),
        (lambda: replace(fault("a.example"), target=FaultTarget("d", outside=Outside("a.example"))), "has a port"),
        (lambda: FaultTarget("d", pods=("a",), port=80, outside=Outside("a.example")), "has no labels and no pods"),
        (Outside, "by a name or by a network"),
    ],
)
def test_what_cannot_be_meant(build, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        build()


def test_a_network_with_pods_in_it_is_not_outside() -> None:
    (problem,) = problems(WORLD, [fault("10.0.0.0/8")])
    assert "has pods of the mesh in it, such as default/guest" in problem.what
    assert list(problems(WORLD, [fault("203.0.113.0/24"), fault("api.example", name="b")])) == []
