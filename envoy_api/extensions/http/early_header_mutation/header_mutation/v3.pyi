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

class HeaderMutation(_Message):
    @builtins.property
    def mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_mutation_rules_v3.HeaderMutation]: ...
    def __init__(
        self,
        *,
        mutations: collections.abc.Iterable[_config_common_mutation_rules_v3.HeaderMutation] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["mutations"]) -> None: ...

