# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.wasm.v3 as _extensions_wasm_v3

class FailurePolicy(_EnumValue):
    UNSPECIFIED: typing.ClassVar[_extensions_wasm_v3.FailurePolicy]
    FAIL_RELOAD: typing.ClassVar[_extensions_wasm_v3.FailurePolicy]
    FAIL_CLOSED: typing.ClassVar[_extensions_wasm_v3.FailurePolicy]
    FAIL_OPEN: typing.ClassVar[_extensions_wasm_v3.FailurePolicy]

class CapabilityRestrictionConfig(_Message):
    @builtins.property
    def allowed_capabilities(self) -> _containers.MessageMap[builtins.str, _extensions_wasm_v3.SanitizationConfig]: ...
    def __init__(
        self,
        *,
        allowed_capabilities: collections.abc.Mapping[builtins.str, _extensions_wasm_v3.SanitizationConfig] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["allowed_capabilities"]) -> None: ...

class EnvironmentVariables(_Message):
    @builtins.property
    def host_env_keys(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def key_values(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    def __init__(
        self,
        *,
        host_env_keys: collections.abc.Iterable[builtins.str] | None = ...,
        key_values: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["host_env_keys", "key_values"]) -> None: ...

class PluginConfig(_Message):
    name: builtins.str
    root_id: builtins.str
    @builtins.property
    def vm_config(self) -> _extensions_wasm_v3.VmConfig: ...
    @builtins.property
    def configuration(self) -> _any_pb2.Any: ...
    fail_open: builtins.bool
    @builtins.property
    def capability_restriction_config(self) -> _extensions_wasm_v3.CapabilityRestrictionConfig: ...
    failure_policy: _extensions_wasm_v3.FailurePolicy
    @builtins.property
    def reload_config(self) -> _extensions_wasm_v3.ReloadConfig: ...
    @builtins.property
    def allow_on_headers_stop_iteration(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        root_id: builtins.str | None = ...,
        vm_config: _extensions_wasm_v3.VmConfig | None = ...,
        configuration: _any_pb2.Any | None = ...,
        fail_open: builtins.bool | None = ...,
        capability_restriction_config: _extensions_wasm_v3.CapabilityRestrictionConfig | None = ...,
        failure_policy: _extensions_wasm_v3.FailurePolicy | None = ...,
        reload_config: _extensions_wasm_v3.ReloadConfig | None = ...,
        allow_on_headers_stop_iteration: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["vm_config", "configuration", "capability_restriction_config", "reload_config", "allow_on_headers_stop_iteration", "vm"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "root_id", "vm_config", "configuration", "fail_open", "capability_restriction_config", "failure_policy", "reload_config", "allow_on_headers_stop_iteration", "vm"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["vm"]) -> typing.Literal["vm_config"] | None: ...

class ReloadConfig(_Message):
    @builtins.property
    def backoff(self) -> _config_core_v3.BackoffStrategy: ...
    def __init__(
        self,
        *,
        backoff: _config_core_v3.BackoffStrategy | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["backoff"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["backoff"]) -> None: ...

class SanitizationConfig(_Message):
    def __init__(self) -> None: ...

class VmConfig(_Message):
    vm_id: builtins.str
    runtime: builtins.str
    @builtins.property
    def code(self) -> _config_core_v3.AsyncDataSource: ...
    @builtins.property
    def configuration(self) -> _any_pb2.Any: ...
    allow_precompiled: builtins.bool
    nack_on_code_cache_miss: builtins.bool
    @builtins.property
    def environment_variables(self) -> _extensions_wasm_v3.EnvironmentVariables: ...
    def __init__(
        self,
        *,
        vm_id: builtins.str | None = ...,
        runtime: builtins.str | None = ...,
        code: _config_core_v3.AsyncDataSource | None = ...,
        configuration: _any_pb2.Any | None = ...,
        allow_precompiled: builtins.bool | None = ...,
        nack_on_code_cache_miss: builtins.bool | None = ...,
        environment_variables: _extensions_wasm_v3.EnvironmentVariables | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["code", "configuration", "environment_variables"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["vm_id", "runtime", "code", "configuration", "allow_precompiled", "nack_on_code_cache_miss", "environment_variables"]) -> None: ...

