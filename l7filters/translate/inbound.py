# SPDX-License-Identifier: Apache-2.0
"""The inbound half of a sidecar: connections that others make to the workload.

port P, HTTP detected     ─→ connection manager ─→ routes `inbound/P` (policy, faults) ─→ cluster `inbound/P`
port P, anything else     ─→ TCP ─→ cluster `inbound/P`; or, where HTTP rules restrict P, the same as above
a listener's own port     ─→ closed
ports nobody told us of   ─→ TCP ─→ cluster `inbound/other`, to where the connection was going
"""

from collections.abc import Iterable, Sequence
from functools import cache

from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import DataSource, SubstitutionFormatString
from envoy_api.config.listener.v3 import Filter, FilterChain, FilterChainMatch, Listener
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.extensions.filters.common.set_filter_state.v3 import FilterStateValue
from envoy_api.extensions.filters.network.direct_response.v3 import Config as DirectResponse
from envoy_api.extensions.filters.network.set_filter_state.v3 import Config as SetFilterState
from l7filters.faults import Fault, Inject
from l7filters.translate.access_log import Direction
from l7filters.translate.authorization import ask, asked_servers
from l7filters.translate.clusters import limited, original_destination_cluster, static_cluster
from l7filters.translate.connection_manager import inbound_connection_manager
from l7filters.translate.endpoints import load_assignment
from l7filters.translate.fault_effects import limit_cluster_name, limits
from l7filters.translate.fault_routes import fault_routes
from l7filters.translate.filter_order import RBAC_FILTER
from l7filters.translate.headers import (
    DRAWN_HEADER,
    FAULT_HEADER,
    OVER_HEADER,
    OVERWRITE,
    RESET_HEADER,
    TRUSTED_SOURCE_HEADER,
    UNJUDGED_HEADER,
    VERDICT_HEADER,
    fault_header,
)
from l7filters.translate.listeners import http_chain, listener, network_filter, tcp_proxy
from l7filters.translate.rbac import PortRbac
from l7filters.translate.routes import plain_route, route_configuration
from l7filters.translate.verdicts import PortVerdicts
from l7filters.world import EscapedSlashes, Workload, World

INBOUND_PORT = 15006
# The kernel hands connections to this socket with the address that the caller asked for (sk_lookup), so each
# chain can tell the port, and no original_dst filter is needed.
INBOUND_ADDRESSES = (("0.0.0.0", INBOUND_PORT), ("::", INBOUND_PORT))
FAULTED_PORT = 15007
FAULTED_ADDRESSES = (("0.0.0.0", FAULTED_PORT), ("::", FAULTED_PORT))
_OWN_PORTS = (INBOUND_PORT, FAULTED_PORT)
OTHER = "inbound/other"


def inbound_name(port: int) -> str:
    """Of the route configuration, the cluster and the plain route of a port."""
    return f"inbound/{port}"


def served_ports(world: World) -> dict[str, frozenset[int]]:
    """The TCP ports that services reach, by the workload's key."""
    ports: dict[str, frozenset[int]] = {}
    for service in world.services:
        for service_port in service.ports:
            if service_port.protocol == "TCP":
                for backend, number in world.backends(service, service_port):
                    ports[backend.key] = ports.get(backend.key, frozenset()) | {number}
    return ports


def known_ports(
    workload: Workload, served: frozenset[int], named: Iterable[int], faults: Iterable[Fault]
) -> tuple[int, ...]:
    """The TCP ports that get chains of their own: declared, served, or named by HTTP rules (`named`) or faults."""
    ports = {port.number for port in workload.ports if port.protocol == "TCP"} | served
    ports.update(named)
    ports.update(fault.target.port for fault in faults if fault.inject is Inject.SERVER and fault.target.port)
    return tuple(sorted(ports.difference(_OWN_PORTS)))


def inbound_listener(
    escaped_slashes: EscapedSlashes, verdicts: Sequence[tuple[int, PortVerdicts]], rbac: PortRbac
) -> Listener:
    """The listener for a workload's known ports and what policies say about each. It names no workload: without
    policies under audit, many have the same."""
    chains = [_closed_chain(port) for port in _OWN_PORTS]
    for port, port_verdicts in verdicts:
        name = inbound_name(port)
        match = FilterChainMatch(destination_port=UInt32Value(value=port))
        manager = inbound_connection_manager(name, escaped_slashes)
        chains.append(http_chain(f"{name}/http", match, manager))
        # What does not look like HTTP must not get around HTTP rules: it is read as HTTP then, and refused.
        rest = [manager] if port_verdicts.restricts_http else _tcp_filters(name, port_verdicts, rbac)
        chains.append(FilterChain(name=name, filter_chain_match=match, filters=rest))
    other = _other_chain([port for port, _ in verdicts])
    return listener(Direction.INBOUND, INBOUND_ADDRESSES, [], chains, other)


