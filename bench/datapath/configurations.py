# SPDX-License-Identifier: Apache-2.0
"""Envoy's configuration in each way of getting connections to it: what Riftgate's sidecars are told, made static.

Access logs are left out: whoever receives them would compete for the cores that are measured. Otherwise only what
the way itself takes differs:

    Riftgate    as the translation has it
    redirect    the inbound listener too asks for the original destination: REDIRECT has replaced it
    explicit    nobody asks for it: the listener's own port stands for the one service behind it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from envoy_api import pack, to_yaml
from envoy_api.config.bootstrap.v3 import Admin, Bootstrap, RuntimeLayer
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import Address, DataSource, Pipe
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import Filter, FilterChain, Listener
from envoy_api.config.route.v3 import DirectResponseAction, Route, RouteConfiguration, RouteMatch, VirtualHost
from envoy_api.extensions.filters.http.router.v3 import Router
from envoy_api.extensions.filters.listener.original_dst.v3 import OriginalDst
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, HttpFilter
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from l7filters.translate import RUNTIME_LAYER, Resources
from l7filters.translate.endpoints import socket_address
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.translate.inbound import INBOUND_PORT, inbound_name
from l7filters.translate.listeners import listener_filter
from l7filters.translate.outbound import OUTBOUND_PORT
from xds_server.bootstrap import grpc_cluster

SERVER_PORT = 8080
"""Of the server behind each sidecar."""
SIZES = {"small": 100, "1MB": 1_000_000}
"""What the server answers, by path: bytes of the body. `/json` is as small, and JSON."""

_JSON = '{"ship": "falcon", "crew": ["han", "chewbacca"], "cargo": {"smuggled": true, "tons": 100}, "late": 0}'

M = TypeVar("M", bound=Message)

_ORIGINAL_DST = "envoy.filters.listener.original_dst"


class Way(StrEnum):
    """How connections get to an Envoy."""

    RIFTGATE = "riftgate"
    REDIRECT = "redirect"
    EXPLICIT = "explicit"


@dataclass(frozen=True, slots=True)
class FaultSettings:
    """What a sidecar is told of faults beside their routes."""

    runtime: Mapping[str, object] = field(default_factory=dict)
    """Their runtime layer."""
    servers: tuple[Path, ...] = ()
    """Sockets of the fault servers."""


def sidecar(resources: Resources, way: Way, service: str, admin: Path, faults: FaultSettings | None = None) -> str:
    """The bootstrap of a sidecar. `service` is the name of the outbound route that an explicit proxy stands for."""
    routes = {each.name: each for each in resources.routes}
    assignments = {each.cluster_name: each for each in resources.endpoints}
    clusters = [_static(each, assignments) for each in resources.clusters]
    listeners = [_listener(each, routes, way, service) for each in resources.listeners]
    if faults is None:
        return _bootstrap(listeners, clusters, admin)
    clusters.append(grpc_cluster(FAULT_CLUSTER, *map(str, faults.servers)))
    return _bootstrap(listeners, clusters, admin, faults.runtime)


def server(address: str, port: int, admin: Path) -> str:
    """The bootstrap of an Envoy that answers by itself."""
    direct = [
        Route(
            match=RouteMatch(path=f"/{name}"),
            direct_response=DirectResponseAction(status=200, body=DataSource(inline_string="x" * size)),
        )
        for name, size in SIZES.items()
    ]
    direct.append(
        Route(
            match=RouteMatch(path="/json"),
            direct_response=DirectResponseAction(status=200, body=DataSource(inline_string=_JSON)),
        )
    )
    routes = RouteConfiguration(name="server", virtual_hosts=[VirtualHost(name="server", domains=["*"], routes=direct)])
    routes.max_direct_response_body_size_bytes.value = max(SIZES.values())
    manager = HttpConnectionManager(
        stat_prefix="server",
        route_config=routes,
        http_filters=[HttpFilter(name="envoy.filters.http.router", typed_config=pack(Router()))],
    )
    filters = [Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))]
    listener = Listener(
        name="server", address=socket_address(address, port), filter_chains=[FilterChain(filters=filters)]
    )
    return _bootstrap([listener], [], admin)


def _bootstrap(
    listeners: list[Listener], clusters: list[Cluster], admin: Path, runtime: Mapping[str, object] | None = None
) -> str:
    bootstrap = Bootstrap(
        static_resources=Bootstrap.StaticResources(listeners=listeners, clusters=clusters),
        admin=Admin(address=Address(pipe=Pipe(path=str(admin)))),
    )
    if runtime:
        layer = RuntimeLayer(name=RUNTIME_LAYER)
        ParseDict(dict(runtime), layer.static_layer)
        bootstrap.layered_runtime.layers.append(layer)
    return to_yaml(bootstrap)


def _static(cluster: Cluster, assignments: dict[str, ClusterLoadAssignment]) -> Cluster:
    """A cluster with its endpoints in it."""
    made = _copy(cluster)
    if made.HasField("eds_cluster_config"):
        # Several clusters may share the endpoints of one service.
        made.load_assignment.CopyFrom(assignments[made.eds_cluster_config.service_name or cluster.name])
        made.ClearField("eds_cluster_config")
        made.type = Cluster.DiscoveryType.STATIC
    return made


def _listener(listener: Listener, routes: dict[str, RouteConfiguration], way: Way, service: str) -> Listener:
    made = _copy(listener)
    inbound = made.name == "inbound"
    for chain in (*made.filter_chains, made.default_filter_chain):
        for each in chain.filters:
            _make_static(each, routes)
    if way is Way.REDIRECT and inbound:
        made.listener_filters.insert(0, listener_filter(_ORIGINAL_DST, OriginalDst()))
    if way is Way.EXPLICIT:
        kept = [each for each in made.listener_filters if each.name != _ORIGINAL_DST]
        made.ClearField("listener_filters")
        made.listener_filters.extend(kept)
        wanted = inbound_name(SERVER_PORT) if inbound else service
        chains = [_copy(each) for each in made.filter_chains if each.name.removesuffix("/http") == wanted]
        for chain in chains:
            chain.filter_chain_match.ClearField("prefix_ranges")
            chain.filter_chain_match.destination_port.value = INBOUND_PORT if inbound else OUTBOUND_PORT
        made.ClearField("filter_chains")
        made.filter_chains.extend(chains)
    return made


def _make_static(each: Filter, routes: dict[str, RouteConfiguration]) -> None:
    """Routes in it, and no access log."""
    if each.name == "envoy.filters.network.http_connection_manager":
        manager = HttpConnectionManager()
        each.typed_config.Unpack(manager)
        manager.route_config.CopyFrom(routes[manager.rds.route_config_name])
        _without_log(each, manager)
    elif each.name == "envoy.filters.network.tcp_proxy":
        proxy = TcpProxy()
        each.typed_config.Unpack(proxy)
        _without_log(each, proxy)


def _without_log(each: Filter, config: Message) -> None:
    config.ClearField("access_log")
    each.typed_config.CopyFrom(pack(config))


def _copy(message: M) -> M:
    made = type(message)()
    made.CopyFrom(message)
    return made
