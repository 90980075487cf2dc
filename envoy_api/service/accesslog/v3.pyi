# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.data.accesslog.v3 as _data_accesslog_v3
import envoy_api.service.accesslog.v3 as _service_accesslog_v3

class StreamAccessLogsMessage(_Message):
    class HTTPAccessLogEntries(_Message):
        @builtins.property
        def log_entry(self) -> _containers.RepeatedCompositeFieldContainer[_data_accesslog_v3.HTTPAccessLogEntry]: ...
        def __init__(
            self,
            *,
            log_entry: collections.abc.Iterable[_data_accesslog_v3.HTTPAccessLogEntry] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["log_entry"]) -> None: ...

    class Identifier(_Message):
        @builtins.property
        def node(self) -> _config_core_v3.Node: ...
        log_name: builtins.str
        def __init__(
            self,
            *,
            node: _config_core_v3.Node | None = ...,
            log_name: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["node"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["node", "log_name"]) -> None: ...

    class TCPAccessLogEntries(_Message):
        @builtins.property
        def log_entry(self) -> _containers.RepeatedCompositeFieldContainer[_data_accesslog_v3.TCPAccessLogEntry]: ...
        def __init__(
            self,
            *,
            log_entry: collections.abc.Iterable[_data_accesslog_v3.TCPAccessLogEntry] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["log_entry"]) -> None: ...

    @builtins.property
    def identifier(self) -> _service_accesslog_v3.StreamAccessLogsMessage.Identifier: ...
    @builtins.property
    def http_logs(self) -> _service_accesslog_v3.StreamAccessLogsMessage.HTTPAccessLogEntries: ...
    @builtins.property
    def tcp_logs(self) -> _service_accesslog_v3.StreamAccessLogsMessage.TCPAccessLogEntries: ...
    def __init__(
        self,
        *,
        identifier: _service_accesslog_v3.StreamAccessLogsMessage.Identifier | None = ...,
        http_logs: _service_accesslog_v3.StreamAccessLogsMessage.HTTPAccessLogEntries | None = ...,
        tcp_logs: _service_accesslog_v3.StreamAccessLogsMessage.TCPAccessLogEntries | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["identifier", "http_logs", "tcp_logs", "log_entries"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["identifier", "http_logs", "tcp_logs", "log_entries"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["log_entries"]) -> typing.Literal["http_logs", "tcp_logs"] | None: ...

class StreamAccessLogsResponse(_Message):
    def __init__(self) -> None: ...

