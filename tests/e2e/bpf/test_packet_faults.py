# SPDX-License-Identifier: Apache-2.0
"""Which packets a fault hits and how late they are, as the program that guards a pod's link does it: through
BPF_PROG_RUN, packet by packet. Needs root."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import NormalDist

import pytest

from bpf import structs
from bpf.datapath import Datapath
from l7filters.faults import ALL_REQUESTS, Family, RandomDelay, Which
from l7filters.l4_tables import L4Entry, L4Tables
from l7filters.packet_faults import PacketEffect, PacketRule, packet_seed
from riftgate.instance import POD_DEPTH
from tests.bpf_run import ACK, TC_ACT_OK, TC_ACT_SHOT, Packet, run_on_frame, run_until_sent
from tests.pinned import bpffs

SLOT, PEER = 1, 2
LOOPBACK = 1
POD, CALLER = ("10.0.0.1", "fd00::1"), ("10.0.0.2", "fd00::2")
SLOTS = {"default/a": SLOT, "default/b": PEER}
DATA = Packet(CALLER[0], POD[0], flags=ACK)
ANY = frozenset({("default/b", "default/a")})
FOR_EVER = 1 << 62
MASK = (1 << 64) - 1
# Kolmogorov and Smirnov, a chance of one in a million.
CRITICAL = math.sqrt(-math.log(0.5e-6) / 2)
SAMPLES = 2000


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datapath]:
    with bpffs(tmp_path_factory.mktemp("packets")) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        maps = datapath._maps
        try:
            for slot, (ipv4, ipv6) in ((SLOT, POD), (PEER, CALLER)):
                maps["pod_by_slot"].update(structs.word(slot), structs.pod(ipv4, ipv6))
                for address in (ipv4, ipv6):
                    maps["slot_by_address"].update(structs.address(address), structs.word(slot))
            maps["slot_by_ifindex"].update(structs.word(LOOPBACK), structs.word(SLOT))
            datapath.tables.replace(L4Tables((("0.0.0.0/0", 1), ("::/0", 1)), (), (L4Entry(1, 1, 6, 0, 0, True),)))
            yield datapath
        finally:
            datapath.close()


@pytest.fixture
def datapath(loaded: Datapath) -> Iterator[Datapath]:
    yield loaded
    loaded.packet_faults.replace((), SLOTS)


def rule(effect: PacketEffect = PacketEffect.LOSS, percent: float = 100, **more: object) -> PacketRule:
    return PacketRule("s/f", effect, round(percent * 10_000), ANY, **more)  # type: ignore[arg-type]


def lost(datapath: Datapath, count: int) -> list[int]:
    """The numbers of the packets that are gone, of so many, from 1."""
    program = datapath._object.program_fd("to_pod")
    frame = DATA.frame()
    return [n for n in range(1, count + 1) if run_on_frame(program, frame) == TC_ACT_SHOT]


def put(datapath: Datapath, *rules: PacketRule, end: int = FOR_EVER) -> None:
    datapath.packet_faults.replace([(each, end) for each in rules], SLOTS)


def split_mix(seed: int, number: int) -> int:
    """As published; Java's SplittableRandom is the same."""
    mixed = seed + number * 0x9E3779B97F4A7C15 & MASK
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & MASK
    return mixed ^ mixed >> 31


def test_the_first_so_many_and_then_none(datapath: Datapath) -> None:
    put(datapath, rule(which=Which(first=5)))
    assert lost(datapath, 20) == [1, 2, 3, 4, 5]
    assert datapath.packet_faults.hits()["s/f"] == 5


def test_both_directions_count_together_and_renewals_go_on(datapath: Datapath) -> None:
    before = datapath.packet_faults.hits().get("s/f", 0)
    ways = (rule(which=Which(first=5)), rule(which=Which(first=5), from_target=True))
    put(datapath, *ways)
    assert lost(datapath, 3) == [1, 2, 3]
    put(datapath, *ways, end=FOR_EVER + 1)
    # Other pods of the same fault are another rule.
    more = frozenset({*ANY, (None, "default/a")})
    wider = PacketRule("s/f", PacketEffect.LOSS, ALL_REQUESTS, more, which=Which(first=5))
    put(datapath, wider)
    assert lost(datapath, 20) == [1, 2]
    assert datapath.packet_faults.hits()["s/f"] == before + 5


def test_a_fault_that_is_turned_on_again_counts_anew(datapath: Datapath) -> None:
    before = datapath.packet_faults.hits().get("s/f", 0)
    for _ in range(2):
        put(datapath, rule(which=Which(first=2)))
        assert lost(datapath, 4) == [1, 2]
        put(datapath)
    # Also when nobody has taken it off.
    put(datapath, rule(which=Which(first=2)), end=time.monotonic_ns() - 1)
    assert lost(datapath, 4) == []
    put(datapath, rule(which=Which(first=2)))
    assert lost(datapath, 4) == [1, 2]
    assert datapath.packet_faults.hits()["s/f"] == before + 6


