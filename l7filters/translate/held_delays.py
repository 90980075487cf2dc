# SPDX-License-Identifier: Apache-2.0
"""Delays that the sidecar draws and holds by itself: those that never are longer than a second.

The others are the fault server's (`fault_server`): a longer one could outlive its fault, were nobody asked.
"""

from collections.abc import Sequence

from google.protobuf.wrappers_pb2 import StringValue

from envoy_api import pack
from envoy_api.config.route.v3 import Route
from envoy_api.extensions.filters.http.dynamic_modules.v3 import DynamicModuleFilterPerRoute
from l7filters.faults import Before, CombinedEffects, Fault, RandomDelay
from l7filters.translate.envoy_module import envoy_module
from l7filters.translate.fault_server import SIDECAR_HOLDS
from l7filters.translate.filter_order import HOLD_REQUEST_FILTER, HOLD_RESPONSE_FILTER

_FILTERS = {Before.REQUEST: HOLD_REQUEST_FILTER, Before.RESPONSE: HOLD_RESPONSE_FILTER}
_MOST_MILLISECONDS = SIDECAR_HOLDS.total_seconds() * 1000

Delays = Sequence[tuple[Fault, RandomDelay]]


def hold_delays(route: Route, effects: CombinedEffects) -> CombinedEffects:
    """Has the sidecar hold what it can; the effects without those delays."""
    held: list[RandomDelay] = []
    for before, filter_name in _FILTERS.items():
        delays = [
            (fault, effect)
            for fault, effect in effects.parts
            if isinstance(effect, RandomDelay) and effect.before is before
        ]
        if delays and sum(delay.longest_milliseconds for _, delay in delays) <= _MOST_MILLISECONDS:
            config = DynamicModuleFilterPerRoute(
                dynamic_module_config=envoy_module(),
                filter_name=filter_name,
                filter_config=pack(StringValue(value=_lines(delays))),
            )
            route.typed_per_filter_config[filter_name].CopyFrom(pack(config))
            held.extend(delay for _, delay in delays)
    return CombinedEffects(tuple(part for part in effects.parts if not any(part[1] is delay for delay in held)))


def _lines(delays: Delays) -> str:
    """See envoy/filter/src/route.h."""
    lines = [",".join(dict.fromkeys(fault.id for fault, _ in delays))]
    for _, delay in delays:
        first, second = (*delay.parameters, 0.0)[:2]
        lines.append(f"{delay.family} {first!r} {second!r} {delay.limit_milliseconds!r}")
    return "".join(f"{line}\n" for line in lines)
