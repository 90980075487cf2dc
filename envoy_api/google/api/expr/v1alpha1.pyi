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
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
import envoy_api.google.api.expr.v1alpha1 as _google_api_expr_v1alpha1

class CheckedExpr(_Message):
    @builtins.property
    def reference_map(self) -> _containers.MessageMap[builtins.int, _google_api_expr_v1alpha1.Reference]: ...
    @builtins.property
    def type_map(self) -> _containers.MessageMap[builtins.int, _google_api_expr_v1alpha1.Type]: ...
    @builtins.property
    def expr(self) -> _google_api_expr_v1alpha1.Expr: ...
    @builtins.property
    def source_info(self) -> _google_api_expr_v1alpha1.SourceInfo: ...
    expr_version: builtins.str
    def __init__(
        self,
        *,
        reference_map: collections.abc.Mapping[builtins.int, _google_api_expr_v1alpha1.Reference] | None = ...,
        type_map: collections.abc.Mapping[builtins.int, _google_api_expr_v1alpha1.Type] | None = ...,
        expr: _google_api_expr_v1alpha1.Expr | None = ...,
        source_info: _google_api_expr_v1alpha1.SourceInfo | None = ...,
        expr_version: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["expr", "source_info"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["reference_map", "type_map", "expr", "source_info", "expr_version"]) -> None: ...

class Constant(_Message):
    null_value: _struct_pb2.NullValue
    bool_value: builtins.bool
    int64_value: builtins.int
    uint64_value: builtins.int
    double_value: builtins.float
    string_value: builtins.str
    bytes_value: builtins.bytes
    @builtins.property
    def duration_value(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def timestamp_value(self) -> _timestamp_pb2.Timestamp: ...
    def __init__(
        self,
        *,
        null_value: _struct_pb2.NullValue | None = ...,
        bool_value: builtins.bool | None = ...,
        int64_value: builtins.int | None = ...,
        uint64_value: builtins.int | None = ...,
        double_value: builtins.float | None = ...,
        string_value: builtins.str | None = ...,
        bytes_value: builtins.bytes | None = ...,
        duration_value: _duration_pb2.Duration | datetime.timedelta | None = ...,
        timestamp_value: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["null_value", "bool_value", "int64_value", "uint64_value", "double_value", "string_value", "bytes_value", "duration_value", "timestamp_value", "constant_kind"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["null_value", "bool_value", "int64_value", "uint64_value", "double_value", "string_value", "bytes_value", "duration_value", "timestamp_value", "constant_kind"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["constant_kind"]) -> typing.Literal["null_value", "bool_value", "int64_value", "uint64_value", "double_value", "string_value", "bytes_value", "duration_value", "timestamp_value"] | None: ...

class Expr(_Message):
    class Call(_Message):
        @builtins.property
        def target(self) -> _google_api_expr_v1alpha1.Expr: ...
        function: builtins.str
        @builtins.property
        def args(self) -> _containers.RepeatedCompositeFieldContainer[_google_api_expr_v1alpha1.Expr]: ...
        def __init__(
            self,
            *,
            target: _google_api_expr_v1alpha1.Expr | None = ...,
            function: builtins.str | None = ...,
            args: collections.abc.Iterable[_google_api_expr_v1alpha1.Expr] | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["target"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["target", "function", "args"]) -> None: ...

    class Comprehension(_Message):
        iter_var: builtins.str
        @builtins.property
        def iter_range(self) -> _google_api_expr_v1alpha1.Expr: ...
        accu_var: builtins.str
        @builtins.property
        def accu_init(self) -> _google_api_expr_v1alpha1.Expr: ...
        @builtins.property
        def loop_condition(self) -> _google_api_expr_v1alpha1.Expr: ...
        @builtins.property
        def loop_step(self) -> _google_api_expr_v1alpha1.Expr: ...
        @builtins.property
        def result(self) -> _google_api_expr_v1alpha1.Expr: ...
        iter_var2: builtins.str
        def __init__(
            self,
            *,
            iter_var: builtins.str | None = ...,
            iter_range: _google_api_expr_v1alpha1.Expr | None = ...,
            accu_var: builtins.str | None = ...,
            accu_init: _google_api_expr_v1alpha1.Expr | None = ...,
            loop_condition: _google_api_expr_v1alpha1.Expr | None = ...,
            loop_step: _google_api_expr_v1alpha1.Expr | None = ...,
            result: _google_api_expr_v1alpha1.Expr | None = ...,
            iter_var2: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["iter_range", "accu_init", "loop_condition", "loop_step", "result"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["iter_var", "iter_range", "accu_var", "accu_init", "loop_condition", "loop_step", "result", "iter_var2"]) -> None: ...

    class CreateList(_Message):
        @builtins.property
        def elements(self) -> _containers.RepeatedCompositeFieldContainer[_google_api_expr_v1alpha1.Expr]: ...
        @builtins.property
        def optional_indices(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
        def __init__(
            self,
            *,
            elements: collections.abc.Iterable[_google_api_expr_v1alpha1.Expr] | None = ...,
            optional_indices: collections.abc.Iterable[builtins.int] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["elements", "optional_indices"]) -> None: ...

    class CreateStruct(_Message):
        class Entry(_Message):
            id: builtins.int
            field_key: builtins.str
            @builtins.property
            def map_key(self) -> _google_api_expr_v1alpha1.Expr: ...
            @builtins.property
            def value(self) -> _google_api_expr_v1alpha1.Expr: ...
            optional_entry: builtins.bool
            def __init__(
                self,
                *,
                id: builtins.int | None = ...,
                field_key: builtins.str | None = ...,
                map_key: _google_api_expr_v1alpha1.Expr | None = ...,
                value: _google_api_expr_v1alpha1.Expr | None = ...,
                optional_entry: builtins.bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["field_key", "map_key", "value", "key_kind"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["id", "field_key", "map_key", "value", "optional_entry", "key_kind"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["key_kind"]) -> typing.Literal["field_key", "map_key"] | None: ...

        message_name: builtins.str
        @builtins.property
        def entries(self) -> _containers.RepeatedCompositeFieldContainer[_google_api_expr_v1alpha1.Expr.CreateStruct.Entry]: ...
        def __init__(
            self,
            *,
            message_name: builtins.str | None = ...,
            entries: collections.abc.Iterable[_google_api_expr_v1alpha1.Expr.CreateStruct.Entry] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["message_name", "entries"]) -> None: ...

    class Ident(_Message):
        name: builtins.str
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["name"]) -> None: ...

    class Select(_Message):
        @builtins.property
        def operand(self) -> _google_api_expr_v1alpha1.Expr: ...
        field: builtins.str
        test_only: builtins.bool
        def __init__(
            self,
            *,
            operand: _google_api_expr_v1alpha1.Expr | None = ...,
            field: builtins.str | None = ...,
            test_only: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["operand"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["operand", "field", "test_only"]) -> None: ...

    id: builtins.int
    @builtins.property
    def const_expr(self) -> _google_api_expr_v1alpha1.Constant: ...
    @builtins.property
    def ident_expr(self) -> _google_api_expr_v1alpha1.Expr.Ident: ...
    @builtins.property
    def select_expr(self) -> _google_api_expr_v1alpha1.Expr.Select: ...
    @builtins.property
    def call_expr(self) -> _google_api_expr_v1alpha1.Expr.Call: ...
    @builtins.property
    def list_expr(self) -> _google_api_expr_v1alpha1.Expr.CreateList: ...
    @builtins.property
    def struct_expr(self) -> _google_api_expr_v1alpha1.Expr.CreateStruct: ...
    @builtins.property
    def comprehension_expr(self) -> _google_api_expr_v1alpha1.Expr.Comprehension: ...
    def __init__(
        self,
        *,
        id: builtins.int | None = ...,
        const_expr: _google_api_expr_v1alpha1.Constant | None = ...,
        ident_expr: _google_api_expr_v1alpha1.Expr.Ident | None = ...,
        select_expr: _google_api_expr_v1alpha1.Expr.Select | None = ...,
        call_expr: _google_api_expr_v1alpha1.Expr.Call | None = ...,
        list_expr: _google_api_expr_v1alpha1.Expr.CreateList | None = ...,
        struct_expr: _google_api_expr_v1alpha1.Expr.CreateStruct | None = ...,
        comprehension_expr: _google_api_expr_v1alpha1.Expr.Comprehension | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["const_expr", "ident_expr", "select_expr", "call_expr", "list_expr", "struct_expr", "comprehension_expr", "expr_kind"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["id", "const_expr", "ident_expr", "select_expr", "call_expr", "list_expr", "struct_expr", "comprehension_expr", "expr_kind"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["expr_kind"]) -> typing.Literal["const_expr", "ident_expr", "select_expr", "call_expr", "list_expr", "struct_expr", "comprehension_expr"] | None: ...

class Reference(_Message):
    name: builtins.str
    @builtins.property
    def overload_id(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def value(self) -> _google_api_expr_v1alpha1.Constant: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        overload_id: collections.abc.Iterable[builtins.str] | None = ...,
        value: _google_api_expr_v1alpha1.Constant | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "overload_id", "value"]) -> None: ...

class SourceInfo(_Message):
    class Extension(_Message):
        class Component(_EnumValue):
            COMPONENT_UNSPECIFIED: typing.ClassVar[_google_api_expr_v1alpha1.SourceInfo.Extension.Component]
            COMPONENT_PARSER: typing.ClassVar[_google_api_expr_v1alpha1.SourceInfo.Extension.Component]
            COMPONENT_TYPE_CHECKER: typing.ClassVar[_google_api_expr_v1alpha1.SourceInfo.Extension.Component]
            COMPONENT_RUNTIME: typing.ClassVar[_google_api_expr_v1alpha1.SourceInfo.Extension.Component]

        class Version(_Message):
            major: builtins.int
            minor: builtins.int
            def __init__(
                self,
                *,
                major: builtins.int | None = ...,
                minor: builtins.int | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["major", "minor"]) -> None: ...

        id: builtins.str
        @builtins.property
        def affected_components(self) -> _containers.RepeatedScalarFieldContainer[_google_api_expr_v1alpha1.SourceInfo.Extension.Component]: ...
        @builtins.property
        def version(self) -> _google_api_expr_v1alpha1.SourceInfo.Extension.Version: ...
        def __init__(
            self,
            *,
            id: builtins.str | None = ...,
            affected_components: collections.abc.Iterable[_google_api_expr_v1alpha1.SourceInfo.Extension.Component] | None = ...,
            version: _google_api_expr_v1alpha1.SourceInfo.Extension.Version | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["version"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["id", "affected_components", "version"]) -> None: ...

    syntax_version: builtins.str
    location: builtins.str
    @builtins.property
    def line_offsets(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    @builtins.property
    def positions(self) -> _containers.ScalarMap[builtins.int, builtins.int]: ...
    @builtins.property
    def macro_calls(self) -> _containers.MessageMap[builtins.int, _google_api_expr_v1alpha1.Expr]: ...
    @builtins.property
    def extensions(self) -> _containers.RepeatedCompositeFieldContainer[_google_api_expr_v1alpha1.SourceInfo.Extension]: ...
    def __init__(
        self,
        *,
        syntax_version: builtins.str | None = ...,
        location: builtins.str | None = ...,
        line_offsets: collections.abc.Iterable[builtins.int] | None = ...,
        positions: collections.abc.Mapping[builtins.int, builtins.int] | None = ...,
        macro_calls: collections.abc.Mapping[builtins.int, _google_api_expr_v1alpha1.Expr] | None = ...,
        extensions: collections.abc.Iterable[_google_api_expr_v1alpha1.SourceInfo.Extension] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["syntax_version", "location", "line_offsets", "positions", "macro_calls", "extensions"]) -> None: ...

class Type(_Message):
    class PrimitiveType(_EnumValue):
        PRIMITIVE_TYPE_UNSPECIFIED: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]
        BOOL: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]
        INT64: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]
        UINT64: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]
        DOUBLE: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]
        STRING: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]
        BYTES: typing.ClassVar[_google_api_expr_v1alpha1.Type.PrimitiveType]

    class WellKnownType(_EnumValue):
        WELL_KNOWN_TYPE_UNSPECIFIED: typing.ClassVar[_google_api_expr_v1alpha1.Type.WellKnownType]
        ANY: typing.ClassVar[_google_api_expr_v1alpha1.Type.WellKnownType]
        TIMESTAMP: typing.ClassVar[_google_api_expr_v1alpha1.Type.WellKnownType]
        DURATION: typing.ClassVar[_google_api_expr_v1alpha1.Type.WellKnownType]

    class AbstractType(_Message):
        name: builtins.str
        @builtins.property
        def parameter_types(self) -> _containers.RepeatedCompositeFieldContainer[_google_api_expr_v1alpha1.Type]: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            parameter_types: collections.abc.Iterable[_google_api_expr_v1alpha1.Type] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["name", "parameter_types"]) -> None: ...

    class FunctionType(_Message):
        @builtins.property
        def result_type(self) -> _google_api_expr_v1alpha1.Type: ...
        @builtins.property
        def arg_types(self) -> _containers.RepeatedCompositeFieldContainer[_google_api_expr_v1alpha1.Type]: ...
        def __init__(
            self,
            *,
            result_type: _google_api_expr_v1alpha1.Type | None = ...,
            arg_types: collections.abc.Iterable[_google_api_expr_v1alpha1.Type] | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["result_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["result_type", "arg_types"]) -> None: ...

    class ListType(_Message):
        @builtins.property
        def elem_type(self) -> _google_api_expr_v1alpha1.Type: ...
        def __init__(
            self,
            *,
            elem_type: _google_api_expr_v1alpha1.Type | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["elem_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["elem_type"]) -> None: ...

    class MapType(_Message):
        @builtins.property
        def key_type(self) -> _google_api_expr_v1alpha1.Type: ...
        @builtins.property
        def value_type(self) -> _google_api_expr_v1alpha1.Type: ...
        def __init__(
            self,
            *,
            key_type: _google_api_expr_v1alpha1.Type | None = ...,
            value_type: _google_api_expr_v1alpha1.Type | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["key_type", "value_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["key_type", "value_type"]) -> None: ...

    @builtins.property
    def dyn(self) -> _empty_pb2.Empty: ...
    null: _struct_pb2.NullValue
    primitive: _google_api_expr_v1alpha1.Type.PrimitiveType
    wrapper: _google_api_expr_v1alpha1.Type.PrimitiveType
    well_known: _google_api_expr_v1alpha1.Type.WellKnownType
    @builtins.property
    def list_type(self) -> _google_api_expr_v1alpha1.Type.ListType: ...
    @builtins.property
    def map_type(self) -> _google_api_expr_v1alpha1.Type.MapType: ...
    @builtins.property
    def function(self) -> _google_api_expr_v1alpha1.Type.FunctionType: ...
    message_type: builtins.str
    type_param: builtins.str
    @builtins.property
    def type(self) -> _google_api_expr_v1alpha1.Type: ...
    @builtins.property
    def error(self) -> _empty_pb2.Empty: ...
    @builtins.property
    def abstract_type(self) -> _google_api_expr_v1alpha1.Type.AbstractType: ...
    def __init__(
        self,
        *,
        dyn: _empty_pb2.Empty | None = ...,
        null: _struct_pb2.NullValue | None = ...,
        primitive: _google_api_expr_v1alpha1.Type.PrimitiveType | None = ...,
        wrapper: _google_api_expr_v1alpha1.Type.PrimitiveType | None = ...,
        well_known: _google_api_expr_v1alpha1.Type.WellKnownType | None = ...,
        list_type: _google_api_expr_v1alpha1.Type.ListType | None = ...,
        map_type: _google_api_expr_v1alpha1.Type.MapType | None = ...,
        function: _google_api_expr_v1alpha1.Type.FunctionType | None = ...,
        message_type: builtins.str | None = ...,
        type_param: builtins.str | None = ...,
        type: _google_api_expr_v1alpha1.Type | None = ...,
        error: _empty_pb2.Empty | None = ...,
        abstract_type: _google_api_expr_v1alpha1.Type.AbstractType | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dyn", "null", "primitive", "wrapper", "well_known", "list_type", "map_type", "function", "message_type", "type_param", "type", "error", "abstract_type", "type_kind"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["dyn", "null", "primitive", "wrapper", "well_known", "list_type", "map_type", "function", "message_type", "type_param", "type", "error", "abstract_type", "type_kind"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["type_kind"]) -> typing.Literal["dyn", "null", "primitive", "wrapper", "well_known", "list_type", "map_type", "function", "message_type", "type_param", "type", "error", "abstract_type"] | None: ...

