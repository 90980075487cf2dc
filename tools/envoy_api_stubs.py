# SPDX-License-Identifier: Apache-2.0
"""Typed stubs (.pyi) for the modules of envoy_api, from file descriptors."""

import keyword
from collections.abc import Iterable, Iterator, Mapping

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

MODULE_HEADER = "# SPDX-License-Identifier: Apache-2.0\n# Written by tools/generate_envoy_api.py; do not edit.\n"

SCALARS = {
    FieldDescriptorProto.TYPE_BOOL: "builtins.bool",
    FieldDescriptorProto.TYPE_STRING: "builtins.str",
    FieldDescriptorProto.TYPE_BYTES: "builtins.bytes",
    FieldDescriptorProto.TYPE_FLOAT: "builtins.float",
    FieldDescriptorProto.TYPE_DOUBLE: "builtins.float",
}
# What a constructor takes for a well-known type besides the message itself.
ALSO_TAKES = {
    "_duration_pb2.Duration": "datetime.timedelta",
    "_timestamp_pb2.Timestamp": "datetime.datetime",
    "_struct_pb2.Struct": "collections.abc.Mapping[builtins.str, typing.Any]",
}
WELL_KNOWN_MODULES = {
    "Any": "any",
    "Duration": "duration",
    "Empty": "empty",
    "FieldMask": "field_mask",
    "ListValue": "struct",
    "NullValue": "struct",
    "Struct": "struct",
    "Timestamp": "timestamp",
    "Value": "struct",
}


def module_name(package: str) -> str:
    """`envoy.config.core.v3` is envoy_api.config.core.v3; other packages keep their whole name."""
    return "envoy_api." + package.removeprefix("envoy.")


def stub(package: str, files: Iterable[FileDescriptorProto], packages: Mapping[str, object]) -> str:
    """The stub of one package's module; `packages` are all that exist."""
    messages = sorted((m for file in files for m in file.message_type), key=lambda m: m.name)
    enums = sorted((e for file in files for e in file.enum_type), key=lambda e: e.name)
    writer = StubWriter(packages)
    body = [line for enum in enums for line in writer.enum(enum, f"{package}.{enum.name}")]
    body += [line for message in messages for line in writer.message(message, f"{package}.{message.name}")]
    imports = [
        "import builtins",
        "import collections.abc",
        "import datetime",
        "import typing",
        "",
        "from google.protobuf.internal import containers as _containers",
        "from google.protobuf.message import Message as _Message",
        "",
        "from envoy_api._messages import EnumValue as _EnumValue",
        *sorted(writer.imports),
    ]
    return MODULE_HEADER + "\n".join([*imports, "", *body]) + "\n"


