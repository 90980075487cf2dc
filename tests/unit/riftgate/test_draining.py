# SPDX-License-Identifier: Apache-2.0
"""When Envoys that another one has succeeded are ended: processes that only bear the name of an epoch."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from riftgate.local import draining
from riftgate.local.draining import Drain
from riftgate.local.hand_over import HandOver
from riftgate.local.open_connections import SidecarConnections
from riftgate.local.sidecar import HotRestart

NOTHING, SOMETHING, UNSENT = SidecarConnections(0, 0), SidecarConnections(1, 0), SidecarConnections(0, 9)
READY = "import signal, socket; kept = socket.socket(); print(flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY
PATIENCE = 20.0


class Sidecar:
    """A cgroup's folder with processes in it; what they have open is what the test says."""

    def __init__(self, folder: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hand_over = HandOver(folder, 100, folder / "hot")
        self.drain = Drain(self.hand_over, folder / "netns")
        self.open = NOTHING
        self._folder = folder
        self._stack = stack
        monkeypatch.setattr(draining, "sidecar_connections", lambda _netns, _sockets: self.open)
        monkeypatch.setattr(draining, "_POLL_SECONDS", 0.01)

    def runs(self, epoch: int, program: str = READY) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", program, "--restart-epoch", str(epoch)]
        process = self._stack.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        self._stack.callback(process.kill)
        assert process.stdout is not None
        process.stdout.readline()
        with (self._folder / "cgroup.procs").open("a") as members:
            members.write(f"{process.pid}\n")
        return process

    async def ends(self, process: subprocess.Popen[str], current: int) -> int:
        ending = asyncio.create_task(self.drain.end(current))
        try:
            return await asyncio.to_thread(process.wait, PATIENCE)
        finally:
            ending.cancel()


@pytest.fixture
def sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sidecar]:
    with ExitStack() as stack:
        yield Sidecar(tmp_path, stack, monkeypatch)


async def test_who_has_nothing_open_ends_before_its_time(sidecar: Sidecar) -> None:
    before, after = sidecar.runs(0), sidecar.runs(1)
    sidecar.hand_over.begin(1, 3600)
    assert await sidecar.ends(before, 1) == -15
    assert after.poll() is None


@pytest.mark.parametrize("opened", [SOMETHING, UNSENT])
async def test_who_has_something_open_goes_on(sidecar: Sidecar, opened: SidecarConnections) -> None:
    busy, over = sidecar.runs(0), sidecar.runs(1, STUBBORN)
    sidecar.open = opened
    sidecar.hand_over.begin(1, 3600)
    sidecar.hand_over.begin(2, 0)
    # One that does not end when its time is over has both looked at often.
    assert await sidecar.ends(over, 2) == -9
    assert busy.poll() is None
    (left,) = (each for each in sidecar.drain.left(2) if each.epoch == 0)
    assert left.to_dict()["connections"] == opened.accepted
    assert 3500 < left.seconds <= 3600


async def test_who_does_not_end_is_made_to(sidecar: Sidecar) -> None:
    stubborn = sidecar.runs(0, STUBBORN)
    sidecar.open = SOMETHING
    sidecar.hand_over.begin(1, 0)
    assert await sidecar.ends(stubborn, 1) == -9


async def test_who_still_hands_over_is_left_alone(sidecar: Sidecar) -> None:
    """Guards the time between the start of another one and its serving: the one before is all that the pod has."""
    handing = sidecar.runs(0)
    sidecar.hand_over.begin(1, 0)
    sidecar.hand_over.forget()
    await asyncio.wait_for(sidecar.drain.end(1), PATIENCE)
    assert (sidecar.drain.left(1), handing.poll()) == ([], None)


def test_last_words_go_nowhere_from_then_on(tmp_path: Path) -> None:
    """Guards the names, which are Envoy's: a socket for each of three epochs in turn."""
    restart = HotRestart(100, tmp_path / "hot", 5)
    parent = tmp_path / "hot_parent_1001"
    parent.touch()
    with restart.unheard():
        restart.part()
        assert parent.is_socket()
    restart.part()
    assert [each.name for each in tmp_path.iterdir()] == [parent.name]
