# SPDX-License-Identifier: Apache-2.0
"""Loads the descriptor set into protobuf's default pool and hands out its message classes.

The default pool, because fields of well-known types must be the classes of google.protobuf and because the
JSON mapping looks up the contents of an Any there.
"""

from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import (  # noqa: F401  (these register the well-known types that the descriptor set refers to)
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import Default
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message_factory import GetMessageClass


@cache
def register() -> dict[str, list[str]]:
    """Fill the pool, once; the names of its files by package."""
    files: dict[str, list[str]] = {}
    for file in FileDescriptorSet.FromString(Path(__file__).with_name("descriptors.binpb").read_bytes()).file:
        Default().AddSerializedFile(file.SerializeToString())
        files.setdefault(file.package, []).append(file.name)
    return files


def load(package: str) -> dict[str, Any]:
    """The message classes and enum wrappers of a proto package, by name."""
    loaded: dict[str, Any] = {}
    for name in register()[package]:
        file = Default().FindFileByName(name)
        loaded |= {n: GetMessageClass(message) for n, message in file.message_types_by_name.items()}
        loaded |= {n: EnumTypeWrapper(enum) for n, enum in file.enum_types_by_name.items()}
    return loaded
