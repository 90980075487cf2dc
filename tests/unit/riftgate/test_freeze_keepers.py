# SPDX-License-Identifier: Apache-2.0
"""A freeze whose keeper stands still."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from riftgate import frozen
from riftgate.local import freezer
from riftgate.local.host_faults import _Keeper


def cgroup_in(folder: Path, frozen: int = 1) -> Path:
    """Files that stand for a cgroup's."""
    cgroup = folder / "pods" / "default.vault" / "container-app"
    cgroup.mkdir(parents=True)
    (cgroup / "cgroup.freeze").write_text("0")
    (cgroup / "cgroup.events").write_text(f"populated 1\nfrozen {frozen}\n")
    return cgroup


def is_frozen(cgroup: Path) -> bool:
    return (cgroup / "cgroup.freeze").read_text()[-1] == "1"


@pytest.mark.parametrize("by_word", [False, True])
async def test_a_keeper_that_stands_still_is_ended_and_the_cgroup_thawed(tmp_path: Path, by_word: bool) -> None:
    """At its end, or when it is told to."""
    cgroup, notes = cgroup_in(tmp_path), tmp_path / "notes"
    keeper = await _Keeper.start(cgroup, time.monotonic() + (3600 if by_word else 2), notes)
    assert is_frozen(cgroup)
    assert len(list(notes.iterdir())) == 1
    keeper._process.send_signal(signal.SIGSTOP)
    async with asyncio.timeout(60):
        if by_word:
            await keeper.thaw()
        else:
            await keeper._thawed
    assert not is_frozen(cgroup)
    assert keeper.over
    assert list(notes.iterdir()) == []


async def test_a_keeper_is_renewed(tmp_path: Path) -> None:
    cgroup, notes = cgroup_in(tmp_path), tmp_path / "notes"
    keeper = await _Keeper.start(cgroup, time.monotonic() + 2, notes)
    await keeper.renew(time.monotonic() + 3600)
    _, waiting = await asyncio.wait({keeper._thawed}, timeout=4)
    assert waiting
    # Nobody else thaws it at the end that it had.
    assert frozen.thaw_noted(notes, time.monotonic() + 100) == []
    await keeper.thaw()
    assert not is_frozen(cgroup)


def test_a_keeper_ends_with_the_agent_before_all_stands_still(tmp_path: Path) -> None:
    """A process that is in the kernel may take its time to freeze."""
    cgroup = cgroup_in(tmp_path, frozen=0)
    argv = (sys.executable, "-I", "-S", freezer.__file__, str(cgroup), str(time.monotonic() + 3600))
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as keeper:
        try:
            deadline = time.monotonic() + 60
            while not is_frozen(cgroup):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert keeper.stdin is not None
            keeper.stdin.close()
            assert keeper.wait(60) == 0
        finally:
            keeper.kill()
    assert not is_frozen(cgroup)


async def test_whoever_is_left_thaws_what_is_overdue(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    late, early, gone = cgroup_in(tmp_path / "late"), cgroup_in(tmp_path / "early"), tmp_path / "gone" / "container-app"
    now = time.monotonic()
    for folder, cgroup, end in (("a", late, now + 3600), ("b", early, now), ("c", gone, now)):
        if cgroup.exists():
            (cgroup / "cgroup.freeze").write_text("1")
        frozen.note(notes / folder, cgroup, end)
    for folder in ("a", "b", "c"):
        looking = asyncio.create_task(frozen.thaw_overdue(notes / folder))
        async with asyncio.timeout(60):
            while folder != "a" and any((notes / folder).iterdir()):  # noqa: ASYNC110 - files have no events
                await asyncio.sleep(0.01)
        looking.cancel()
    assert is_frozen(late)
    assert not is_frozen(early)
    # Whoever comes next has no end to wait for.
    assert frozen.thaw_noted(notes / "a") == [late]
    assert not is_frozen(late)
    assert frozen.thaw_noted(tmp_path / "none") == []
