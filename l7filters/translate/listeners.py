# SPDX-License-Identifier: Apache-2.0
"""What the two listeners of a sidecar have in common: both families, protocol detection, filter chains.

All chains of a direction stand in one listener: a change of one chain drains its connections alone, while a
change of the listener around them would drain all.
"""

from collections.abc import Sequence
from datetime import timedelta

from google.protobuf.message import Message

from envoy_api import pack
from envoy_api.config.core.v3 import TrafficDirection
from envoy_api.config.listener.v3 import (
    AdditionalAddress,
    Filter,
    FilterChain,
    FilterChainMatch,
    Listener,
    ListenerFilter,
)
from envoy_api.extensions.filters.listener.http_inspector.v3 import HttpInspector
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from l7filters.translate.access_log import Direction, tcp_access_log
from l7filters.translate.endpoints import socket_address

HTTP_PROTOCOLS = ("http/1.0", "http/1.1", "h2c")
"""What the HTTP inspector calls what it found."""

INSPECTION_TIMEOUT = timedelta(seconds=1)
"""How long a connection on which the client says nothing waits before it is taken for one where the server
speaks first. Envoy's default is to cut it after 15 s."""


def listener(
    direction: Direction,
    addresses: Sequence[tuple[str, int]],
    listener_filters: Sequence[ListenerFilter],
    filter_chains: Sequence[FilterChain],
    default_filter_chain: FilterChain,
) -> Listener:
    """A listener on the first address and, additionally, on the others."""
    first, *others = (socket_address(*address) for address in addresses)
    inbound = direction is Direction.INBOUND
    return Listener(
        name=direction,
        address=first,
        additional_addresses=[AdditionalAddress(address=each) for each in others],
        traffic_direction=TrafficDirection.INBOUND if inbound else TrafficDirection.OUTBOUND,
        listener_filters=[*listener_filters, _http_inspector()],
        listener_filters_timeout=INSPECTION_TIMEOUT,
        continue_on_listener_filters_timeout=True,
        filter_chains=filter_chains,
        default_filter_chain=default_filter_chain,
    )


def listener_filter(name: str, config: Message) -> ListenerFilter:
    return ListenerFilter(name=name, typed_config=pack(config))


def _http_inspector() -> ListenerFilter:
    return listener_filter("envoy.filters.listener.http_inspector", HttpInspector())


def http_chain(name: str, match: FilterChainMatch, connection_manager: Filter) -> FilterChain:
    """The chain for connections of `match` on which HTTP was detected."""
    http = FilterChainMatch()
    http.CopyFrom(match)
    http.application_protocols.extend(HTTP_PROTOCOLS)
    return FilterChain(name=name, filter_chain_match=http, filters=[connection_manager])


def tcp_proxy(direction: Direction, name: str, cluster: str) -> Filter:
    """Bytes to the cluster, for as long as both ends like."""
    config = TcpProxy(
        stat_prefix=name.replace("/", "_"),
        cluster=cluster,
        idle_timeout=timedelta(0),
        access_log=[tcp_access_log(direction)],
    )
    return network_filter("envoy.filters.network.tcp_proxy", config)


def network_filter(name: str, config: Message) -> Filter:
    return Filter(name=name, typed_config=pack(config))