def _tcp_filters(name: str, verdicts: PortVerdicts, rbac: PortRbac) -> list[Filter]:
    """What is not HTTP goes to the app; the datapath has judged it, save by policies under audit."""
    proxy = tcp_proxy(Direction.INBOUND, name, name)
    if verdicts.audit is None:
        return [proxy]
    return [network_filter("envoy.filters.network.rbac", rbac.network(name, verdicts.audit)), proxy]


def _closed_chain(port: int) -> FilterChain:
    """Who asks for a listener's own port would be sent to it again, and again."""
    return FilterChain(
        name=f"inbound/closed/{port}",
        filter_chain_match=FilterChainMatch(destination_port=UInt32Value(value=port)),
        filters=[network_filter("envoy.filters.network.direct_response", DirectResponse())],
    )


def _other_chain(known: Sequence[int]) -> FilterChain:
    """The chain of all other ports.

    Its name lists the known ones: when a port becomes known, its old connections must leave this chain, and a
    chain drains when it changes.
    """
    # The cluster's own way to find the destination would refuse it: it equals the address that accepted.
    destination = FilterStateValue(
        object_key="envoy.network.transport_socket.original_dst_address",
        format_string=SubstitutionFormatString(
            text_format_source=DataSource(inline_string="%DOWNSTREAM_LOCAL_ADDRESS%")
        ),
    )
    return FilterChain(
        name="/".join([OTHER, *map(str, known)]),
        filters=[
            network_filter("envoy.filters.network.set_filter_state", SetFilterState(on_new_connection=[destination])),
            tcp_proxy(Direction.INBOUND, OTHER, OTHER),
        ],
    )


def inbound_clusters(workload: Workload, ports: Iterable[int], faults: Sequence[Fault]) -> list[Cluster]:
    """One per port, to the app, with one beside it for each limit of a fault there."""
    clusters: list[Cluster] = []
    for port in ports:
        name = inbound_name(port)
        endpoints = load_assignment(name, [(workload, port)])
        clusters.append(static_cluster(name, endpoints))
        for limit in limits(on_port(faults, port)):
            beside = static_cluster(limit_cluster_name(name, limit), endpoints)
            # As Envoy has it: a static cluster's endpoints are its own.
            beside.load_assignment.cluster_name = beside.name
            clusters.append(limited(beside, limit.requests))
    return clusters


@cache
def other_cluster() -> Cluster:
    """For the ports that nobody told us of; the same object for all workloads."""
    return original_destination_cluster(OTHER)


def on_port(faults: Iterable[Fault], port: int) -> list[Fault]:
    """The faults of these that hit requests to this port on their way in."""
    return [fault for fault in faults if fault.inject is Inject.SERVER and fault.target.port in (None, port)]


def inbound_routes(
    world: World, port: int, verdicts: PortVerdicts, faults: Sequence[Fault], rbac: PortRbac
) -> RouteConfiguration:
    """Policy and faults of one port. `faults` are the workload's."""
    name = inbound_name(port)
    mine = on_port(faults, port)
    configuration = route_configuration(
        name, [*fault_routes(world, mine, cluster=name), plain_route(name, cluster=name)]
    )
    inside = [TRUSTED_SOURCE_HEADER, UNJUDGED_HEADER, DRAWN_HEADER, OVER_HEADER, RESET_HEADER]
    configuration.request_headers_to_remove.extend(inside)
    # What the app calls so is a forgery; ours are set after that, and only where there is something to say.
    configuration.response_headers_to_remove.extend([FAULT_HEADER, VERDICT_HEADER])
    configuration.response_headers_to_add.append(fault_header(OVERWRITE))
    if not verdicts.says_nothing or verdicts.audit is not None:
        configuration.typed_per_filter_config[RBAC_FILTER].CopyFrom(pack(rbac.per_route(verdicts)))
    for filter_name, server in asked_servers(verdicts):
        configuration.typed_per_filter_config[filter_name].CopyFrom(pack(ask(server)))
    return configuration
