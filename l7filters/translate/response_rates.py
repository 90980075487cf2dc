# SPDX-License-Identifier: Apache-2.0
"""Responses that arrive no faster than at a rate: over connections that Riftgate's transport socket reads so slowly.

Such a fault's routes lead to a cluster beside the usual one, to the same endpoints, whose connections are its own, with
one request at a time on each. When the fault ends, its socket reads on as fast as it can (envoy/filter/src/rate.c).
"""

from collections.abc import Iterable, Sequence

from google.protobuf.wrappers_pb2 import StringValue

from envoy_api import pack
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import TransportSocket
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.extensions.transport_sockets.dynamic_modules.v3 import DynamicModuleTransportSocket
from l7filters.faults import CombinedEffects, Fault, ResponseRate
from l7filters.translate.clusters import one_request_at_a_time
from l7filters.translate.envoy_module import envoy_module
from l7filters.translate.fault_leases import until_key

BYTES_PER_KBYTE = 1024
_TRANSPORT_SOCKET = "envoy.transport_sockets.dynamic_modules"
_SOCKET_NAME = "rate"


def rated_cluster_name(cluster: str, fault: Fault) -> str:
    """The cluster beside `cluster` over which the responses come that the fault slows down."""
    return f"{cluster}/rate/{fault.id}"


def cluster_at_rate(cluster: str, effects: CombinedEffects) -> str:
    """Where a request goes that these effects hit and that would go to `cluster`."""
    slow = next((fault for fault, effect in effects.parts if isinstance(effect, ResponseRate)), None)
    return cluster if slow is None else rated_cluster_name(cluster, slow)


def rated_clusters(
    faults: Iterable[Fault], clusters: Sequence[Cluster], configurations: Iterable[RouteConfiguration]
) -> list[Cluster]:
    """Those that the routes lead to, each beside one of `clusters`. `faults` are all that have routes there."""
    rates = _rates(faults)
    used = {
        route.route.cluster
        for configuration in configurations
        for host in configuration.virtual_hosts
        for route in host.routes
    }
    return [
        _at_rate(cluster, name, fault, rate)
        for cluster in clusters
        for fault, rate in rates
        if (name := rated_cluster_name(cluster.name, fault)) in used
    ]


def slows_responses(faults: Iterable[Fault]) -> bool:
    return bool(_rates(faults))


def _rates(faults: Iterable[Fault]) -> list[tuple[Fault, ResponseRate]]:
    return [(fault, effect) for fault in faults for effect in fault.effects if isinstance(effect, ResponseRate)]


def _at_rate(cluster: Cluster, name: str, fault: Fault, rate: ResponseRate) -> Cluster:
    beside = Cluster()
    beside.CopyFrom(cluster)
    beside.name = name
    match cluster.type:
        case Cluster.DiscoveryType.EDS:
            beside.eds_cluster_config.service_name = cluster.eds_cluster_config.service_name or cluster.name
        case Cluster.DiscoveryType.STATIC:
            # As Envoy has it: a static cluster's endpoints are its own.
            beside.load_assignment.cluster_name = name
    # Of HTTP/2 too: what others are sent over a connection would be part of its rate.
    one_request_at_a_time(beside)
    # See envoy/filter/src/rate.c.
    bytes_per_second = rate.kbytes_per_second * BYTES_PER_KBYTE
    socket = DynamicModuleTransportSocket(
        dynamic_module_config=envoy_module(),
        transport_socket_name=_SOCKET_NAME,
        transport_socket_config=pack(StringValue(value=f"{until_key(fault)} {bytes_per_second}")),
    )
    beside.transport_socket.CopyFrom(TransportSocket(name=_TRANSPORT_SOCKET, typed_config=pack(socket)))
    return beside
