# SPDX-License-Identifier: Apache-2.0
"""What of a workload's resources an Envoy of a test is served, bound to addresses of its network: what BPF does
elsewhere."""

from collections.abc import Callable, Iterable, Iterator

from google.protobuf.message import Message

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.listener.v3 import AdditionalAddress, Listener
from envoy_api.config.route.v3 import RouteConfiguration
from l7filters.translate import Resources
from l7filters.translate.endpoints import socket_address
from l7filters.world import Workload, World
from tests.recording_app import APP_ADDRESS

Steer = Callable[[Resources], list[Message]]


def inbound_of(workload: Workload, ports: Iterable[int], listener: str = "inbound") -> Steer:
    """The inbound half (of its listeners, this one), on these ports of the workload's addresses, with the app on
    127.0.0.1; and of the outbound half the clusters that its routes lead to, whose backends are where the world has
    them."""
    addresses = [(address, port) for port in ports for address in workload.addresses]

    def steer(resources: Resources) -> list[Message]:
        clusters = [_to_app(each) for each in resources.clusters if each.name.startswith("inbound/")]
        routes = [each for each in resources.routes if each.name.startswith("inbound/")]
        named = set(_clusters_of(routes))
        elsewhere = [
            each
            for each in resources.clusters
            if each.name.startswith("authorization/") or (each.name in named and not each.name.startswith("inbound/"))
        ]
        names = {each.name for each in elsewhere}
        endpoints = [each for each in resources.endpoints if each.cluster_name in names]
        return [_bound(resources, listener, addresses), *clusters, *elsewhere, *endpoints, *routes]

    return steer


def _clusters_of(routes: Iterable[RouteConfiguration]) -> Iterator[str]:
    for each in routes:
        for route in each.virtual_hosts[0].routes:
            yield route.route.cluster
            yield from (mirror.cluster for mirror in route.route.request_mirror_policies)


def outbound_of(world: World) -> Steer:
    """The outbound half, on the services' addresses; the backends are where the world has them."""
    addresses = [
        (address, port.port) for service in world.services for port in service.ports for address in service.addresses
    ]

    def steer(resources: Resources) -> list[Message]:
        clusters = [each for each in resources.clusters if each.name.startswith("outbound/")]
        routes = [each for each in resources.routes if each.name.startswith("outbound/")]
        return [_bound(resources, "outbound", addresses), *clusters, *resources.endpoints, *routes]

    return steer


def _bound(resources: Resources, name: str, addresses: Iterable[tuple[str, int]]) -> Listener:
    """The listener on other addresses."""
    bound = Listener()
    bound.CopyFrom(next(each for each in resources.listeners if each.name == name))
    first, *others = (socket_address(*each) for each in addresses)
    bound.address.CopyFrom(first)
    bound.ClearField("additional_addresses")
    bound.additional_addresses.extend(AdditionalAddress(address=each) for each in others)
    bound.freebind.value = True
    return bound


def _to_app(cluster: Cluster) -> Cluster:
    moved = Cluster()
    moved.CopyFrom(cluster)
    for locality in moved.load_assignment.endpoints:
        for endpoint in locality.lb_endpoints:
            endpoint.endpoint.address.socket_address.address = APP_ADDRESS
    return moved
