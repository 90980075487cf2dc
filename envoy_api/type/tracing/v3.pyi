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
import envoy_api.type.tracing.v3 as _type_tracing_v3

class CustomTag(_Message):
    class Environment(_Message):
        name: builtins.str
        default_value: builtins.str
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            default_value: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["name", "default_value"]) -> None: ...

    class Header(_Message):
        name: builtins.str
        default_value: builtins.str
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            default_value: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["name", "default_value"]) -> None: ...

    class Literal(_Message):
        value: builtins.str
        def __init__(
            self,
            *,
            value: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["value"]) -> None: ...

    class Metadata(_Message):
        @builtins.property
        def kind(self) -> _type_metadata_v3.MetadataKind: ...
        @builtins.property
        def metadata_key(self) -> _type_metadata_v3.MetadataKey: ...
        default_value: builtins.str
        def __init__(
            self,
            *,
            kind: _type_metadata_v3.MetadataKind | None = ...,
            metadata_key: _type_metadata_v3.MetadataKey | None = ...,
            default_value: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["kind", "metadata_key"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["kind", "metadata_key", "default_value"]) -> None: ...

    tag: builtins.str
    @builtins.property
    def literal(self) -> _type_tracing_v3.CustomTag.Literal: ...
    @builtins.property
    def environment(self) -> _type_tracing_v3.CustomTag.Environment: ...
    @builtins.property
    def request_header(self) -> _type_tracing_v3.CustomTag.Header: ...
    @builtins.property
    def metadata(self) -> _type_tracing_v3.CustomTag.Metadata: ...
    value: builtins.str
    def __init__(
        self,
        *,
        tag: builtins.str | None = ...,
        literal: _type_tracing_v3.CustomTag.Literal | None = ...,
        environment: _type_tracing_v3.CustomTag.Environment | None = ...,
        request_header: _type_tracing_v3.CustomTag.Header | None = ...,
        metadata: _type_tracing_v3.CustomTag.Metadata | None = ...,
        value: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["literal", "environment", "request_header", "metadata", "value", "type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["tag", "literal", "environment", "request_header", "metadata", "value", "type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["type"]) -> typing.Literal["literal", "environment", "request_header", "metadata", "value"] | None: ...

