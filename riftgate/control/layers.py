# SPDX-License-Identifier: Apache-2.0
"""The runtime layer of each sidecar: which of its installed faults are on, with the dead man's time to live."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from l7filters.faults import Fault
from l7filters.translate import RUNTIME_LAYER, runtime_layer
from riftgate.control.active import FAULT_TTL, ActiveScenario, LayerTerm
from xds_server.cache import runtime_resource
from xds_server.resource import Resource


@dataclass(frozen=True, slots=True)
class _Made:
    installed: tuple[Fault, ...]
    active: dict[str, int]
    """Parts per million, by fault id."""
    until: dict[str, int]
    """Milliseconds of CLOCK_BOOTTIME, by fault id."""
    scenarios: tuple[ActiveScenario, ...]
    """Those of the faults that are active."""
    layer: Resource


class FaultLayers:
    """What the sidecars' layers are, one time after the other: one that is as it was is not made again.

    So a layer can be made before it is wanted, while nobody waits for it.
    """

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}

    def of(
        self, carried: Mapping[str, tuple[Fault, ...]], scenarios: Collection[ActiveScenario]
    ) -> Mapping[str, Resource]:
        """By the key of the workload, for all that are in `carried`, which has the installed faults of each."""
        on = {
            fault.id: (fault.parts_per_million, each)
            for each in scenarios
            for fault in each.faults
            if isinstance(fault, Fault)
        }
        layers: dict[str, Resource] = {}
        made: dict[str, _Made] = {}
        for key, installed in carried.items():
            active = {fault.id: on[fault.id][0] for fault in installed if fault.id in on}
            if not active:
                layers[key] = _nothing()
                continue
            in_it = {each.number: each for each in (on[name][1] for name in active)}
            sources = tuple(in_it[number] for number in sorted(in_it))
            until = {name: on[name][1].until_milliseconds for name in active}
            made_of = (installed, active, until, sources)
            known = self._made.get(key)
            if known is None or made_of != (known.installed, known.active, known.until, known.scenarios):
                fields = runtime_layer(installed, active, until)
                layer = runtime_resource(RUNTIME_LAYER, fields, ttl=FAULT_TTL, term=LayerTerm(sources))
                known = _Made(*made_of, layer)
            made[key] = known
            layers[key] = known.layer
        self._made = made
        return layers


@cache
def _nothing() -> Resource:
    return runtime_resource(RUNTIME_LAYER, {})
