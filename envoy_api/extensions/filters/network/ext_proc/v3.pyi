# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import duration_pb2 as _duration_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.network.ext_proc.v3 as _extensions_filters_network_ext_proc_v3

class MetadataOptions(_Message):
    class MetadataNamespaces(_Message):
        @builtins.property
        def untyped(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        @builtins.property
        def typed(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        def __init__(
            self,
            *,
            untyped: collections.abc.Iterable[builtins.str] | None = ...,
            typed: collections.abc.Iterable[builtins.str] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["untyped", "typed"]) -> None: ...

    @builtins.property
    def forwarding_namespaces(self) -> _extensions_filters_network_ext_proc_v3.MetadataOptions.MetadataNamespaces: ...
    @builtins.property
    def receiving_namespaces(self) -> _extensions_filters_network_ext_proc_v3.MetadataOptions.MetadataNamespaces: ...
    def __init__(
        self,
        *,
        forwarding_namespaces: _extensions_filters_network_ext_proc_v3.MetadataOptions.MetadataNamespaces | None = ...,
        receiving_namespaces: _extensions_filters_network_ext_proc_v3.MetadataOptions.MetadataNamespaces | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["forwarding_namespaces", "receiving_namespaces"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["forwarding_namespaces", "receiving_namespaces"]) -> None: ...

class NetworkExternalProcessor(_Message):
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    failure_mode_allow: builtins.bool
    @builtins.property
    def processing_mode(self) -> _extensions_filters_network_ext_proc_v3.ProcessingMode: ...
    @builtins.property
    def message_timeout(self) -> _duration_pb2.Duration: ...
    stat_prefix: builtins.str
    @builtins.property
    def metadata_options(self) -> _extensions_filters_network_ext_proc_v3.MetadataOptions: ...
    def __init__(
        self,
        *,
        grpc_service: _config_core_v3.GrpcService | None = ...,
        failure_mode_allow: builtins.bool | None = ...,
        processing_mode: _extensions_filters_network_ext_proc_v3.ProcessingMode | None = ...,
        message_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        stat_prefix: builtins.str | None = ...,
        metadata_options: _extensions_filters_network_ext_proc_v3.MetadataOptions | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["grpc_service", "processing_mode", "message_timeout", "metadata_options"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["grpc_service", "failure_mode_allow", "processing_mode", "message_timeout", "stat_prefix", "metadata_options"]) -> None: ...

class ProcessingMode(_Message):
    class DataSendMode(_EnumValue):
        STREAMED: typing.ClassVar[_extensions_filters_network_ext_proc_v3.ProcessingMode.DataSendMode]
        SKIP: typing.ClassVar[_extensions_filters_network_ext_proc_v3.ProcessingMode.DataSendMode]

    process_read: _extensions_filters_network_ext_proc_v3.ProcessingMode.DataSendMode
    process_write: _extensions_filters_network_ext_proc_v3.ProcessingMode.DataSendMode
    def __init__(
        self,
        *,
        process_read: _extensions_filters_network_ext_proc_v3.ProcessingMode.DataSendMode | None = ...,
        process_write: _extensions_filters_network_ext_proc_v3.ProcessingMode.DataSendMode | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["process_read", "process_write"]) -> None: ...

