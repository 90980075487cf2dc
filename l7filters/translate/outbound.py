# SPDX-License-Identifier: Apache-2.0
"""The outbound half of a sidecar: connections that the workload's app makes.

    address and port of a service, HTTP detected  ─→ connection manager ─→ routes ─→ EDS cluster, all of the
    service's name the same, anything else                       ─→ TCP ─→ the same cluster
    everything else                               ─→ TCP ─→ cluster `outbound/passthrough`, to where it was
    going
    while a fault hits calls of what is outside of the mesh: HTTP to its port (and network)
                                                  ─→ connection manager ─→ routes ─→ `outbound/passthrough`

What exec sessions call has a listener of its own, and clusters whose connections BPF lets leave from the pod's address
for exec sessions: no other end can take them for the container's own.

The sidecar learns where it was going through SO_ORIGINAL_DST, which BPF answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import CidrRange
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import FilterChain, FilterChainMatch, Listener
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.extensions.filters.listener.original_dst.v3 import OriginalDst
from l7filters.faults import Fault, Inject, leads_to
from l7filters.faults.outside import Network
from l7filters.policy import Process
from l7filters.translate.access_log import Direction
from l7filters.translate.clusters import eds_cluster, limited, original_destination_cluster, speak_for_exec_sessions
from l7filters.translate.connection_manager import outbound_connection_manager
from l7filters.translate.endpoints import load_assignment
from l7filters.translate.fault_effects import limit_cluster_name, limits
from l7filters.translate.fault_routes import caller_fault_routes
from l7filters.translate.headers import DRAWN_HEADER, OVER_HEADER, RESET_HEADER
from l7filters.translate.listeners import http_chain, listener, listener_filter, tcp_proxy
from l7filters.translate.routes import plain_route, route_configuration
from l7filters.world import Service, ServicePort, World

OUTBOUND_PORT = 15001
OUTBOUND_ADDRESSES = (("127.0.0.1", OUTBOUND_PORT), ("::1", OUTBOUND_PORT))
EXEC_PORT = 15002
EXEC_ADDRESSES = (("127.0.0.1", EXEC_PORT), ("::1", EXEC_PORT))
CALLERS = (Process.MAIN, Process.EXEC)
FAULTED_CALL_PORT = 15003
FAULTED_CALL_ADDRESSES = (("127.0.0.1", FAULTED_CALL_PORT), ("::1", FAULTED_CALL_PORT))
EXEC_PREFIX = "outbound-exec"
"""Of the names of what serves exec sessions."""


def outbound_name(service: Service, port: ServicePort, process: Process = Process.MAIN) -> str:
    """Of the route configuration, the cluster and the route of a service's port; for MAIN, of its endpoints too."""
    return f"{_prefix(process)}/{service.key}/{port.port}"


def passthrough_name(process: Process) -> str:
    return f"{_prefix(process)}/passthrough"


def _prefix(process: Process) -> str:
    return EXEC_PREFIX if process is Process.EXEC else Direction.OUTBOUND


@dataclass(frozen=True, slots=True)
class _OutsideCalls:
    """HTTP to these addresses outside of the mesh (None: to any) on a port, which some faults may hit."""

    port: int
    network: Network | None
    faults: tuple[Fault, ...]

    def name(self, process: Process) -> str:
        """Of the route configuration and its plain route."""
        where = "" if self.network is None else f"{self.network}/".replace("/", "-", 1)
        return f"{_prefix(process)}/outside/{where}{self.port}"


def _outside_calls(faults: Iterable[Fault]) -> list[_OutsideCalls]:
    """The listener takes the narrowest network for a connection: each has all the faults that may hit it there."""
    aimed = [fault for fault in faults if fault.inject is Inject.CLIENT and fault.target.outside is not None]
    places = {(fault.target.port or 0, fault.target.outside.addresses) for fault in aimed if fault.target.outside}
    return [
        _OutsideCalls(
            port,
            network,
            tuple(
                fault
                for fault in aimed
                if fault.target.port == port and fault.target.outside and fault.target.outside.covers(network)
            ),
        )
        for port, network in sorted(places, key=lambda each: (each[0], str(each[1] or "")))
    ]


def _reachable_ports(world: World) -> Iterator[tuple[Service, ServicePort]]:
    """The TCP ports of the services that can be connected to, in the order of their names."""
    for service in sorted(world.services, key=lambda service: service.key):
        if service.addresses:
            for port in sorted(service.ports, key=lambda port: port.port):
                if port.protocol == "TCP":
                    yield service, port


