# SPDX-License-Identifier: Apache-2.0
"""`script/bench faults` works, as far as it needs neither Go nor wrk: pods, fault servers, callers and delays. How fast
all of it is, is no matter here. Needs root."""

from bench.faults import delays
from bench.faults.delays import FIXED, NORMAL, UNIFORM
from bench.faults.servers import fault_servers
from bench.faults.table import delays as table


def test_delays_are_measured() -> None:
    said: list[str] = []
    with fault_servers(1) as servers:
        measured = delays.measure(None, servers, 0.4, said.append, rates=(50,))
    assert said == ["delays at 50 requests per second"]
    wanted = {each.way: each.wanted for each in measured}
    assert list(wanted.values()).count(None) == 1
    assert list(wanted.values()).count(FIXED) == 3
    assert list(wanted.values()).count(UNIFORM) == 2
    assert list(wanted.values()).count(NORMAL) == 1
    for each in measured:
        assert len(each.milliseconds) == 60
        least = {None: 0.0, FIXED: 49.0, UNIFORM: 44.0, NORMAL: 20.0}[each.wanted]
        assert min(each.milliseconds) > least, each.way
    assert min(next(each for each in measured if each.wanted is None).milliseconds) < 49.0
    text = table(measured)
    assert all(f"| {way} |" in text for way, one in wanted.items() if one is not None)
