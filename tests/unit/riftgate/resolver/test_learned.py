# SPDX-License-Identifier: Apache-2.0
"""Addresses for names: what gets into the kernel's table, for how long, and what never does."""

import pytest

from bpf import structs
from bpf.names import NamesTable
from l7filters.l4_tables import L4Name
from l7filters.peers import FqdnPattern
from riftgate.resolver import learned
from riftgate.resolver.knowledge import Knowledge
from riftgate.resolver.learned import GRACE, MIN_TTL, LearnedNames

API, ALL = L4Name(FqdnPattern("api.example.com", False), 7), L4Name(FqdnPattern("*.example.com", True), 8)
KNOWLEDGE = Knowledge(names=(API, ALL))


class Map(dict[bytes, bytes]):
    def update(self, key: bytes, value: bytes) -> None:  # type: ignore[override]
        self[key] = value

    def lookup(self, key: bytes) -> bytes | None:
        return self.get(key)

    def delete(self, key: bytes) -> bool:
        return self.pop(key, None) is not None

    def all_keys(self) -> list[bytes]:
        return list(self)


class Bench:
    def __init__(self) -> None:
        self.map, self.now = Map(), 1000.0
        self.names = LearnedNames(NamesTable(self.map), lambda: self.now)
        self.names.follow(KNOWLEDGE)

    def identities(self, address: str) -> list[int]:
        value = self.map.get(structs.address(address))
        if value is None or structs.read_names_expiry(value) <= self.now * 1e9:
            return []
        count = structs.read_word(value[8:12])
        return [structs.read_word(value[12 + 4 * i : 16 + 4 * i]) for i in range(count)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_address_counts_for_all_that_its_name_fits(bench: Bench) -> None:
    assert bench.names.learn("API.example.com".lower(), ["192.0.2.1", "2001:db8::1"], 300)
    assert bench.identities("192.0.2.1") == bench.identities("2001:db8::1") == [7, 8]
    bench.names.learn("www.example.com", ["192.0.2.2"], 300)
    assert bench.identities("192.0.2.2") == [8]
    assert not bench.names.learn("example.org", ["192.0.2.3"], 300)
    assert bench.identities("192.0.2.3") == []


@pytest.mark.parametrize(
    "address",
    [
        *("10.201.0.1", "10.202.0.1", "fd72:6966:7467:1::1", "fd72:6966:7467:2::1", "169.254.20.10"),
        *("127.0.0.1", "::1", "169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:192.0.2.1"),
    ],
)
def test_no_answer_opens_a_way_to_these(bench: Bench, address: str) -> None:
    """Whoever answers for a name that a rule allows must not be able to name a pod, or the machine itself."""
    assert not bench.names.learn("api.example.com", [address], 300)
    assert not bench.map


def test_it_ends_with_its_time_whoever_lives(bench: Bench) -> None:
    bench.names.learn("api.example.com", ["192.0.2.1"], 300)
    bench.now += 300 + GRACE - 1
    assert bench.identities("192.0.2.1") == [7, 8]
    bench.now += 1
    assert bench.identities("192.0.2.1") == [], "by the entry itself"
    bench.names.sweep()
    assert not bench.map
    assert bench.names.all == ()


def test_a_short_ttl_is_lengthened_and_a_new_answer_renews(bench: Bench) -> None:
    bench.names.learn("api.example.com", ["192.0.2.1"], 0)
    bench.now += MIN_TTL + GRACE - 1
    assert not bench.names.learn("api.example.com", ["192.0.2.1"], 0), "nothing new"
    bench.now += MIN_TTL
    assert bench.identities("192.0.2.1") == [7, 8]


def test_of_two_names_each_has_its_own_time(bench: Bench) -> None:
    bench.names.learn("api.example.com", ["192.0.2.1"], 100)
    bench.names.learn("www.example.com", ["192.0.2.1"], 1000)
    bench.now += 100 + GRACE
    bench.names.sweep()
    assert bench.identities("192.0.2.1") == [8]


def test_a_change_of_policies_counts_at_once(bench: Bench) -> None:
    bench.names.learn("www.example.com", ["192.0.2.1"], 300)
    bench.names.follow(Knowledge(names=(API,)))
    assert bench.identities("192.0.2.1") == []
    bench.names.follow(KNOWLEDGE)
    assert bench.identities("192.0.2.1") == [8]


def test_it_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "MAX_ADDRESSES", 3)
    monkeypatch.setattr(learned, "MAX_ADDRESSES_OF_NAME", 2)
    bench.names.learn("api.example.com", ["192.0.2.1", "192.0.2.2", "192.0.2.3"], 300)
    assert {each.address for each in bench.names.all} == {"192.0.2.1", "192.0.2.2"}
    bench.names.learn("www.example.com", ["192.0.2.4", "192.0.2.5"], 600)
    assert len(bench.map) == 3
    assert {"192.0.2.4", "192.0.2.5"} < {each.address for each in bench.names.all}, "those that live longest stay"


def test_too_many_addresses_are_told_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A pod asks as often as it likes; the log must not grow with it."""
    monkeypatch.setattr(learned, "MAX_ADDRESSES_OF_NAME", 1)
    for _ in range(3):
        bench.names.learn("api.example.com", ["192.0.2.1", "192.0.2.2", "192.0.2.3"], 300)
    assert [each.getMessage() for each in caplog.records] == [
        "api.example.com has more than 1 addresses: 192.0.2.2 is not allowed"
    ]
    bench.names.sweep()
    bench.names.learn("api.example.com", ["192.0.2.4", "192.0.2.5"], 300)
    assert len(caplog.records) == 2, "and again once in a while"


def test_what_an_earlier_process_left_is_swept(bench: Bench) -> None:
    NamesTable(bench.map).put("192.0.2.9", bench.now + 5, [7])
    bench.names.sweep()
    assert bench.identities("192.0.2.9") == [7]
    bench.now += 5
    bench.names.sweep()
    assert not bench.map
