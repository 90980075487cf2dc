# SPDX-License-Identifier: Apache-2.0
"""Runtime layers: one that is as it was is not made again, and one that is not is."""

import asyncio
from dataclasses import replace

from l7filters.faults import Abort, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from riftgate.control.active import FAULT_TTL, ActiveScenario
from riftgate.control.layers import FaultLayers

FAULT = Fault("siege", "full", SourceLocation("siege.yaml", 3), FaultTarget("default", Selector(), 80), (Abort(503),))
CARRIED = {"default/deathstar": (FAULT,), "default/tie": ()}


def test_a_layer_that_was_made_before_it_was_wanted_is_the_one() -> None:
    layers, siege = FaultLayers(), ActiveScenario((FAULT,), 7.0, number=1)
    prepared = layers.of(CARRIED, [siege])["default/deathstar"]
    assert layers.of(CARRIED, [siege])["default/deathstar"] is prepared
    assert prepared.ttl == FAULT_TTL
    siege.expires += 1.0
    renewed = layers.of(CARRIED, [siege])["default/deathstar"]
    assert renewed.version != prepared.version, "it says until when the fault is on"


def test_its_term_is_that_of_the_lease_as_it_is_then() -> None:
    async def left() -> float | None:
        siege = ActiveScenario((FAULT,), asyncio.get_running_loop().time(), number=1)
        layer = FaultLayers().of(CARRIED, [siege])["default/deathstar"]
        siege.expires = asyncio.get_running_loop().time() - 1.0
        assert layer.is_over
        siege.expires += 3.0
        return layer.time_to_live()

    lasting = asyncio.run(left())
    assert lasting is not None
    assert lasting < FAULT_TTL


def test_another_share_another_scenario_and_no_fault_are_other_layers() -> None:
    layers = FaultLayers()
    siege = ActiveScenario((FAULT,), 7.0, number=1)
    half = replace(FAULT, parts_per_million=500_000)
    versions = [
        layers.of(carried, on)["default/deathstar"].version
        for carried, on in (
            (CARRIED, [siege]),
            (CARRIED, []),
            ({"default/deathstar": (half,)}, [replace(siege, faults=(half,))]),
            (CARRIED, [replace(siege, number=2)]),
        )
    ]
    assert len(set(versions)) == 4
    assert layers.of(CARRIED, [])["default/tie"].ttl is None