class StubWriter:
    def __init__(self, packages: Mapping[str, object]) -> None:
        self._packages = packages
        self.imports: set[str] = set()

    def enum(self, enum: EnumDescriptorProto, name: str) -> Iterator[str]:
        yield f"class {enum.name}(_EnumValue):"
        for value in enum.value:
            if not keyword.iskeyword(value.name):
                yield f"    {value.name}: typing.ClassVar[{self._reference('.' + name)}]"
        yield ""

    def message(self, message: DescriptorProto, name: str) -> Iterator[str]:
        yield f"class {message.name}(_Message):"
        yield from indented(self._members(message, name))
        yield ""

    def _members(self, message: DescriptorProto, name: str) -> Iterator[str]:
        for enum in sorted(message.enum_type, key=lambda e: e.name):
            yield from self.enum(enum, f"{name}.{enum.name}")
        entries = {f".{name}.{n.name}": n for n in message.nested_type if n.options.map_entry}
        for nested in sorted(message.nested_type, key=lambda n: n.name):
            if not nested.options.map_entry:
                yield from self.message(nested, f"{name}.{nested.name}")
        named = [field for field in message.field if not keyword.iskeyword(field.name)]
        for field in named:
            attribute, settable = self._attribute(field, entries)
            if settable:
                yield f"{field.name}: {attribute}"
            else:
                yield "@builtins.property"
                yield f"def {field.name}(self) -> {attribute}: ..."
        arguments = [f"{field.name}: {self._argument(field, entries)} | None = ...," for field in named]
        if arguments:
            yield "def __init__("
            # google.protobuf too names its own `self` something else where a field is called so.
            receiver = "self_" if any(field.name == "self" for field in named) else "self"
            yield from indented([f"{receiver},", "*,", *arguments])
            yield ") -> None: ..."
        else:
            yield "def __init__(self) -> None: ..."
        oneofs: dict[int, list[str]] = {}
        for field in message.field:
            if field.HasField("oneof_index"):
                oneofs.setdefault(field.oneof_index, []).append(field.name)
        present = [f.name for f in message.field if f.HasField("oneof_index") or (is_message(f) and not is_repeated(f))]
        groups = [oneof.name for oneof in message.oneof_decl]
        if present:
            yield f"def HasField(self, field_name: {literal([*present, *groups])}) -> builtins.bool: ..."
        if message.field:
            everything = literal([*(field.name for field in message.field), *groups])
            yield f"def ClearField(self, field_name: {everything}) -> None: ..."
        for index, group in enumerate(groups):
            if len(groups) > 1:
                yield "@typing.overload"
            answer = f"{literal(oneofs[index])} | None"
            yield f"def WhichOneof(self, oneof_group: {literal([group])}) -> {answer}: ..."

    def _attribute(self, field: FieldDescriptorProto, entries: Mapping[str, DescriptorProto]) -> tuple[str, bool]:
        kind = self._type(field)
        if field.type_name in entries:
            key, value = entries[field.type_name].field
            container = "MessageMap" if is_message(value) else "ScalarMap"
            return f"_containers.{container}[{self._type(key)}, {self._type(value)}]", False
        if is_repeated(field):
            container = "RepeatedCompositeFieldContainer" if is_message(field) else "RepeatedScalarFieldContainer"
            return f"_containers.{container}[{kind}]", False
        return kind, not is_message(field)

    def _argument(self, field: FieldDescriptorProto, entries: Mapping[str, DescriptorProto]) -> str:
        if field.type_name in entries:
            key, value = entries[field.type_name].field
            return f"collections.abc.Mapping[{self._type(key)}, {self._type(value)}]"
        kind = self._type(field)
        if is_repeated(field):
            return f"collections.abc.Iterable[{kind}]"
        return f"{kind} | {ALSO_TAKES[kind]}" if kind in ALSO_TAKES else kind

    def _type(self, field: FieldDescriptorProto) -> str:
        if field.type_name:
            return self._reference(field.type_name)
        return SCALARS.get(field.type, "builtins.int")

    def _reference(self, type_name: str) -> str:
        name = type_name.removeprefix(".")
        if name.startswith("google.protobuf."):
            last = name.rpartition(".")[2]
            module = WELL_KNOWN_MODULES.get(last, "wrappers") + "_pb2"
            self.imports.add(f"from google.protobuf import {module} as _{module}")
            return f"_{module}.{last}"
        package = name
        while package not in self._packages:
            package = package.rpartition(".")[0]
        # The alias keeps references apart from fields of the same name, such as a field `type`.
        module = module_name(package)
        alias = "_" + module.removeprefix("envoy_api.").replace(".", "_")
        self.imports.add(f"import {module} as {alias}")
        return f"{alias}.{name.removeprefix(package + '.')}"


def is_message(field: FieldDescriptorProto) -> bool:
    return field.type == FieldDescriptorProto.TYPE_MESSAGE


def is_repeated(field: FieldDescriptorProto) -> bool:
    return field.label == FieldDescriptorProto.LABEL_REPEATED


def literal(names: Iterable[str]) -> str:
    return f"typing.Literal[{', '.join(repr(name).replace(chr(39), chr(34)) for name in names)}]"


def indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"    {line}" if line else line
