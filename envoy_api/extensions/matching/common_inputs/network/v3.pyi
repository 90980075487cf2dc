# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.extensions.matching.common_inputs.network.v3 as _extensions_matching_common_inputs_network_v3

class ApplicationProtocolInput(_Message):
    def __init__(self) -> None: ...

class DestinationIPInput(_Message):
    def __init__(self) -> None: ...

class DestinationPortInput(_Message):
    def __init__(self) -> None: ...

class DirectSourceIPInput(_Message):
    def __init__(self) -> None: ...

class DynamicMetadataInput(_Message):
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

    filter: builtins.str
    @builtins.property
    def path(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_matching_common_inputs_network_v3.DynamicMetadataInput.PathSegment]: ...
    def __init__(
        self,
        *,
        filter: builtins.str | None = ...,
        path: collections.abc.Iterable[_extensions_matching_common_inputs_network_v3.DynamicMetadataInput.PathSegment] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["filter", "path"]) -> None: ...

class FilterStateInput(_Message):
    key: builtins.str
    field: builtins.str
    def __init__(
        self,
        *,
        key: builtins.str | None = ...,
        field: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["key", "field"]) -> None: ...

class NetworkNamespaceInput(_Message):
    def __init__(self) -> None: ...

class ServerNameInput(_Message):
    def __init__(self) -> None: ...

class SourceIPInput(_Message):
    def __init__(self) -> None: ...

class SourcePortInput(_Message):
    def __init__(self) -> None: ...

class SourceTypeInput(_Message):
    def __init__(self) -> None: ...

class TransportProtocolInput(_Message):
    def __init__(self) -> None: ...

