# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.type.metadata.v3 as _type_metadata_v3

class MetadataKey(_Message):
    class PathSegment(_Message):
        key: builtins.str
        def __init__(
            self,
            *,
            key: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["key", "segment"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["key", "segment"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["segment"]) -> typing.Literal["key"] | None: ...

    key: builtins.str
    @builtins.property
    def path(self) -> _containers.RepeatedCompositeFieldContainer[_type_metadata_v3.MetadataKey.PathSegment]: ...
    def __init__(
        self,
        *,
        key: builtins.str | None = ...,
        path: collections.abc.Iterable[_type_metadata_v3.MetadataKey.PathSegment] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["key", "path"]) -> None: ...

class MetadataKind(_Message):
    class Cluster(_Message):
        def __init__(self) -> None: ...

    class Host(_Message):
        def __init__(self) -> None: ...

    class Request(_Message):
        def __init__(self) -> None: ...

    class Route(_Message):
        def __init__(self) -> None: ...

    @builtins.property
    def request(self) -> _type_metadata_v3.MetadataKind.Request: ...
    @builtins.property
    def route(self) -> _type_metadata_v3.MetadataKind.Route: ...
    @builtins.property
    def cluster(self) -> _type_metadata_v3.MetadataKind.Cluster: ...
    @builtins.property
    def host(self) -> _type_metadata_v3.MetadataKind.Host: ...
    def __init__(
        self,
        *,
        request: _type_metadata_v3.MetadataKind.Request | None = ...,
        route: _type_metadata_v3.MetadataKind.Route | None = ...,
        cluster: _type_metadata_v3.MetadataKind.Cluster | None = ...,
        host: _type_metadata_v3.MetadataKind.Host | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["request", "route", "cluster", "host", "kind"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["request", "route", "cluster", "host", "kind"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["kind"]) -> typing.Literal["request", "route", "cluster", "host"] | None: ...

