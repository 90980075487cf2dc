# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.type.http.v3 as _type_http_v3

class PathTransformation(_Message):
    class Operation(_Message):
        class MergeSlashes(_Message):
            def __init__(self) -> None: ...

        class NormalizePathRFC3986(_Message):
            def __init__(self) -> None: ...

        @builtins.property
        def normalize_path_rfc_3986(self) -> _type_http_v3.PathTransformation.Operation.NormalizePathRFC3986: ...
        @builtins.property
        def merge_slashes(self) -> _type_http_v3.PathTransformation.Operation.MergeSlashes: ...
        def __init__(
            self,
            *,
            normalize_path_rfc_3986: _type_http_v3.PathTransformation.Operation.NormalizePathRFC3986 | None = ...,
            merge_slashes: _type_http_v3.PathTransformation.Operation.MergeSlashes | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["normalize_path_rfc_3986", "merge_slashes", "operation_specifier"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["normalize_path_rfc_3986", "merge_slashes", "operation_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["operation_specifier"]) -> typing.Literal["normalize_path_rfc_3986", "merge_slashes"] | None: ...

    @builtins.property
    def operations(self) -> _containers.RepeatedCompositeFieldContainer[_type_http_v3.PathTransformation.Operation]: ...
    def __init__(
        self,
        *,
        operations: collections.abc.Iterable[_type_http_v3.PathTransformation.Operation] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["operations"]) -> None: ...

