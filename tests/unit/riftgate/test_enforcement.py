# SPDX-License-Identifier: Apache-2.0
"""When a pod may be called enforced."""

import pytest

from bpf.lsm import Isolation
from riftgate.local.capabilities import CAPABILITIES, DEFAULT_CAPABILITIES
from riftgate.local.enforcement import not_enforced
from riftgate.local.plan import PlannedPod
from riftgate.local.sandbox import ContainerSpec
from riftgate.local.self_test import Findings
from riftgate.local.supervisor import RestartPolicy

NO_LSM = Isolation(False, "this kernel has no security modules")
CLOSED = Findings(("UDP", "TCP"), (), ("MPTCP",))


def pod(*capabilities: frozenset[str]) -> PlannedPod:
    containers = tuple(
        ContainerSpec(f"app-{number}", ("true",), (), held) for number, held in enumerate(capabilities, 1)
    )
    addresses, sessions = ("10.0.0.1", "fd00::1"), ("10.1.0.1", "fd01::1")
    return PlannedPod("default", "a", "a", addresses, sessions, containers, RestartPolicy.ALWAYS)


def test_what_was_tested_and_holds_nothing_is_enforced() -> None:
    assert not_enforced(pod(frozenset(), DEFAULT_CAPABILITIES - {"NET_RAW"}), CLOSED, NO_LSM) == ()


@pytest.mark.parametrize("capability", ["NET_RAW", "NET_ADMIN", "SYS_ADMIN", "BPF"])
def test_a_capability_that_speaks_past_sockets_is_named(capability: str) -> None:
    assert not_enforced(pod(frozenset(), frozenset({"CHOWN", capability})), CLOSED, NO_LSM) == (
        f"container app-2 holds CAP_{capability} and no LSM restricts it, drop: [{capability}]",
    )


def test_a_way_out_that_is_open_is_named_for_every_pod() -> None:
    found = Findings(("UDP",), ("TCP", "MPTCP"), ())
    assert not_enforced(pod(frozenset()), found, NO_LSM) == ("on this host gets out: TCP; MPTCP",)


def test_what_was_not_tested_is_not_enforced() -> None:
    assert not_enforced(pod(frozenset()), "it is under way", NO_LSM) == ("not tested on this host: it is under way",)


def test_a_security_module_restricts_what_capabilities_allow() -> None:
    """Where its programs are in force, the app's capabilities open nothing."""
    assert not_enforced(pod(frozenset(CAPABILITIES)), CLOSED, Isolation(True)) == ()
