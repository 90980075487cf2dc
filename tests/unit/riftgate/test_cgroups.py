# SPDX-License-Identifier: Apache-2.0
"""Removing a cgroup while processes still find their way into it."""

import errno
from pathlib import Path

import pytest

from riftgate.local import cgroups
from riftgate.local.errors import LocalError


class Kernel:
    """Refuses to remove a directory so many times: somebody has joined since the last kill."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, late: int, code: int = errno.EBUSY) -> None:
        self.kills = 0
        self._late = late
        self._code = code
        self._rmdir = Path.rmdir
        monkeypatch.setattr(cgroups, "kill_all", self._kill)

        def rmdir(path: Path) -> None:
            self._remove(path)

        monkeypatch.setattr(Path, "rmdir", rmdir)

    def _kill(self, _cgroup: Path) -> None:
        self.kills += 1

    def _remove(self, path: Path) -> None:
        if self._late:
            self._late -= 1
            raise OSError(self._code, "refused", str(path))
        self._rmdir(path)


def test_a_late_comer_is_ended_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cgroup = tmp_path / "mesh"
    (cgroup / "pods" / "one").mkdir(parents=True)
    kernel = Kernel(monkeypatch, late=2)
    cgroups.remove_tree(cgroup)
    assert not cgroup.exists()
    assert kernel.kills == 3


def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Kernel(monkeypatch, late=10**9)
    with pytest.raises(LocalError, match="cannot remove"):
        cgroups.remove_tree(tmp_path, timeout=0.0)


def test_another_refusal_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kernel = Kernel(monkeypatch, late=1, code=errno.EPERM)
    with pytest.raises(LocalError, match="cannot remove"):
        cgroups.remove_tree(tmp_path)
    assert kernel.kills == 1
