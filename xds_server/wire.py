# SPDX-License-Identifier: Apache-2.0
"""Between `messages.py` and bytes.

Responses are put together from bodies that were encoded before, by hand: a response is a few length-delimited
fields, and everything in front of the nonce is the same for all clients that are sent the same.
"""

from __future__ import annotations

from functools import lru_cache

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from envoy_api.config.core.v3 import Node as NodeMessage
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest, DiscoveryRequest

from .grpc_call import Shared
from .limits import MAX_REFUSAL_LENGTH
from .messages import Content, DeltaRequest, Node, Response, SotwRequest
from .resource import Resource
from .type_urls import DISCOVERY_RESOURCE


class WireError(ValueError):
    """Bytes that are not the message that they should be."""


# Bytes of requests that many clients send alike: subscriptions by name. A first request, with all that Envoy tells of
# itself, is longer, and its own.
_MOST_ALIKE = 16_384


def parse_delta_request(encoded: bytes) -> DeltaRequest:
    """Raises WireError."""
    return _parse_alike(encoded) if len(encoded) <= _MOST_ALIKE else _parse_delta(encoded)


@lru_cache(maxsize=128)
def _parse_alike(encoded: bytes) -> DeltaRequest:
    return _parse_delta(encoded)


def _parse_delta(encoded: bytes) -> DeltaRequest:
    message = DeltaDiscoveryRequest()
    try:
        message.ParseFromString(encoded)
    except DecodeError as error:
        raise WireError(f"not a DeltaDiscoveryRequest: {error}") from error
    return DeltaRequest(
        message.type_url,
        tuple(message.resource_names_subscribe),
        tuple(message.resource_names_unsubscribe),
        dict(message.initial_resource_versions),
        message.response_nonce,
        message.error_detail.message[:MAX_REFUSAL_LENGTH] if message.HasField("error_detail") else None,
        _node(message.node) if message.HasField("node") else None,
    )


def parse_sotw_request(encoded: bytes) -> SotwRequest:
    """Raises WireError."""
    message = DiscoveryRequest()
    try:
        message.ParseFromString(encoded)
    except DecodeError as error:
        raise WireError(f"not a DiscoveryRequest: {error}") from error
    return SotwRequest(
        message.type_url,
        tuple(message.resource_names),
        message.response_nonce,
        message.version_info,
        message.error_detail.message[:MAX_REFUSAL_LENGTH] if message.HasField("error_detail") else None,
        _node(message.node) if message.HasField("node") else None,
    )


def _node(message: NodeMessage) -> Node:
    build = message.user_agent_build_version.version
    numbers = f"{build.major_number}.{build.minor_number}.{build.patch}"
    version = message.user_agent_version or ("" if numbers == "0.0.0" else numbers)
    try:
        metadata = MessageToDict(message.metadata) if message.HasField("metadata") else {}
    except ValueError as error:
        raise WireError(f"node.metadata is no JSON: {error}") from error
    return Node(message.id, message.cluster, version, metadata)


def encode_delta_response(response: Response, control_plane: str) -> tuple[Shared, bytes]:
    """A serialised DeltaDiscoveryResponse: what is the same for all who are sent the same, and the rest."""
    content = response.content
    # What has a term is told another time to live each time.
    encode = _delta_content.__wrapped__ if content.has_term else _delta_content
    return encode(content, control_plane), _text(5, response.nonce)


def encode_sotw_response(response: Response, control_plane: str) -> tuple[Shared, bytes]:
    """A serialised DiscoveryResponse, in the same way."""
    content = response.content
    encode = _sotw_content.__wrapped__ if content.has_term else _sotw_content
    return encode(content, control_plane), _text(5, response.nonce)


def delta_acceptance(type_url: str, own: bytes) -> bytes:
    """The request by which a Delta client says yes, and nothing else, to a response of which `own` is the nonce as it
    was encoded. Clients may write it in another way; none of ours does."""
    return _acceptance_of(type_url) + own[1:]


@lru_cache(maxsize=32)
def _acceptance_of(type_url: str) -> bytes:
    return _text(2, type_url) + bytes((6 << 3 | 2,))


# One publish often says the same to every client. Few, since each holds a whole response.
@lru_cache(maxsize=8)
def _delta_content(content: Content, control_plane: str) -> Shared:
    encoded = b"".join(
        (
            _text(1, content.version),
            *(_delimited(2, _discovery_resource(resource)) for resource in content.resources),
            *(_delimited(2, _discovery_resource(resource, with_body=False)) for resource in content.renewed),
            _text(4, content.type_url),
            *(_text(6, name) for name in content.removed),
            _delimited(7, _text(1, control_plane)),
        )
    )
    return Shared(encoded)


@lru_cache(maxsize=8)
def _sotw_content(content: Content, control_plane: str) -> Shared:
    encoded = b"".join(
        (
            _text(1, content.version),
            *(_delimited(2, _sotw_body(resource)) for resource in content.resources),
            _text(4, content.type_url),
            _delimited(6, _text(1, control_plane)),
        )
    )
    return Shared(encoded)


def _sotw_body(resource: Resource) -> bytes:
    """The resource as it is, or, where it has a time to live, wrapped in the message that can say so."""
    if resource.ttl is None:
        return resource.body
    return _text(1, DISCOVERY_RESOURCE) + _delimited(2, _discovery_resource(resource))


def _discovery_resource(resource: Resource, *, with_body: bool = True) -> bytes:
    """An envoy.service.discovery.v3.Resource. A heartbeat has no body."""
    encoded = _text(1, resource.version)
    if with_body:
        encoded += _delimited(2, resource.body)
    encoded += _text(3, resource.name)
    seconds = resource.time_to_live()
    if seconds is not None:
        ttl = Duration()
        ttl.FromNanoseconds(round(seconds * 1e9))
        encoded += _delimited(6, ttl.SerializeToString())
    return encoded


def _text(field: int, value: str) -> bytes:
    return _delimited(field, value.encode())


def _delimited(field: int, value: bytes) -> bytes:
    """A length-delimited protobuf field. Numbers above 15 would need a longer tag; none here has one."""
    if len(value) <= 0x7F:
        return bytes((field << 3 | 2, len(value))) + value
    return bytes((field << 3 | 2,)) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
