# SPDX-License-Identifier: Apache-2.0
"""An Envoy of an older Riftgate that cannot be exchanged yet."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from riftgate.instance import Instance
from riftgate.local.containers import PodFiles
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.plan import PlannedPod
from riftgate.local.pod_sidecar import PodSidecar
from riftgate.local.supervisor import LONGEST_BACKOFF, RestartPolicy
from tests.virtual_time import in_virtual_time

PLANNED = PlannedPod(
    "default", "a", "a", ("10.0.0.1", "fd00::1"), ("10.1.0.1", "fd01::1"), (), RestartPolicy.ALWAYS, hot_restart=True
)


@in_virtual_time
async def test_it_is_tried_less_and_less_often_and_told_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    instance, tries = Instance("riftgate"), list[float]()

    async def restart(_self: PodSidecar, _envoy: str | None, _drain: int | None = None) -> int:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) < 4:
            raise LocalError("no room")
        raise OSError("no memory")

    monkeypatch.setattr(PodSidecar, "restart", restart)
    files = PodFiles.of(instance, PodName(instance.name, "default", "a"))
    exchanging = asyncio.create_task(PodSidecar(instance, PLANNED, files, tmp_path)._exchange())
    await asyncio.sleep(40)
    assert not exchanging.done()
    exchanging.cancel()
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses == pytest.approx([1, 2, 4, 8, LONGEST_BACKOFF, LONGEST_BACKOFF], abs=0.1)
    assert [each.getMessage().rpartition(": ")[2] for each in caplog.records] == ["no room", "no memory"]
