# SPDX-License-Identifier: Apache-2.0
"""The runtime layer that switches faults. It alone says how often a fault hits; it expires with its lease."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from l7filters.faults import ALL_REQUESTS, Fault, overlapping
from l7filters.translate.fault_leases import NEVER, until_key
from l7filters.translate.fault_regions import draws, thresholds

RUNTIME_LAYER = "riftgate-faults"
"""Name of the RTDS layer; the bootstrap names it too."""


def runtime_layer(
    faults: Sequence[Fault], active: Mapping[str, int], until: Mapping[str, int] = MappingProxyType({})
) -> dict[str, object]:
    """The layer's fields, as JSON, while the faults `active` (id to parts per million, 0 is off) are on, `until` then
    (id to milliseconds of CLOCK_BOOTTIME; for as long as the layer is, unless said).

    `faults` are those whose routes a sidecar has (`l7filters.faults.faults_of`), whether on or off. Off is
    absence: the routes' default is 0. Raises ValueError for an active fault that is not among them, or parts
    out of range.
    """
    known = {fault.id for fault in faults}
    for name, parts in active.items():
        if name not in known:
            raise ValueError(f"fault {name} is not among the faults that have routes")
        if not 0 <= parts <= ALL_REQUESTS:
            raise ValueError(f"fault {name}: {parts} parts per million are not between 0 and {ALL_REQUESTS}")
    layer: dict[str, object] = {}
    for drawn in draws(faults):
        if any(active.get(fault.id) for fault in drawn.faults):
            layer[drawn.runtime_key] = {"numerator": ALL_REQUESTS, "denominator": "MILLION"}
    for fault in faults:
        if active.get(fault.id):
            # A number of its own, since the filters that read it cannot read fractions.
            layer[until_key(fault)] = until.get(fault.id, NEVER)
    # Whom the fault server draws, is hit: it has seen to the share.
    server = {fault.id for fault in faults if fault.which is not None}
    shares = {name: ALL_REQUESTS if name in server and parts else parts for name, parts in active.items()}
    for region in overlapping(sorted(faults, key=lambda fault: fault.id)):
        for key, threshold in thresholds(region, shares).items():
            # A whole FractionalPercent: Envoy reads a bare number as percent, and a text as nothing at all.
            layer[key] = {"numerator": threshold, "denominator": "MILLION"}
    return layer
