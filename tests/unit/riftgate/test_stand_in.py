# SPDX-License-Identifier: Apache-2.0
"""Who sees to Envoys that another one has succeeded while there is no agent: processes that only bear the name of an
epoch."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from riftgate.local import stand_in
from riftgate.local.containers import PodFiles
from riftgate.local.hand_over import HandOver
from riftgate.local.stand_in import _drain

READY = "import signal; print(flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY
PATIENCE = 20.0


class Pod:
    """Its folder, which is its sidecar's cgroup as well."""

    def __init__(self, folder: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.serves = True
        self._folder, self._stack = folder, stack
        self._asked: Counter[int] = Counter()
        (folder / "base-id").write_text("100")
        (folder / "cgroup.procs").write_text("")
        self.hand_over = HandOver(folder, 100, PodFiles(folder).hot_restart)

        async def wait_live(_socket: Path, _epoch: int) -> None:
            if not self.serves:
                raise TimeoutError

        monkeypatch.setattr(stand_in, "wait_live", wait_live)

    def runs(self, epoch: int, program: str = READY) -> "subprocess.Popen[str]":
        argv = [sys.executable, "-c", program, "--restart-epoch", str(epoch)]
        process = self._stack.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        self._stack.callback(process.kill)
        assert process.stdout is not None
        process.stdout.readline()
        with (self._folder / "cgroup.procs").open("a") as members:
            members.write(f"{process.pid}\n")
        return process

    async def look(self) -> None:
        await _drain(PodFiles(self._folder), self._folder, self._asked)


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pod]:
    with ExitStack() as stack:
        yield Pod(tmp_path, stack, monkeypatch)


async def test_one_ends_when_its_time_is_over_and_no_other(pod: Pod) -> None:
    over, busy, current = (pod.runs(epoch) for epoch in range(3))
    pod.hand_over.begin(1, 0)
    pod.hand_over.begin(2, 3600)
    await pod.look()
    assert over.wait(PATIENCE) == -15
    assert (busy.poll(), current.poll()) == (None, None)


async def test_one_that_does_not_end_is_made_to(pod: Pod) -> None:
    stubborn = pod.runs(0, STUBBORN)
    pod.runs(1)
    pod.hand_over.begin(1, 0)
    for _ in range(11):
        assert stubborn.poll() is None
        await pod.look()
    assert stubborn.wait(PATIENCE) == -9


async def test_a_hand_over_is_finished_once_the_new_one_serves(pod: Pod) -> None:
    before = pod.runs(0)
    pod.runs(1)
    pod.hand_over.announce(1, 3600)
    pod.serves = False
    await pod.look()
    assert (pod.hand_over.announced(1), pod.hand_over.before(1)) == (3600, [])
    pod.serves = True
    await pod.look()
    ((pid, epoch, left),) = pod.hand_over.before(1)
    assert (pid, epoch, 3500 < left <= 3600, pod.hand_over.announced(1)) == (before.pid, 0, True, None)
    assert before.poll() is None
