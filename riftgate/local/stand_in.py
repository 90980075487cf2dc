# SPDX-License-Identifier: Apache-2.0
"""What the control server does of an agent's work while there is no agent: Envoys that another one has succeeded end in
their time, and not before it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from pathlib import Path

from riftgate.instance import Instance
from riftgate.local.cgroups import processes
from riftgate.local.containers import PodFiles
from riftgate.local.daemons import is_running
from riftgate.local.envoy_admin import wait_live
from riftgate.local.hand_over import HandOver, ask_to_end
from riftgate.local.sidecar import epoch_of

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_ANSWER_SECONDS = 0.5
"""For an Envoy to say that it serves; HAND_OVER_SECONDS later it would end the one before."""


async def drain_without_agent(instance: Instance) -> None:
    """For as long as it runs."""
    asked: Counter[int] = Counter()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if is_running(instance, "agent"):
            asked.clear()
            continue
        for folder in instance.pod_files.glob("*/"):
            try:
                await _drain(PodFiles(folder), instance.pods_cgroup / folder.name / "sidecar", asked)
            except (OSError, ValueError) as error:
                log.warning("who drains in %s cannot be seen: %s", folder.name, error)


async def _drain(files: PodFiles, cgroup: Path, asked: Counter[int]) -> None:
    pids = processes(cgroup)
    if len(pids) < 2 or not files.base_id.exists():
        return
    current = max(map(epoch_of, pids))
    hand_over = HandOver(cgroup, int(files.base_id.read_text()), files.hot_restart)
    if (seconds := hand_over.announced(current)) is not None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await wait_live(files.envoy_admin, current)
        except TimeoutError:
            return
        log.warning(
            "there is no agent to part the Envoy of restart epoch %d in %s from the one before", current, cgroup
        )
        hand_over.begin(current, seconds)
    for pid, epoch, left in hand_over.before(current):
        if left == 0:
            ask_to_end(pid, epoch, asked)
