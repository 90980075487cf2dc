# SPDX-License-Identifier: Apache-2.0
"""Chaos in names: who is struck, how, and for how long an answer is held."""

import asyncio

import dns.message
import dns.rcode
import pytest

from l7filters.faults import FaultTarget, Which
from l7filters.labels import Operator, Requirement, Selector
from l7filters.name_faults import NameEffect, NameFault, NameRule, name_rule
from l7filters.peers import FqdnPattern
from l7filters.source import SourceLocation
from l7filters.world import Workload, World
from riftgate.control.host_faults import HostFaults, host_faults
from riftgate.control.wire import faults_from_json, faults_to_json
from riftgate.resolver.faults import ActiveFault, NameFaults, struck_answer
from tests.virtual_time import in_virtual_time

HERE = SourceLocation("s.yaml", 3)
SHIPS = FaultTarget("default", Selector((Requirement("app", Operator.IN, ("ship",)),)))
WORLD = World(
    (
        Workload("default", "ship", {"app": "ship"}, ("10.0.0.1", "fd00::1")),
        Workload("default", "other", {"app": "other"}, ("10.0.0.2",)),
    )
)
API = FqdnPattern("*.example.com", True)


def fault(name: str = "f", effect: NameEffect = NameEffect.NXDOMAIN, **fields: object) -> NameFault:
    return NameFault("s", name, HERE, SHIPS, effect, **fields)  # type: ignore[arg-type]


def on(*faults: NameFault, expires: float = 100.0, draw: float = 0.5, now: float = 0.0) -> NameFaults:
    made = NameFaults(lambda: now, lambda: draw)
    made.replace(ActiveFault(name_rule(WORLD, each), expires) for each in faults)
    return made


def struck(faults: NameFaults, source: str = "10.0.0.1", name: str = "a.example.com", kind: str = "A") -> list[str]:
    strike = faults.strike(source, name, kind)
    if strike is None:
        return []
    return [rule.fault for rule in (*strike.delays, *([strike.answer] if strike.answer else []))]


def test_who_is_struck() -> None:
    faults = on(fault(names=(API,), types=("AAAA",)))
    assert struck(faults, kind="AAAA") == ["s/f"]
    assert struck(faults, "fd00::1", kind="AAAA") == ["s/f"]
    assert struck(faults) == [], "another type"
    assert struck(faults, "10.0.0.2", kind="AAAA") == [], "another pod"
    assert struck(faults, name="example.org", kind="AAAA") == [], "another name"
    assert faults.hits == {"s/f": 2}
    assert struck(on(fault()), name="anything", kind="TXT") == ["s/f"]


def test_how_often() -> None:
    assert struck(on(fault(parts_per_million=500_001), draw=0.5)) == ["s/f"]
    assert struck(on(fault(parts_per_million=500_000), draw=0.5)) == []


def test_it_ends_by_itself() -> None:
    assert struck(on(fault(), expires=10.0, now=9.9)) == ["s/f"]
    assert struck(on(fault(), expires=10.0, now=10.0)) == []


def test_delays_add_up_and_one_effect_counts() -> None:
    late = [fault(name, NameEffect.DELAY, milliseconds=5) for name in ("b", "c")]
    faults = on(*late, fault("z", NameEffect.SERVFAIL), fault("y", NameEffect.NXDOMAIN))
    assert struck(faults) == ["s/b", "s/c", "s/y"]
    assert "s/z" not in faults.hits, "it did not happen"