def test_every_so_manyth(datapath: Datapath) -> None:
    put(datapath, rule(which=Which(every=4, first=3)))
    assert lost(datapath, 20) == [4, 8, 12]


@pytest.mark.parametrize("percent", [1, 30, 99])
def test_a_seed_hits_the_same_numbers_anywhere(datapath: Datapath, percent: int) -> None:
    start = packet_seed(42, "s/f")
    wanted = [n for n in range(1, 501) if split_mix(start, n) * 100 < percent << 64]
    for _ in range(2):
        put(datapath, rule(percent=percent, which=Which(seed=42)))
        assert lost(datapath, 500) == wanted
        put(datapath)
    put(datapath, rule(percent=percent, which=Which(seed=43)))
    assert lost(datapath, 500) != wanted


def test_so_many_in_a_second(datapath: Datapath) -> None:
    put(datapath, rule(which=Which(per_second=3)))
    begun = time.monotonic()
    found = []
    while time.monotonic() < begun + 2.5:
        found.extend(lost(datapath, 50))
    seconds = math.floor(time.monotonic()) - math.floor(begun) + 1
    assert 3 < len(found) <= 3 * seconds


def test_a_share_by_chance(datapath: Datapath) -> None:
    put(datapath, rule(percent=20))
    hits = len(lost(datapath, SAMPLES))
    expected, spread = SAMPLES * 0.2, math.sqrt(SAMPLES * 0.2 * 0.8)
    # Five standard deviations.
    assert abs(hits - expected) < 5 * spread


def delays(datapath: Datapath, count: int) -> list[float]:
    """By how many milliseconds so many packets are to be held."""
    program = datapath._object.program_fd("to_pod")
    frame = DATA.frame()
    found = []
    for _ in range(count):
        verdict, before, due, after = run_until_sent(program, frame)
        assert verdict == TC_ACT_OK
        # The program asks for the time once, somewhere in between.
        found.append((due - (before + after) / 2) / 1e6 if due else 0.0)
    return found


CDF: Mapping[Family, tuple[tuple[float, ...], Callable[[float], float]]] = {
    Family.UNIFORM: ((200.0, 600.0), lambda x: (x - 200) / 400),
    Family.NORMAL: ((900.0, 150.0), NormalDist(900, 150).cdf),
    Family.EXPONENTIAL: ((200.0,), lambda x: 1 - math.exp(-x / 200)),
    Family.PARETO: ((100.0, 2.5), lambda x: 1 - (100 / max(x, 100)) ** 2.5),
    Family.LOGNORMAL: ((300.0, 0.5), lambda x: NormalDist().cdf(math.log(x / 300) / 0.5)),
}


def distance(found: list[float], cdf: Callable[[float], float]) -> float:
    ordered, count = sorted(found), len(found)
    return max(max((i + 1) / count - cdf(x), cdf(x) - i / count) for i, x in enumerate(ordered))


@pytest.mark.parametrize("family", CDF)
def test_a_delay_has_its_distribution(datapath: Datapath, family: Family) -> None:
    parameters, cdf = CDF[family]
    put(datapath, rule(PacketEffect.DELAY, delay=RandomDelay(family, parameters, limit_milliseconds=2000)))
    found = [each for each in delays(datapath, SAMPLES) if each < 1999]
    assert len(found) > 0.99 * SAMPLES
    bound = CRITICAL / math.sqrt(SAMPLES)
    assert distance(found, cdf) < bound
    # The test can fail: another spread is another distribution.
    middle = sorted(found)[len(found) // 2]
    assert distance([middle + (each - middle) * 0.5 for each in found], cdf) > bound


def test_delays_add_up_to_two_seconds_and_end_with_the_fault(datapath: Datapath) -> None:
    def fixed(milliseconds: float, name: str) -> PacketRule:
        delay = RandomDelay(Family.FIXED, (milliseconds,), limit_milliseconds=2000)
        return PacketRule(name, PacketEffect.DELAY, ALL_REQUESTS, ANY, delay=delay)

    put(datapath, fixed(300, "s/one"), fixed(400, "s/two"))
    # An interrupted run is late: the median is not.
    assert sorted(delays(datapath, 21))[10] == pytest.approx(700, abs=1)
    put(datapath, fixed(1900, "s/one"), fixed(1900, "s/two"))
    assert sorted(delays(datapath, 21))[10] == pytest.approx(2000, abs=1)
    put(datapath, fixed(300, "s/one"), end=time.monotonic_ns() - 1)
    assert delays(datapath, 5) == [0.0] * 5


def test_reordering_holds_its_share_back(datapath: Datapath) -> None:
    delay = RandomDelay(Family.FIXED, (10.0,), limit_milliseconds=2000)
    put(datapath, rule(PacketEffect.REORDERING, 25, delay=delay, which=Which(seed=7)))
    found = delays(datapath, 400)
    start = packet_seed(7, "s/f")
    assert [n for n, late in enumerate(found, 1) if late] == [
        n for n in range(1, 401) if split_mix(start, n) * 100 < 25 << 64
    ]
