# SPDX-License-Identifier: Apache-2.0
"""When faults end, for Riftgate's filters in the sidecar (envoy/filter/src/lease.c): the runtime layer says it as a
moment, so that none outlives its lease in an Envoy that has stood still, whatever has waited there to renew it."""

from collections.abc import Iterable

from google.protobuf.wrappers_pb2 import StringValue

from envoy_api import pack
from envoy_api.config.route.v3 import Route
from envoy_api.extensions.filters.http.dynamic_modules.v3 import DynamicModuleFilterPerRoute
from l7filters.faults import Fault
from l7filters.translate.envoy_module import envoy_module
from l7filters.translate.filter_order import LEASE_FILTER, OWN_FILTERS

UNTIL_KEY_PREFIX = "riftgate.until."
"""Runtime, with a fault's id behind it: when a fault that is on ends, in milliseconds of CLOCK_BOOTTIME."""
NEVER = 2**53 - 1
"""The end of a fault that is on for as long as the layer is; larger numbers are none in JSON."""


def until_key(fault: Fault) -> str:
    return UNTIL_KEY_PREFIX + fault.id


def end_with_leases(route: Route, faults: Iterable[Fault]) -> None:
    """Has the filter choose another route for requests that come when the lease of one of these is over."""
    config = DynamicModuleFilterPerRoute(
        dynamic_module_config=envoy_module(),
        filter_name=OWN_FILTERS[LEASE_FILTER],
        filter_config=pack(StringValue(value="".join(f"{until_key(each)}\n" for each in faults))),
    )
    route.typed_per_filter_config[LEASE_FILTER].CopyFrom(pack(config))
