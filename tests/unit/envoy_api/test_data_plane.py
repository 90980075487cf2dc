# SPDX-License-Identifier: Apache-2.0
"""envoy-data-plane as an independent codec: what upb encodes, it decodes and encodes back without loss."""

import importlib
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from envoy_data_plane.message_pool import default_message_pool
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import envoy_api
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import Metadata
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import Listener
from envoy_api.config.rbac.v3 import RBAC
from envoy_api.config.route.v3 import RouteAction, RouteConfiguration
from envoy_api.data.accesslog.v3 import HTTPAccessLogEntry
from envoy_api.extensions.filters.http.fault.v3 import HTTPFault
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest
from envoy_api.xds.type.matcher.v3 import Matcher

# Its classes warn about themselves (pydantic) and about every deprecated field.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

KINDS = FieldDescriptor
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    KINDS.TYPE_BOOL: st.booleans(),
    KINDS.TYPE_STRING: st.text(max_size=8),
    KINDS.TYPE_BYTES: st.binary(max_size=8),
    KINDS.TYPE_UINT32: st.integers(0, 2**32 - 1),
    KINDS.TYPE_UINT64: st.integers(0, 2**64 - 1),
    KINDS.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    KINDS.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    # Without -0.0, which the peer takes for the default and leaves out.
    KINDS.TYPE_DOUBLE: st.floats(allow_nan=False).map(lambda number: number + 0.0),
    KINDS.TYPE_FLOAT: st.floats(allow_nan=False, width=32).map(lambda number: number + 0.0),
}
# Fields newer than envoy-data-plane 2.2, which drops them.
NEWER = {"envoy.extensions.filters.http.fault.v3.FaultAbort.response_body"}


@st.composite
def messages(draw: st.DrawFn, cls: type[Message], depth: int) -> Message:
    descriptor: Any = cls.DESCRIPTOR
    if issubclass(cls, Duration | Timestamp):
        # datetime, in which the peer keeps times, knows microseconds.
        return cls(seconds=draw(st.integers(0, 10**9)), nanos=1000 * draw(st.integers(0, 999_999)))
    message = cls()
    fields = [field for field in descriptor.fields if field.full_name not in NEWER]
    if depth == 0 or not fields or (is_well_known(descriptor) and not is_wrapper(descriptor)):
        return message
    chosen = st.lists(st.sampled_from(fields), min_size=min(3, len(fields)), max_size=6, unique_by=id)
    for field in draw(chosen):
        put(message, field, lambda kind: draw(values(kind, depth - 1)))
    return message


def values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return messages(envoy_api.message_class(field.message_type.full_name), depth)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    return SCALARS[field.type]


def put(message: Message, field: Any, value_of: Callable[[Any], Any]) -> None:
    """Set a field, or add to it, whatever its shape; `value_of` makes a value for a field, a map's value included."""
    target = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = field.message_type.fields
        if value.message_type is not None:
            target[value_of(key)].CopyFrom(value_of(value))
        else:
            target[value_of(key)] = value_of(value)
    elif field.is_repeated:
        target.append(value_of(field))
    elif field.message_type is not None:
        target.CopyFrom(value_of(field))
    else:
        setattr(message, field.name, value_of(field))


def is_well_known(descriptor: Any) -> bool:
    return bool(descriptor.file.package == "google.protobuf")


def is_wrapper(descriptor: Any) -> bool:
    return bool(descriptor.file.name == "google/protobuf/wrappers.proto")


def example(field: Any) -> Any:
    """A value that is not the field's default."""
    if field.message_type is not None:
        message = envoy_api.message_class(field.message_type.full_name)()
        if is_wrapper(message.DESCRIPTOR) or isinstance(message, Duration | Timestamp):
            put(message, message.DESCRIPTOR.fields[0], example)
        return message
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return {FieldDescriptor.CPPTYPE_STRING: b"x" if field.type == FieldDescriptor.TYPE_BYTES else "x"}.get(
        field.cpp_type, 1
    )


def all_messages() -> Iterator[type[Message]]:
    def walk(prefix: str, protos: Iterable[DescriptorProto]) -> Iterator[str]:
        for proto in protos:
            if not proto.options.map_entry:
                yield f"{prefix}.{proto.name}"
                yield from walk(f"{prefix}.{proto.name}", proto.nested_type)

    encoded = Path(envoy_api.__file__).with_name("descriptors.binpb").read_bytes()
    for file in FileDescriptorSet.FromString(encoded).file:
        yield from (envoy_api.message_class(name) for name in walk(file.package, file.message_type))


def peer(message: Message) -> type[Any]:
    """envoy-data-plane's class of the same message."""
    importlib.import_module(f"envoy_data_plane.{message.DESCRIPTOR.file.package}")  # registers its messages
    return default_message_pool.url_to_type[envoy_api.type_url(message)]


def test_every_field_of_every_message() -> None:
    wrong, checked = [], 0
    for cls in all_messages():
        importlib.import_module(f"envoy_data_plane.{cls.DESCRIPTOR.file.package}")
        theirs = default_message_pool.url_to_type.get(envoy_api.type_url(cls))
        if theirs is None:  # one that envoy-data-plane leaves out
            continue
        for field in cls.DESCRIPTOR.fields:
            if field.full_name in NEWER:
                continue
            message = cls()
            put(message, field, example)
            checked += 1
            if cls.FromString(bytes(theirs.parse(message.SerializeToString()))) != message:
                wrong.append(field.full_name)
    assert wrong == []
    assert checked > 2000


@pytest.mark.parametrize(
    "cls",
    [
        Listener,
        RouteConfiguration,
        RouteAction,
        Cluster,
        ClusterLoadAssignment,
        RBAC,
        HTTPFault,
        HttpConnectionManager,
        HTTPAccessLogEntry,
        Matcher,
        Metadata,
        DeltaDiscoveryRequest,
    ],
    ids=lambda cls: cls.DESCRIPTOR.name,
)
def test_round_trip(cls: type[Message]) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(messages(cls, depth=4))
    def check(message: Message) -> None:
        decoded = peer(message).parse(message.SerializeToString())
        assert cls.FromString(bytes(decoded)) == message

    check()


def test_it_reads_names_and_values_as_we_wrote_them() -> None:
    fault = HTTPFault()
    fault.abort.http_status = 503
    fault.delay.fixed_delay.FromMilliseconds(1500)
    fault.max_active_faults.value = 7
    decoded = peer(fault).parse(fault.SerializeToString())
    assert decoded.abort.http_status == 503
    assert math.isclose(decoded.delay.fixed_delay.total_seconds(), 1.5)
    assert decoded.max_active_faults == 7
