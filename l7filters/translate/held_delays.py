# SPDX-License-Identifier: Apache-2.0
"""Delays that Riftgate's filter in the sidecar draws and holds: all but short ones whose length is always the same.

It needs nobody for that. While it holds a message for longer than a second, it looks again and again which of
the faults are still on, in the runtime layer that ends with their leases; Envoy's own timer cannot be stopped once set.
"""

from collections.abc import Sequence

from google.protobuf.wrappers_pb2 import StringValue

from envoy_api import pack
from envoy_api.config.route.v3 import Route
from envoy_api.extensions.filters.http.dynamic_modules.v3 import DynamicModuleFilterPerRoute
from l7filters.faults import Before, CombinedEffects, Delay, Effect, Family, Fault, RandomDelay
from l7filters.translate.envoy_module import envoy_module
from l7filters.translate.fault_leases import until_key
from l7filters.translate.filter_order import HOLD_REQUEST_FILTER, HOLD_RESPONSE_FILTER, OWN_FILTERS

_FILTERS = {Before.REQUEST: HOLD_REQUEST_FILTER, Before.RESPONSE: HOLD_RESPONSE_FILTER}
_UNWATCHED_MILLISECONDS = 1000
"""For so long, nobody looks whether a fault is still on."""

Delays = Sequence[tuple[Fault, Delay | RandomDelay]]


def hold_delays(route: Route, effects: CombinedEffects) -> CombinedEffects:
    """Has the filter hold what Envoy's own timer is not for; the effects without those delays."""
    held: list[Effect] = []
    for before, filter_name in _FILTERS.items():
        delays = [
            (fault, effect)
            for fault, effect in effects.parts
            if isinstance(effect, Delay | RandomDelay) and effect.before is before
        ]
        if sum(delay.longest_milliseconds for _, delay in delays) <= _UNWATCHED_MILLISECONDS:
            delays = [each for each in delays if isinstance(each[1], RandomDelay)]
        if delays:
            config = DynamicModuleFilterPerRoute(
                dynamic_module_config=envoy_module(),
                filter_name=OWN_FILTERS[filter_name],
                filter_config=pack(StringValue(value="".join(f"{_line(*each)}\n" for each in delays))),
            )
            route.typed_per_filter_config[filter_name].CopyFrom(pack(config))
            held.extend(delay for _, delay in delays)
    return CombinedEffects(tuple(part for part in effects.parts if not any(part[1] is delay for delay in held)))


def _line(fault: Fault, delay: Delay | RandomDelay) -> str:
    """See envoy/filter/src/route.h."""
    match delay:
        case Delay(milliseconds=milliseconds):
            numbers = f"{Family.FIXED} {milliseconds} 0 {milliseconds}"
        case RandomDelay(family=family, limit_milliseconds=limit):
            first, second = (*delay.parameters, 0.0)[:2]
            numbers = f"{family} {first!r} {second!r} {limit!r}"
    return f"{until_key(fault)} {fault.id} {delay.kind} {numbers}"
