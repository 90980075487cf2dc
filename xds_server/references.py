# SPDX-License-Identifier: Apache-2.0
"""Which other resources a message needs. A server that delivers one without the other makes Envoy wait: a
listener warms for over 20 s for a route that does not come, a cluster for 15 s for its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

import envoy_api
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.route.v3 import Route

from .resource import Reference
from .type_urls import CLUSTER, ENDPOINT, EXTENSION_CONFIG, ROUTE, SECRET

if TYPE_CHECKING:
    from google._upb._message import Descriptor as UpbDescriptor

    AnyDescriptor = Descriptor | UpbDescriptor


def references(message: Message) -> frozenset[Reference]:
    """All that `message`, and what is packed inside it, asks this server for or sends traffic to."""
    found: set[Reference] = set()
    _collect(message, found)
    return frozenset(found)


class _Shape(Enum):
    """How a field that may hold references holds its messages."""

    SINGLE = 1
    REPEATED = 2
    MAP = 3


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to look at in all messages of one type."""

    is_any: bool
    read: Callable[[Message], Iterator[Reference]] | None
    fields: Mapping[int, _Shape]


@cache
def _plan_for(descriptor: AnyDescriptor) -> _Plan:
    fields = {}
    for field in descriptor.fields:
        content = field.message_type
        if content is not None and _may_refer(content):
            is_map = content.GetOptions().map_entry
            fields[field.number] = _Shape.MAP if is_map else _Shape.REPEATED if field.is_repeated else _Shape.SINGLE
    name = descriptor.full_name
    return _Plan(name == _ANY, _READERS.get(name), fields)


def _collect(message: Message, found: set[Reference]) -> None:
    plan = _plan_for(message.DESCRIPTOR)
    if plan.is_any:
        assert isinstance(message, AnyMessage)
        found |= _packed_references(message.type_url, message.value)
        return
    if plan.read is not None:
        found.update(plan.read(message))
    if not plan.fields:
        return
    for field, value in message.ListFields():
        match plan.fields.get(field.number):
            case _Shape.SINGLE:
                _collect_inside(value, found)
            case _Shape.REPEATED:
                for each in value:
                    _collect_inside(each, found)
            case _Shape.MAP:
                for each in value.values():
                    _collect_inside(each, found)


def _collect_inside(message: Message, found: set[Reference]) -> None:
    if isinstance(message, Route):
        found |= _route_references(message.SerializeToString(deterministic=True))
    else:
        _collect(message, found)


# A change of one route leaves the others as they were, and reading one takes several times as long as writing it.
@lru_cache(maxsize=8192)
def _route_references(encoded: bytes) -> frozenset[Reference]:
    return references(Route.FromString(encoded))


@lru_cache(maxsize=2048)
def _packed_references(type_url: str, value: bytes) -> frozenset[Reference]:
    """Of the message inside an Any, unless it is of a type that we never send or that cannot refer to anything."""
    try:
        message_class = envoy_api.message_class(type_url)
    except KeyError:
        return frozenset()
    if message_class.DESCRIPTOR.full_name in _REFER_TO_NOTHING or not _may_refer(message_class.DESCRIPTOR):
        return frozenset()
    return references(message_class.FromString(value))


_REFER_TO_NOTHING = {
    "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
    "envoy.extensions.filters.network.rbac.v3.RBAC",
}
"""What is packed in these is matchers' inputs and the names of actions; with policies it is most of what there is."""
_ANY = "google.protobuf.Any"


@cache
def _may_refer(descriptor: AnyDescriptor) -> bool:
    """Whether a message of this type may hold a reference: most of Envoy's API, matchers above all, cannot."""
    seen: set[str] = set()
    todo: list[AnyDescriptor] = [descriptor]
    while todo:
        content = todo.pop()
        if content.full_name not in seen:
            seen.add(content.full_name)
            todo.extend(field.message_type for field in content.fields if field.message_type is not None)
    return _ANY in seen or not seen.isdisjoint(_READERS)


def _served_here(source: Message) -> bool:
    """Whether a ConfigSource points at this server's stream, rather than at a file or at another server."""
    return source.WhichOneof("config_source_specifier") in ("ads", "self")


def _cluster(message: Message) -> Iterator[Reference]:
    assert isinstance(message, Cluster)
    if message.type == Cluster.DiscoveryType.EDS and _served_here(message.eds_cluster_config.eds_config):
        yield Reference(ENDPOINT, message.eds_cluster_config.service_name or message.name)


def _cluster_named_in(field: str) -> Callable[[Message], Iterator[Reference]]:
    def read(message: Message) -> Iterator[Reference]:
        name = getattr(message, field)
        if name:
            yield Reference(CLUSTER, name)

    return read


def _named_by(name_field: str, type_url: str, source_path: tuple[str, ...]) -> Callable[[Message], Iterator[Reference]]:
    def read(message: Message) -> Iterator[Reference]:
        source = message
        for step in source_path:
            if not source.HasField(step):
                return
            source = getattr(source, step)
        if _served_here(source):
            yield Reference(type_url, getattr(message, name_field))

    return read


_extension_config = _named_by("name", EXTENSION_CONFIG, ("config_discovery", "config_source"))

_READERS: dict[str, Callable[[Message], Iterator[Reference]]] = {
    "envoy.config.cluster.v3.Cluster": _cluster,
    "envoy.config.core.v3.GrpcService.EnvoyGrpc": _cluster_named_in("cluster_name"),
    "envoy.config.core.v3.HttpUri": _cluster_named_in("cluster"),
    "envoy.config.listener.v3.Filter": _extension_config,
    "envoy.config.listener.v3.ListenerFilter": _extension_config,
    "envoy.config.route.v3.RouteAction": _cluster_named_in("cluster"),
    "envoy.config.route.v3.RouteAction.RequestMirrorPolicy": _cluster_named_in("cluster"),
    "envoy.config.route.v3.WeightedCluster.ClusterWeight": _cluster_named_in("name"),
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter": _extension_config,
    "envoy.extensions.filters.network.http_connection_manager.v3.Rds": _named_by(
        "route_config_name", ROUTE, ("config_source",)
    ),
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy": _cluster_named_in("cluster"),
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight": _cluster_named_in("name"),
    "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig": _named_by("name", SECRET, ("sds_config",)),
}
