# SPDX-License-Identifier: Apache-2.0
"""Endpoints: addresses of workloads."""

from collections.abc import Iterable
from ipaddress import ip_address

from envoy_api.config.core.v3 import Address, SocketAddress
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from l7filters.world import Workload


def socket_address(address: str, port: int) -> Address:
    return Address(socket_address=SocketAddress(address=address, port_value=port))


def serving_address(workload: Workload) -> str | None:
    """The address to connect to: one per workload, or it would count twice in the balance. IPv4 where it has
    one."""
    return min(workload.addresses, key=lambda address: ip_address(address).version, default=None)


def load_assignment(name: str, backends: Iterable[tuple[Workload, int]]) -> ClusterLoadAssignment:
    """The endpoints of a cluster, in the order of their addresses."""
    found = {(address, port) for workload, port in backends if (address := serving_address(workload))}
    endpoints = [
        LbEndpoint(endpoint=Endpoint(address=socket_address(address, port)))
        for address, port in sorted(
            found, key=lambda each: (ip_address(each[0]).version, int(ip_address(each[0])), each[1])
        )
    ]
    return ClusterLoadAssignment(
        cluster_name=name, endpoints=[LocalityLbEndpoints(lb_endpoints=endpoints)] if endpoints else []
    )
