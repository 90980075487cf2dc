# SPDX-License-Identifier: Apache-2.0
"""Who may speak to Riftgate's own sockets, by the cgroup of the process that dials."""

from pathlib import Path

import pytest

from riftgate.callers import Callers

PLACES = {
    "the machine's": "0::/user.slice/shell\n",
    "the root": "0::/\n",
    "beside v1": "12:cpu:/\n1:name=systemd:/x\n0::/rift/control\n",
    "another mesh's": "0::/other/pods/default.guest/sidecar\n",
    "its sidecar": "0::/rift/pods/default.guest/sidecar\n",
    "a sidecar of a mount below": "0::/machine/rift/pods/default.guest/sidecar\n",
    "an app": "0::/rift/pods/default.guest/container-app\n",
    "an app that has made a cgroup": "0::/rift/pods/default.guest/container-app/sidecar\n",
    "a pod": "0::/rift/pods/default.guest\n",
    "all pods'": "0::/rift/pods\n",
    "only v1": "1:name=systemd:/x\n",
}
MACHINE = {"the machine's", "the root", "beside v1", "another mesh's"}
SIDECAR = {"its sidecar", "a sidecar of a mount below"}


@pytest.mark.parametrize("place", PLACES)
def test_by_cgroup(tmp_path: Path, place: str) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text(PLACES[place])
    callers = Callers("rift", tmp_path)
    assert callers.of_the_machine(7) == (place in MACHINE)
    assert callers.may_be_a_sidecar(7) == (place in MACHINE | SIDECAR)
    assert callers.is_node(7, "default/guest") == (place in MACHINE | SIDECAR)
    assert callers.is_node(7, "default/vault") == callers.is_node(7, "") == (place in MACHINE)


@pytest.mark.parametrize("caller", [None, 8])
def test_who_cannot_be_told_is_refused(tmp_path: Path, caller: int | None) -> None:
    callers = Callers("rift", tmp_path)
    assert not callers.of_the_machine(caller)
    assert not callers.may_be_a_sidecar(caller)
    assert not callers.is_node(caller, "default/guest")
