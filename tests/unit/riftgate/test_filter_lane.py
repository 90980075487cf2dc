# SPDX-License-Identifier: Apache-2.0
"""What the filter of the sidecars does to a stream of bytes: when each leaves, none lost, doubled or overtaken."""

from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from l7filters.connection_effects import ConnectionReset, Slices, Stream
from l7filters.connection_faults import ConnectionRule
from l7filters.faults import PARAMETERS, Family, RandomDelay
from tests.filter_lanes import Lane, Lanes, delay_milliseconds, rule
from xds_server.connection_lines import Did


def fixed(milliseconds: float) -> RandomDelay:
    return RandomDelay(Family.FIXED, (milliseconds,))


def lane(*rules: ConnectionRule) -> Lane:
    return Lanes(rules).up


def leaving(one: Lane) -> list[tuple[float, bytes, bool]]:
    """All that leaves, each at the very moment at which it is due."""
    found = []
    while (due := one.due()) is not None:
        assert one.take(due - 0.001) is None
        piece = one.take(due)
        assert piece is not None
        found.append((round(due, 6), piece.data, piece.end))
    return found


def test_without_a_fault_all_leaves_at_once() -> None:
    one = lane()
    one.feed(b"ab", False, 5.0)
    one.feed(b"", True, 6.0)
    assert leaving(one) == [(5.0, b"ab", False), (6.0, b"", True)]


def test_latency_and_the_order() -> None:
    late = RandomDelay(Family.UNIFORM, (0.0, 1000.0))
    one = lane(rule(latency=late), rule(latency=fixed(500)))
    for number in range(100):
        one.feed(bytes((number,)), False, number / 10)
    found = leaving(one)
    assert b"".join(data for _, data, _ in found) == bytes(range(100))
    waits = [moment - number / 10 for number, (moment, _, _) in enumerate(found)]
    assert all(wait >= 0.5 for wait in waits)
    # What comes behind something later is held up by it, so the mean is above that of the distribution.
    assert 1.0 < sum(waits) / 100 < 1.6
    assert [moment for moment, _, _ in found] == sorted(moment for moment, _, _ in found)


def test_what_comes_within_a_millisecond_shares_its_latency() -> None:
    """A head and its body are one answer, and an answer has one latency."""
    one = lane(rule(latency=RandomDelay(Family.UNIFORM, (100.0, 200.0))))
    waits = set()
    for number in range(50):
        one.feed(b"head", False, number)
        one.feed(b"body", False, number + 0.0009)
        one.feed(b"next", False, number + 0.5)
        head, body, following = leaving(one)
        assert body[0] - head[0] == pytest.approx(0.0009, abs=2e-6)
        waits |= {round(head[0] - number, 5), round(following[0] - number - 0.5, 5)}
    assert len(waits) > 90


def test_a_burst_does_not_outlast_its_fault() -> None:
    lanes = Lanes([rule(latency=fixed(500))])
    lanes.up.feed(b"a", False, 1.0)
    lanes.end(1.0)
    lanes.up.feed(b"b", False, 1.0005)
    assert [moment for moment, _, _ in leaving(lanes.up)] == [1.0, 1.0005]


def test_bandwidth_is_exact_over_time_however_late_timers_are() -> None:
    one = lane(rule(bytes_per_second=1000))
    one.feed(bytes(500), False, 10.0)
    assert leaving(one)[-1][0] == 10.5
    # Whoever wakes late catches up.
    one.feed(bytes(1000), False, 20.0)
    now, got = 20.0, 0
    while got < 1000:
        now += 0.2
        while (piece := one.take(now)) is not None:
            got += len(piece.data)
        assert got == pytest.approx(min(1000, (now - 20.0) * 1000), abs=21)
    # Silence saves nothing up.
    one.feed(bytes(100), False, 30.0)
    assert leaving(one)[-1][0] == 30.1


def test_slices() -> None:
    one = lane(rule(slices=Slices(3, 100)), rule(slices=Slices(10)))
    one.feed(b"abcdefgh", True, 1.0)
    assert leaving(one) == [(1.0, b"abc", False), (1.1, b"def", False), (1.2, b"gh", True)]


def test_a_late_end() -> None:
    one = lane(rule(close_delay_milliseconds=2000))
    one.feed(b"ab", True, 1.0)
    assert leaving(one) == [(1.0, b"ab", False), (3.0, b"", True)]


def test_corruption() -> None:
    one = lane(rule(corrupt_parts=100_000))
    one.feed(bytes(1000), False, 1.0)
    ((_, data, _),) = leaving(one)
    assert sum(byte.bit_count() for byte in data) == 800


def test_both_streams_count_together() -> None:
    lanes = Lanes([rule(close_after_bytes=10)])
    lanes.up.feed(b"123456", False, 1.0)
    lanes.down.feed(b"abcdefgh", False, 1.0)
    # Both are planned before either has left.
    assert (lanes.up.due(), lanes.down.due()) == (1.0, 1.0)
    first, second = lanes.up.take(1.0), lanes.down.take(1.0)
    assert first is not None
    assert second is not None
    assert (first.data, first.struck) == (b"123456", ())
    assert (second.data, second.struck) == (b"abcd", (Did.CLOSE,))


