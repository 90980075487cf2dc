# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies on this machine: whose cgroup has which rights, and what is said of those that it cannot hold."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bpf.lsm import Isolation
from bpf.structs import ANY_CONTAINER
from l7filters.local_tables import Granted, LocalRights, PodRights
from riftgate.local.local_rights import not_bound, rights_of

EVERYTHING, NOTHING = LocalRights(), LocalRights(Granted(), Granted())
LISTEN = LocalRights(listen=Granted(((6, 80, 16),)))
HELD, OPEN = Isolation(True), Isolation(False, "no bpf here", "boot with it")
OLD = "Linux 6.1 does not ask"


@dataclass
class Pod:
    folder: Path
    key: str = "default/shop"
    slot: int = 3
    containers: tuple[str, ...] = ("web", "db")
    made: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.containers:
            (self.folder / name).mkdir()
            self.made[name] = (self.folder / name).stat().st_ino

    def container_cgroup(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def pod(tmp_path: Path) -> Any:
    return Pod(tmp_path)


def rights(others: LocalRights = EVERYTHING, **containers: LocalRights) -> tuple[PodRights, ...]:
    return (PodRights("default/shop", tuple(containers.items()), others, NOTHING),)


def test_rights_are_those_of_cgroups(pod: Any) -> None:
    assert rights_of(rights(web=LISTEN), [pod]) == {ANY_CONTAINER | 3: NOTHING, pod.made["web"]: LISTEN}
    assert rights_of(rights(NOTHING, web=LISTEN), [pod])[pod.made["db"]] == NOTHING
    assert rights_of(rights(web=LISTEN), []) == rights_of((), [pod]) == {}


def test_a_pod_that_is_being_made_or_removed_has_what_everybody_in_it_may(pod: Any) -> None:
    (pod.folder / "web").rmdir()
    assert rights_of(rights(web=LISTEN, db=NOTHING), [pod]) == {ANY_CONTAINER | 3: NOTHING, pod.made["db"]: NOTHING}


def test_a_pod_that_no_policy_selects_is_asked_nothing_of(pod: Any) -> None:
    assert not_bound(pod, (), OPEN, OLD) == ()


def test_where_all_is_there_nothing_is_said(pod: Any) -> None:
    assert not_bound(pod, rights(web=NOTHING), HELD, OLD) == ()


def test_what_the_kernel_cannot_hold_is_said_of_what_is_restricted(pod: Any) -> None:
    listening = "LocalPolicy about listening on unix sockets, no bpf here: boot with it"
    connecting = f"LocalPolicy about connecting to unix sockets, {OLD}, and no bpf here: boot with it"
    assert not_bound(pod, rights(web=NOTHING), OPEN, OLD) == (listening, connecting)
    assert not_bound(pod, rights(web=NOTHING), OPEN, None) == (listening,)
    assert not_bound(pod, rights(web=LISTEN), OPEN, OLD) == (listening,)
    assert not_bound(pod, rights(web=LocalRights(connect=Granted())), OPEN, OLD) == (connecting,)


def test_a_path_is_only_a_name_where_nobody_sees_what_it_leads_to(pod: Any) -> None:
    path = rights(web=LocalRights(connect=Granted(names=("\0db", "/run/db.sock"))))
    abstract = rights(web=LocalRights(connect=Granted(names=("\0db",))))
    assert not_bound(pod, path, OPEN, None) == (
        "LocalPolicy about unix sockets by a path, which the app may let lead elsewhere, no bpf here: boot with it",
    )
    assert not_bound(pod, path, HELD, None) == not_bound(pod, abstract, OPEN, None) == ()


def test_a_container_that_there_is_not(pod: Any) -> None:
    assert not_bound(pod, rights(wbe=NOTHING), HELD, None) == (
        "a LocalPolicy restricts container wbe, which there is not, write web or db",
    )