def outbound_listener(world: World, faults: Sequence[Fault] = (), process: Process = Process.MAIN) -> Listener:
    """`faults` are those that the workload's sidecar carries."""
    chains: list[FilterChain] = []
    for service, port in _reachable_ports(world):
        name = outbound_name(service, port, process)
        match = FilterChainMatch(
            prefix_ranges=[_host_range(address) for address in service.addresses],
            destination_port=UInt32Value(value=port.port),
        )
        manager = outbound_connection_manager(name, f"{service.name}.{service.namespace}.svc.cluster.local")
        chains.append(http_chain(f"{name}/http", match, manager))
        proxy = tcp_proxy(Direction.OUTBOUND, name, name)
        chains.append(FilterChain(name=name, filter_chain_match=match, filters=[proxy]))
    for calls in _outside_calls(faults):
        match = FilterChainMatch(destination_port=UInt32Value(value=calls.port))
        if calls.network is not None:
            length = UInt32Value(value=calls.network.prefixlen)
            match.prefix_ranges.append(CidrRange(address_prefix=str(calls.network.network_address), prefix_len=length))
        name = calls.name(process)
        chains.append(http_chain(f"{name}/http", match, outbound_connection_manager(name, "outside")))
    other = passthrough_name(process)
    passthrough = FilterChain(name=other, filters=[tcp_proxy(Direction.OUTBOUND, other, other)])
    original_destination = listener_filter("envoy.filters.listener.original_dst", OriginalDst())
    addresses = EXEC_ADDRESSES if process is Process.EXEC else OUTBOUND_ADDRESSES
    made = listener(Direction.OUTBOUND, addresses, [original_destination], chains, passthrough)
    made.name = _prefix(process)
    return made


def outbound_clusters(world: World, faults: Sequence[Fault] = (), process: Process = Process.MAIN) -> list[Cluster]:
    """One per service's port, with one beside it for each limit of a fault there; and one for all else."""
    clusters: list[Cluster] = []
    for service, port in _reachable_ports(world):
        name, served = outbound_name(service, port, process), outbound_name(service, port)
        clusters.append(eds_cluster(name, endpoints="" if name == served else served))
        for limit in limits(_on_way(world, faults, service, port)):
            clusters.append(limited(eds_cluster(limit_cluster_name(name, limit), endpoints=served), limit.requests))
    other = passthrough_name(process)
    clusters.append(original_destination_cluster(other))
    for limit in limits(fault for calls in _outside_calls(faults) for fault in calls.faults):
        clusters.append(limited(original_destination_cluster(limit_cluster_name(other, limit)), limit.requests))
    if process is Process.EXEC:
        for cluster in clusters:
            speak_for_exec_sessions(cluster)
    return clusters


def outbound_endpoints(world: World) -> list[ClusterLoadAssignment]:
    return [
        load_assignment(outbound_name(service, port), world.backends(service, port))
        for service, port in _reachable_ports(world)
    ]


def outbound_routes(
    world: World, faults: Sequence[Fault] = (), process: Process = Process.MAIN
) -> list[RouteConfiguration]:
    """`faults` are those that the workload's sidecar carries."""
    configurations: list[RouteConfiguration] = []
    for service, port in _reachable_ports(world):
        name = outbound_name(service, port, process)
        configurations.append(_routes(world, _on_way(world, faults, service, port), name, name))
    for calls in _outside_calls(faults):
        configurations.append(_routes(world, calls.faults, calls.name(process), passthrough_name(process)))
    return configurations


def _routes(world: World, faults: Sequence[Fault], name: str, cluster: str) -> RouteConfiguration:
    routes = [*caller_fault_routes(world, faults, cluster), plain_route(name, cluster=cluster)]
    configuration = route_configuration(name, routes)
    if faults:
        configuration.request_headers_to_remove.extend([DRAWN_HEADER, OVER_HEADER, RESET_HEADER])
    return configuration


def _on_way(world: World, faults: Iterable[Fault], service: Service, port: ServicePort) -> list[Fault]:
    """The faults of these that hit calls of this port on their way out."""
    return [fault for fault in faults if fault.inject is Inject.CLIENT and leads_to(world, fault, service, port)]


def _host_range(address: str) -> CidrRange:
    return CidrRange(address_prefix=address, prefix_len=UInt32Value(value=ip_address(address).max_prefixlen))
