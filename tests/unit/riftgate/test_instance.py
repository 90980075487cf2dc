# SPDX-License-Identifier: Apache-2.0
"""By its name, all of a mesh is found again."""

from pathlib import Path

import pytest

from riftgate.instance import POD_DEPTH, Instance


@pytest.mark.parametrize("name", ["riftgate", "a", "demo2", "a" * 32])
def test_names(name: str) -> None:
    assert Instance(name).name == name


@pytest.mark.parametrize("name", ["", "A", "2", "a-b", "a/b", "..", "a" * 33, "a\n"])
def test_no_names(name: str) -> None:
    with pytest.raises(ValueError, match="use a letter and up to 31 letters or digits"):
        Instance(name)


def test_everything_lies_below_one_folder(tmp_path: Path) -> None:
    instance = Instance("demo", tmp_path)
    for path in (
        instance.logs,
        instance.pins,
        instance.pod_files,
        instance.xds_socket,
        instance.control_socket,
        instance.agent_socket,
        instance.documents,
    ):
        assert path.parent == instance.state == tmp_path / "demo"


def test_two_meshes_share_nothing() -> None:
    assert Instance("one").state != Instance("two").state


def test_a_pods_cgroup_is_as_deep_as_the_programs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The datapath tells pods by an ancestor at this depth: one level off, and no socket would be known."""
    root = Path("/mnt/cgroup")
    monkeypatch.setattr("riftgate.instance.cgroup2_mount", lambda _mounts: root)
    pod = Instance("demo").pods_cgroup / "default.tie"
    assert len(pod.relative_to(root).parts) == POD_DEPTH
    assert Instance("demo").process_cgroup("agent").parent == Instance("demo").cgroup
