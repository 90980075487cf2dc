# SPDX-License-Identifier: Apache-2.0
"""Single faults, turned on by hand: each under a lease of its own, which nobody renews."""

from __future__ import annotations

import contextlib
from typing import Any

from l7filters.fault_levels import AnyFault, carrying
from l7filters.source import InputError, Problem
from riftgate.control.plane import ControlPlane
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.touched import describe
from scenarios.model import BY_HAND

PREFIX = f"{BY_HAND}/"
"""Before a fault's name, the key under which it is on. No scenario has a slash in its name."""
MAX_LEASE_BY_HAND = 3600.0
"""Seconds."""


async def turn_on(plane: ControlPlane, faults: tuple[AnyFault, ...], lease: float) -> None:
    """Returns once every sidecar has confirmed. Raises InputError, Conflict or Rejected: then none of them is on."""
    if lease > MAX_LEASE_BY_HAND:
        what = f"a fault by hand for {lease:g} s"
        raise InputError((Problem(faults[0].location, what, "turn it on for an hour at most"),))
    plane.check(faults)
    done: list[str] = []
    try:
        for fault in faults:
            await plane.activate(PREFIX + fault.name, (fault,), lease, longest=MAX_LEASE_BY_HAND, anew=False)
            done.append(PREFIX + fault.name)
    except BaseException:
        if done:
            with contextlib.suppress(Rejected):
                await plane.deactivate(*done)
        raise


async def turn_off(plane: ControlPlane, names: list[str] | None) -> list[str]:
    """The ids of those that are off now; None: all that were turned on by hand. Raises Conflict or Rejected."""
    on = [key.removeprefix(PREFIX) for key in plane.scenarios if key.startswith(PREFIX)]
    wanted = on if names is None else names
    for name in wanted:
        if name not in on:
            raise Conflict(f"no fault {name} is on by hand; on are: {', '.join(on) or 'none'}")
    ended = [PREFIX + name for name in wanted]
    if ended:
        await plane.deactivate(*ended)
    return ended


def listed(plane: ControlPlane, now: float) -> list[dict[str, Any]]:
    """Every fault that is on, with whoever turned it on. ``now`` in event loop time."""
    return [
        {
            "fault": fault.id,
            "effects": describe(fault),
            "pods": [each.key for each in carrying(plane.intent.world, fault)],
            "endsInSeconds": round(active.expires - now, 3),
            "by": "hand" if name.startswith(PREFIX) else str(active.document or f"scenario {name}"),
        }
        for name, active in plane.scenarios.items()
        for fault in active.faults
    ]
