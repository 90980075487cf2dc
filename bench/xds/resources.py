# SPDX-License-Identifier: Apache-2.0
"""What every simulated sidecar gets: clusters, their endpoints, one listener, one route configuration of 24 KB."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.message import Message

from envoy_api import pack, serialize
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import (
    Address,
    AggregatedConfigSource,
    ApiVersion,
    ConfigSource,
    HeaderValue,
    HeaderValueOption,
    SocketAddress,
)
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from envoy_api.config.listener.v3 import Filter, FilterChain, Listener
from envoy_api.config.rbac.v3 import RBAC as Rules
from envoy_api.config.rbac.v3 import Permission, Policy, Principal
from envoy_api.config.route.v3 import HeaderMatcher, Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost
from envoy_api.extensions.filters.common.fault.v3 import FaultDelay
from envoy_api.extensions.filters.http.fault.v3 import FaultAbort, HTTPFault
from envoy_api.extensions.filters.http.rbac.v3 import RBAC, RBACPerRoute
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, Rds
from envoy_api.service.discovery.v3 import DiscoveryResponse
from envoy_api.type.matcher.v3 import StringMatcher
from envoy_api.type.v3 import FractionalPercent

CLUSTERS = 40
ENDPOINTS_PER_CLUSTER = 5
ROUTES = 54
ROUTE_NAME = "inbound/8080"

_ADS = ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3)


@dataclass(frozen=True, slots=True)
class Content:
    """All but the route configuration is the same in every publish."""

    shared: tuple[Message, ...]
    routes: RouteConfiguration

    def routes_of(self, mark: str) -> RouteConfiguration:
        """The route configuration with a mark that makes it differ from others."""
        marked = RouteConfiguration()
        marked.CopyFrom(self.routes)
        marked.response_headers_to_add.append(HeaderValueOption(header=HeaderValue(key="x-generation", value=mark)))
        return marked


def make() -> Content:
    clusters = [f"outbound/shop/service-{number}/80" for number in range(CLUSTERS)]
    return Content(
        (*(_cluster(name) for name in clusters), *(_endpoints(name) for name in clusters), _listener()),
        RouteConfiguration(name=ROUTE_NAME, virtual_hosts=[_virtual_host(clusters)]),
    )


def dump(content: Content) -> bytes:
    """For programs in other languages: a serialised DiscoveryResponse."""
    return serialize(DiscoveryResponse(resources=[pack(each) for each in (*content.shared, content.routes)]))


def marker(generation: int) -> str:
    """Stands in the route configuration of this publish; the sidecars look for it (`lines.go`)."""
    return f"generation-{generation:08d}"


def node_id(number: int) -> str:
    return f"sidecar-{number:05d}"


def _cluster(name: str) -> Cluster:
    return Cluster(
        name=name,
        type=Cluster.DiscoveryType.EDS,
        eds_cluster_config=Cluster.EdsClusterConfig(eds_config=_ADS),
    )


def _endpoints(name: str) -> ClusterLoadAssignment:
    return ClusterLoadAssignment(
        cluster_name=name,
        endpoints=[
            LocalityLbEndpoints(
                lb_endpoints=[_endpoint(f"10.0.{len(name)}.{host}") for host in range(1, 1 + ENDPOINTS_PER_CLUSTER)]
            )
        ],
    )


def _endpoint(address: str) -> LbEndpoint:
    return LbEndpoint(
        endpoint=Endpoint(address=Address(socket_address=SocketAddress(address=address, port_value=8080)))
    )


def _listener() -> Listener:
    manager = HttpConnectionManager(stat_prefix="inbound", rds=Rds(route_config_name=ROUTE_NAME, config_source=_ADS))
    terminal = Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
    return Listener(
        name="inbound",
        address=Address(socket_address=SocketAddress(address="0.0.0.0", port_value=15006)),
        filter_chains=[FilterChain(filters=[terminal])],
    )


def _virtual_host(clusters: list[str]) -> VirtualHost:
    routes = [_route(number, clusters[number % len(clusters)]) for number in range(ROUTES)]
    return VirtualHost(name="inbound", domains=["*"], routes=routes)


def _route(number: int, cluster: str) -> Route:
    method = HeaderMatcher(name=":method", string_match=StringMatcher(exact="GET"))
    percentage = FractionalPercent(numerator=100, denominator=FractionalPercent.DenominatorType.MILLION)
    fault = HTTPFault(
        delay=FaultDelay(percentage=percentage),
        abort=FaultAbort(http_status=503, percentage=percentage),
        abort_percent_runtime=f"riftgate.fault.chaos.fault-{number}.abort",
        delay_percent_runtime=f"riftgate.fault.chaos.fault-{number}.delay",
    )
    fault.delay.fixed_delay.FromMilliseconds(2000)
    rule = Policy(permissions=[Permission(header=method)], principals=[Principal(any=True)])
    rules = Rules(policies={f"shop/policy-{number}#0": rule})
    return Route(
        name=f"fault/chaos/fault-{number}",
        match=RouteMatch(prefix=f"/api/resource-{number}/", headers=[method]),
        route=RouteAction(cluster=cluster),
        typed_per_filter_config={
            "envoy.filters.http.fault": pack(fault),
            "envoy.filters.http.rbac": pack(RBACPerRoute(rbac=RBAC(rules=rules))),
        },
    )
