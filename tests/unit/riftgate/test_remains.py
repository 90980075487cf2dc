# SPDX-License-Identifier: Apache-2.0
"""What is left of a mesh: what is removed, in which order, and what is not."""

from pathlib import Path, PurePosixPath

import pytest

from riftgate.instance import Instance
from riftgate.local import remains
from riftgate.local.errors import LocalError
from riftgate.local.mountinfo import Mount
from riftgate.local.remains import can_adopt, remove_everything, remove_pods


class Machine:
    """A machine that tells what is removed from it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.instance = Instance("unit", folder / "run")
        self.removed: list[str] = []
        self.mounts: list[Mount] = []
        self.busy: set[str] = set()
        cgroup = folder / "cgroup"
        monkeypatch.setattr("riftgate.instance.cgroup2_mount", lambda _mounts: cgroup)
        monkeypatch.setattr(remains.cgroups, "remove_tree", self._remove_cgroup)
        monkeypatch.setattr(remains.netns, "purge", lambda name, state: self.removed.append(f"netns of {name}"))
        monkeypatch.setattr(remains, "read_mounts", lambda: tuple(self.mounts))
        monkeypatch.setattr(remains.ctypes, "CDLL", lambda *_args, **_options: self)
        monkeypatch.setattr(remains.ctypes, "get_errno", lambda: 16)

    def umount2(self, point: bytes, _flags: int) -> int:
        path = point.decode()
        if path in self.busy:
            return -1
        self.mounts.remove(next(each for each in reversed(self.mounts) if str(each.point) == path))
        self.removed.append(f"mount {Path(path).name}")
        return 0

    def mount(self, path: Path) -> None:
        self.mounts.append(Mount("0:1", PurePosixPath("/"), PurePosixPath(path), "bpf"))

    def _remove_cgroup(self, path: Path) -> None:
        if path.exists():
            self.removed.append(f"cgroup {path.name}")
            path.rmdir()

    def state_left(self) -> set[str]:
        state = self.instance.state
        return {each.name for each in state.iterdir()} if state.exists() else set()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.fixture
def full(machine: Machine) -> Machine:
    """With all that a mesh makes, its bpffs mounted twice."""
    instance = machine.instance
    instance.pods_cgroup.mkdir(parents=True)
    (instance.pod_files / "default.tie").mkdir(parents=True)
    (instance.pod_files / "default.tie" / "envoy.log").write_text("x")
    instance.documents.write_text("[]")
    instance.logs.mkdir()
    for _ in range(2):
        machine.mount(instance.pins)
    machine.mount(Path("/sys/fs/bpf"))
    return machine


def test_nothing_is_there(machine: Machine) -> None:
    assert not can_adopt(machine.instance)
    assert remove_everything(machine.instance) is False
    assert machine.removed == ["netns of unit"], "asked for all the same: a broken start may have left only those"


def test_everything_goes_processes_first(full: Machine) -> None:
    full.instance.pods_cgroup.rmdir()
    assert remove_everything(full.instance) is True
    assert full.removed == ["cgroup unit", "netns of unit", "mount bpf", "mount bpf"]
    assert not full.instance.state.exists()
    assert [str(each.point) for each in full.mounts] == ["/sys/fs/bpf"], "mounts of others stay"


def test_pods_go_and_policies_stay(full: Machine) -> None:
    remove_pods(full.instance)
    assert full.removed == ["cgroup pods", "netns of unit", "mount bpf", "mount bpf"]
    assert full.state_left() == {"documents.json", "logs"}


@pytest.mark.parametrize("missing", ["plan", "mount", "maps", None])
def test_pods_are_taken_over_by_their_plan_and_maps(machine: Machine, missing: str | None) -> None:
    instance = machine.instance
    maps = instance.pins / "maps"
    (maps if missing != "maps" else instance.pins).mkdir(parents=True)
    if missing != "mount":
        machine.mount(instance.pins)
    if missing != "plan":
        instance.plan.write_text("{}")
    assert can_adopt(instance) is (missing is None)


def test_a_plan_is_forgotten_with_its_pods(full: Machine) -> None:
    full.instance.plan.write_text("{}")
    remove_pods(full.instance)
    assert not full.instance.plan.exists()


def test_what_does_not_go_is_named(full: Machine) -> None:
    full.busy.add(str(full.instance.pins))
    with pytest.raises(LocalError, match=rf"cannot unmount {full.instance.pins}: Device or resource busy"):
        remove_pods(full.instance)


def test_the_last_mesh_takes_away_what_was_tested(full: Machine) -> None:
    """Guards the others: each agent would test the machine anew."""
    full.instance.pods_cgroup.rmdir()
    full.instance.tested.write_text("{}")
    other = Instance("other", full.instance.run)
    other.state.mkdir()
    other.lock("agent").touch()
    remove_everything(full.instance)
    assert full.instance.tested.exists()
    full.mounts.clear()
    remove_everything(other)
    assert list(full.instance.run.iterdir()) == []
