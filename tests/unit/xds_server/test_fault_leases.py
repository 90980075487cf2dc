# SPDX-License-Identifier: Apache-2.0
"""What the fault server knows of the ends of faults on requests."""

import pytest

from xds_server import fault_leases
from xds_server.fault_leases import FaultLeases


def test_a_fault_is_on_until_its_end_or_until_it_is_not_told_any_more() -> None:
    now = [1000.0]
    leases = FaultLeases(lambda: now[0])
    # Nobody has told it anything; a sidecar knows better.
    assert leases.is_on("s/a")
    leases.replace({"s/a": 2000, "s/b": 9000})
    assert [leases.is_on(each) for each in ("s/a", "s/b", "s/c")] == [True, True, True]
    now[0] = 2000.0
    assert [leases.is_on(each) for each in ("s/a", "s/b")] == [False, True]
    leases.replace({"s/a": 3000})
    assert [leases.is_on(each) for each in ("s/a", "s/b", "s/c")] == [True, False, True]
    leases.replace({"s/b": 9000})
    assert [leases.is_on(each) for each in ("s/a", "s/b")] == [False, True]


def test_not_all_that_ever_was_on_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_leases, "_REMEMBERED", 2)
    leases = FaultLeases()
    for number in range(5):
        leases.replace({f"s/{number}": 0})
    assert [leases.is_on(f"s/{number}") for number in range(5)] == [True, True, False, False, False]
