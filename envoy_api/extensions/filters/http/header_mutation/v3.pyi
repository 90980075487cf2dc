# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.config.common.mutation_rules.v3 as _config_common_mutation_rules_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.http.header_mutation.v3 as _extensions_filters_http_header_mutation_v3

class HeaderMutation(_Message):
    @builtins.property
    def mutations(self) -> _extensions_filters_http_header_mutation_v3.Mutations: ...
    most_specific_header_mutations_wins: builtins.bool
    def __init__(
        self,
        *,
        mutations: _extensions_filters_http_header_mutation_v3.Mutations | None = ...,
        most_specific_header_mutations_wins: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["mutations"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["mutations", "most_specific_header_mutations_wins"]) -> None: ...

class HeaderMutationPerRoute(_Message):
    @builtins.property
    def mutations(self) -> _extensions_filters_http_header_mutation_v3.Mutations: ...
    def __init__(
        self,
        *,
        mutations: _extensions_filters_http_header_mutation_v3.Mutations | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["mutations"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["mutations"]) -> None: ...

class Mutations(_Message):
    @builtins.property
    def request_mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_mutation_rules_v3.HeaderMutation]: ...
    @builtins.property
    def response_mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_mutation_rules_v3.HeaderMutation]: ...
    @builtins.property
    def query_parameter_mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.KeyValueMutation]: ...
    @builtins.property
    def response_trailers_mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_mutation_rules_v3.HeaderMutation]: ...
    @builtins.property
    def request_trailers_mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_mutation_rules_v3.HeaderMutation]: ...
    def __init__(
        self,
        *,
        request_mutations: collections.abc.Iterable[_config_common_mutation_rules_v3.HeaderMutation] | None = ...,
        response_mutations: collections.abc.Iterable[_config_common_mutation_rules_v3.HeaderMutation] | None = ...,
        query_parameter_mutations: collections.abc.Iterable[_config_core_v3.KeyValueMutation] | None = ...,
        response_trailers_mutations: collections.abc.Iterable[_config_common_mutation_rules_v3.HeaderMutation] | None = ...,
        request_trailers_mutations: collections.abc.Iterable[_config_common_mutation_rules_v3.HeaderMutation] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["request_mutations", "response_mutations", "query_parameter_mutations", "response_trailers_mutations", "request_trailers_mutations"]) -> None: ...