@in_virtual_time
async def test_an_answer_is_held_no_longer_than_its_fault_is_on() -> None:
    loop = asyncio.get_running_loop()
    faults = NameFaults(loop.time)
    rule = name_rule(WORLD, fault(effect=NameEffect.DELAY, milliseconds=5000))
    begin = loop.time()
    faults.replace([ActiveFault(rule, begin + 100)])
    await faults.hold((rule,))
    assert loop.time() - begin == pytest.approx(5, abs=0.1)
    begin = loop.time()
    faults.replace([ActiveFault(rule, begin + 2)])
    held = asyncio.create_task(faults.hold((rule,)))
    await asyncio.sleep(1)
    faults.replace([ActiveFault(rule, begin + 3)])  # renewed
    await held
    assert loop.time() - begin == pytest.approx(3, abs=0.1)
    begin = loop.time()
    faults.replace([ActiveFault(rule, begin + 100)])
    held = asyncio.create_task(faults.hold((rule,)))
    await asyncio.sleep(1)
    faults.replace([])
    await held
    assert loop.time() - begin == pytest.approx(1, abs=0.1), "turned off: released"


def test_answers() -> None:
    query = dns.message.make_query("a.example.com", "AAAA")

    def made(effect: NameEffect, **fields: object) -> dns.message.Message | None:
        return struck_answer(query, name_rule(WORLD, fault(effect=effect, **fields)))

    assert made(NameEffect.NO_ANSWER) is None
    for effect, code in ((NameEffect.NXDOMAIN, dns.rcode.NXDOMAIN), (NameEffect.SERVFAIL, dns.rcode.SERVFAIL)):
        answer = made(effect)
        assert answer is not None
        assert (answer.rcode(), answer.answer) == (code, [])
    wrong = made(NameEffect.WRONG_ADDRESS, addresses=("192.0.2.1", "2001:db8::1"))
    assert wrong is not None
    assert [str(item) for each in wrong.answer for item in each] == ["2001:db8::1"]
    assert wrong.answer[0].ttl == 0, "so that nobody keeps it"
    empty = made(NameEffect.WRONG_ADDRESS, addresses=("192.0.2.1",))
    assert empty is not None
    assert (empty.rcode(), empty.answer) == (dns.rcode.NOERROR, [])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"parts_per_million": 1_000_001}, "parts per million"),
        ({"parts_per_million": 0}, "parts per million"),
        ({"milliseconds": 5}, "a delay of names"),
        ({"effect": NameEffect.DELAY}, "a delay of names"),
        ({"effect": NameEffect.DELAY, "milliseconds": -1}, "not between 1 ms and 1 min"),
        ({"effect": NameEffect.DELAY, "milliseconds": 60_001}, "not between 1 ms and 1 min"),
        ({"effect": NameEffect.WRONG_ADDRESS}, "needs addresses"),
        ({"addresses": ("192.0.2.1",)}, "no other effect has any"),
        ({"effect": NameEffect.WRONG_ADDRESS, "addresses": ("x",)}, "not appear to be"),
        ({"types": ("a",)}, "not a DNS record type"),
    ],
)
def test_what_no_fault_can_be(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fault(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no port"):
        NameFault("s", "f", HERE, FaultTarget("default", port=53), NameEffect.NXDOMAIN)


def test_its_way_to_the_agent() -> None:
    some = fault(effect=NameEffect.WRONG_ADDRESS, addresses=("192.0.2.1",), names=(API,))
    assert faults_from_json(faults_to_json((some,))) == (some,)
    sent = host_faults(WORLD, [(some, 50.0)])
    assert isinstance(sent.rules[0][0], NameRule)
    assert HostFaults.from_json(sent.to_json()) == sent


def test_by_number_and_anew_each_time() -> None:
    faults = on()
    rule = name_rule(WORLD, fault(which=Which(every=2, first=2)))
    for expires in (100.0, 200.0):
        faults.replace([ActiveFault(rule, expires)])
        assert [bool(struck(faults)) for _ in range(4)] == [False, True, False, True]
        # A renewal is none.
        faults.replace([ActiveFault(rule, expires + 1)])
        assert [bool(struck(faults)) for _ in range(4)] == [False] * 4
        faults.replace([])


def test_at_once_counts_what_is_held() -> None:
    faults = on(fault(effect=NameEffect.DELAY, milliseconds=500, which=Which(at_once=1)))
    strike = faults.strike("10.0.0.1", "a.example.com", "A")
    assert strike is not None
    assert struck(faults) == []
    strike.release()
    assert struck(faults) == ["s/f"]