def test_a_fault_of_one_stream_is_about_that_alone() -> None:
    lanes = Lanes([rule(Stream.DOWNSTREAM, latency=fixed(1000), blackhole_after=3)])
    lanes.up.feed(b"abcd", False, 1.0)
    lanes.down.feed(b"abcd", False, 1.0)
    assert leaving(lanes.up) == [(1.0, b"abcd", False)]
    assert leaving(lanes.down) == [(2.0, b"abc", False)]


def test_a_blackhole_heals() -> None:
    lanes = Lanes([rule(blackhole_after=2)])
    one = lanes.up
    one.feed(b"abcd", False, 1.0)
    piece = one.take(1.0)
    assert piece is not None
    assert (piece.data, piece.struck) == (b"ab", (Did.BLACKHOLE,))
    one.feed(b"ef", True, 2.0)
    assert (one.blocked, one.due(), one.held, one.memory) == (True, None, 4, 4 + 2 * 320)
    lanes.end(9.0)
    assert [(data, end) for _, data, end in leaving(one)] == [(b"cd", False), (b"ef", True)]


def test_what_is_held_leaves_when_the_fault_ends() -> None:
    lanes = Lanes([rule(latency=fixed(60_000)), rule(bytes_per_second=64), rule(slices=Slices(1, 1000))])
    one = lanes.up
    one.feed(b"abc", False, 1.0)
    one.feed(b"def", False, 1.5)
    due = one.due()
    assert due is not None
    assert due > 60.0
    lanes.end(2.0)
    assert leaving(one) == [(2.0, b"abc", False), (2.0, b"def", False)]
    one.feed(b"ghi", True, 3.0)
    assert leaving(one) == [(3.0, b"ghi", True)]


_POSITIVE = st.floats(0.001, 600_000)
_PARAMETERS = {
    Family.FIXED: st.tuples(_POSITIVE),
    Family.UNIFORM: st.tuples(st.floats(0, 1000), st.floats(1001, 600_000)),
    Family.NORMAL: st.tuples(_POSITIVE, st.just(0.0) | st.floats(0.001, 600_000)),
    Family.EXPONENTIAL: st.tuples(_POSITIVE),
    Family.PARETO: st.tuples(_POSITIVE, st.floats(0.001, 1000)),
    Family.LOGNORMAL: st.tuples(_POSITIVE, st.floats(0.001, 1000)),
}


@given(
    st.sampled_from(Family).flatmap(
        lambda family: st.builds(
            RandomDelay, st.just(family), _PARAMETERS[family], limit_milliseconds=st.floats(1, 600_000)
        )
    ),
    st.floats(2**-60, 1 - 2**-53),
)
@example(RandomDelay(Family.NORMAL, (100.0, 20.0)), 2**-60)
@example(RandomDelay(Family.LOGNORMAL, (100.0, 0.5)), 1 - 2**-53)
@example(RandomDelay(Family.NORMAL, (100.0, 20.0)), 0.01)
def test_delays_have_the_quantiles_of_the_language(delay: RandomDelay, chance: float) -> None:
    assert set(_PARAMETERS) == set(PARAMETERS)
    assert delay_milliseconds(delay, chance) == pytest.approx(delay.milliseconds(chance), rel=1e-9, abs=1e-9)


_DOES = st.builds(
    dict,
    latency=st.none() | st.builds(fixed, st.floats(1, 500)) | st.just(RandomDelay(Family.EXPONENTIAL, (20.0,))),
    bytes_per_second=st.none() | st.integers(64, 100_000),
    slices=st.none() | st.builds(Slices, st.integers(1, 50), st.integers(0, 20)),
    blackhole_after=st.none() | st.integers(1, 300),
    close_delay_milliseconds=st.none() | st.integers(1, 500),
    reset=st.none() | st.builds(ConnectionReset, st.integers(1, 300)),
).filter(lambda does: any(each is not None for each in does.values()))


@given(st.lists(_DOES, max_size=3), st.lists(st.binary(max_size=100), max_size=8), st.integers(0, 2**32))
def test_nothing_is_lost_doubled_or_out_of_order(faults: list[dict[str, Any]], chunks: list[bytes], seed: int) -> None:
    """Whatever the faults are, and whenever they end."""
    random = Random(seed)
    lanes = Lanes([rule(**does) for does in faults], seed)
    one = lanes.up
    now, got, ended = 0.0, b"", False
    for number, chunk in enumerate(chunks):
        one.feed(chunk, number == len(chunks) - 1, now)
        now += random.random()
        while (piece := one.take(now)) is not None:
            assert not ended
            got += piece.data
            ended = piece.end
        assert b"".join(chunks).startswith(got)
        assert one.held == len(b"".join(chunks[: number + 1])) - len(got)
    lanes.end(now)
    while (piece := one.take(now)) is not None:
        got += piece.data
        ended = piece.end
    assert got == b"".join(chunks)
    assert ended == bool(chunks)
    assert (one.held, one.due()) == (0, None)
