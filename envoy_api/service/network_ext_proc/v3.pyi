# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import struct_pb2 as _struct_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.service.network_ext_proc.v3 as _service_network_ext_proc_v3

class Data(_Message):
    data: builtins.bytes
    end_of_stream: builtins.bool
    def __init__(
        self,
        *,
        data: builtins.bytes | None = ...,
        end_of_stream: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["data", "end_of_stream"]) -> None: ...

class ProcessingRequest(_Message):
    @builtins.property
    def read_data(self) -> _service_network_ext_proc_v3.Data: ...
    @builtins.property
    def write_data(self) -> _service_network_ext_proc_v3.Data: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    def __init__(
        self,
        *,
        read_data: _service_network_ext_proc_v3.Data | None = ...,
        write_data: _service_network_ext_proc_v3.Data | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["read_data", "write_data", "metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["read_data", "write_data", "metadata"]) -> None: ...

class ProcessingResponse(_Message):
    class ConnectionStatus(_EnumValue):
        CONTINUE: typing.ClassVar[_service_network_ext_proc_v3.ProcessingResponse.ConnectionStatus]
        CLOSE: typing.ClassVar[_service_network_ext_proc_v3.ProcessingResponse.ConnectionStatus]
        CLOSE_RST: typing.ClassVar[_service_network_ext_proc_v3.ProcessingResponse.ConnectionStatus]

    class DataProcessedStatus(_EnumValue):
        UNKNOWN: typing.ClassVar[_service_network_ext_proc_v3.ProcessingResponse.DataProcessedStatus]
        UNMODIFIED: typing.ClassVar[_service_network_ext_proc_v3.ProcessingResponse.DataProcessedStatus]
        MODIFIED: typing.ClassVar[_service_network_ext_proc_v3.ProcessingResponse.DataProcessedStatus]

    @builtins.property
    def read_data(self) -> _service_network_ext_proc_v3.Data: ...
    @builtins.property
    def write_data(self) -> _service_network_ext_proc_v3.Data: ...
    data_processing_status: _service_network_ext_proc_v3.ProcessingResponse.DataProcessedStatus
    connection_status: _service_network_ext_proc_v3.ProcessingResponse.ConnectionStatus
    @builtins.property
    def dynamic_metadata(self) -> _struct_pb2.Struct: ...
    close_stream_to_ext_proc_server: builtins.bool
    def __init__(
        self,
        *,
        read_data: _service_network_ext_proc_v3.Data | None = ...,
        write_data: _service_network_ext_proc_v3.Data | None = ...,
        data_processing_status: _service_network_ext_proc_v3.ProcessingResponse.DataProcessedStatus | None = ...,
        connection_status: _service_network_ext_proc_v3.ProcessingResponse.ConnectionStatus | None = ...,
        dynamic_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        close_stream_to_ext_proc_server: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["read_data", "write_data", "dynamic_metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["read_data", "write_data", "data_processing_status", "connection_status", "dynamic_metadata", "close_stream_to_ext_proc_server"]) -> None: ...

