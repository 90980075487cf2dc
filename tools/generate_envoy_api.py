#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the package envoy_api: Envoy's API messages as one descriptor set, thin modules and typed stubs.

    python tools/generate_envoy_api.py [--output envoy_api]

The schema is what the classes of envoy-data-plane say about themselves (field number, proto type, annotation,
full name); the result does not need envoy-data-plane, and depends on nothing but its version.
"""

import argparse
import importlib
import keyword
import pkgutil
import sys
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import betterproto2
import envoy_data_plane
from envoy_api_roots import ROOTS, SUPPLEMENT
from envoy_api_stubs import MODULE_HEADER, module_name, stub
from envoy_data_plane.message_pool import default_message_pool
from google.protobuf import (
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

WELL_KNOWN_FILES = {
    f"{module.DESCRIPTOR.package}.{name}": module.DESCRIPTOR.name
    for module in (
        any_pb2,
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )
    for name in (*module.DESCRIPTOR.message_types_by_name, *module.DESCRIPTOR.enum_types_by_name)
}
TYPE_URL_PREFIX = "type.googleapis.com/"
SCHEMA_PACKAGES = ("envoy", "xds", "google", "udpa", "cel", "opentelemetry")

# Betterproto changes the capitals of an enum's name; the originals of those that it changed, or that stand
# beside the message whose name they begin with rather than inside it (tests compare all names with those in
# the Envoy binary).
ROUTE, ACCESS_LOG = "envoy.config.route.v3", "envoy.data.accesslog.v3"
TLVS = "envoy.config.core.v3.ProxyProtocolPassThroughTLVs"
ENUM_NAMES = {
    f"{TLVS}.PassTlVsMatchType": f"{TLVS}.PassTLVsMatchType",
    f"{ROUTE}.RetryPolicy.ResetHeader.Format": f"{ROUTE}.RetryPolicy.ResetHeaderFormat",
    f"{ACCESS_LOG}.HTTPAccessLogEntry.HttpVersion": f"{ACCESS_LOG}.HTTPAccessLogEntry.HTTPVersion",
    f"{ACCESS_LOG}.TLSProperties.TlsVersion": f"{ACCESS_LOG}.TLSProperties.TLSVersion",
}


@dataclass
class Schema:
    """Every message and enum of envoy-data-plane that can be reached from the roots, by full proto name."""

    messages: dict[str, DescriptorProto] = field(default_factory=dict)
    enums: dict[str, EnumDescriptorProto] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)  # full name of a message or enum -> its package


def import_everything() -> None:
    for name in SCHEMA_PACKAGES:
        package = importlib.import_module(f"{envoy_data_plane.__name__}.{name}")
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            # v2 is gone from Envoy, and importing it only prints deprecation warnings.
            retired = {"v2", "v2alpha", "v2alpha1"} & set(module.name.split("."))
            if not retired and ".envoy.api" not in module.name:
                importlib.import_module(module.name)


def package_of(cls: type) -> str:
    return cls.__module__.removeprefix(envoy_data_plane.__name__ + ".")


def full_name(cls: type) -> str:
    return default_message_pool.type_to_url[cls].removeprefix(TYPE_URL_PREFIX)


def enum_full_name(enum: type) -> str:
    """An enum's class name is its parents' names joined; its nearest parent is the longest prefix."""
    package = package_of(enum)
    parents = [
        cls
        for cls in vars(sys.modules[enum.__module__]).values()
        if isinstance(cls, type)
        and cls in default_message_pool.type_to_url
        and enum.__name__.startswith(cls.__name__)
        and enum.__name__ != cls.__name__
        and enum.__name__[len(cls.__name__)].isupper()
    ]
    parent = max(parents, key=lambda cls: len(cls.__name__), default=None)
    name = f"{full_name(parent)}.{enum.__name__[len(parent.__name__) :]}" if parent else f"{package}.{enum.__name__}"
    return ENUM_NAMES.get(name, name)


def unspelled(name: str) -> str:
    """Undo the underscore that a Python keyword gets as a field name or an enum value."""
    return name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name


class Reader:
    """Reads the closure of some roots out of envoy-data-plane's classes."""

    def __init__(self) -> None:
        self.schema = Schema()
        self._by_name = {
            url.removeprefix(TYPE_URL_PREFIX): cls for url, cls in default_message_pool.url_to_type.items()
        }

    def read(self, roots: Iterable[str]) -> Schema:
        for root in roots:
            package, _, last = root.rpartition(".")
            names = [root]
            if last == "*":
                names = [
                    n
                    for n in (*self._by_name, *SUPPLEMENT)
                    if n.startswith(package + ".") and n[len(package) + 1].isupper()
                ]
            for name in names:
                self._message(name)
        return self.schema

    def _message(self, name: str) -> None:
        if name in WELL_KNOWN_FILES or name in self.schema.messages:
            return
        proto = self.schema.messages[name] = DescriptorProto(name=name.rpartition(".")[2])
        if name not in SUPPLEMENT and name not in self._by_name:
            sys.exit(f"{name}: envoy-data-plane has no such message; check ROOTS")
        self.schema.packages[name] = ".".join(part for part in name.split(".") if part[0].islower())
        if name in self._by_name:
            self._class(name, proto)
        self._supplement(name, proto)
        parent = name.rpartition(".")[0]
        if parent != self.schema.packages[name]:
            self._message(parent)

    def _supplement(self, name: str, proto: DescriptorProto) -> None:
        for line in SUPPLEMENT.get(name, ()):
            label, kind, field_name, _, number = line.split()
            added = proto.field.add(name=field_name, number=int(number))
            added.label = FieldDescriptorProto.Label.Value(f"LABEL_{label.upper()}")
            if "." in kind:
                self._refer(added, "message", kind)
            else:
                added.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")

    def _class(self, name: str, proto: DescriptorProto) -> None:
        cls = self._by_name[name]
        hints = typing.get_type_hints(cls, vars(sys.modules[cls.__module__]), {})
        oneofs: dict[str, int] = {}
        optionals: list[FieldDescriptorProto] = []
        for attribute in sorted(fields(typing.cast(typing.Any, cls)), key=lambda f: f.metadata["betterproto"].number):
            meta = attribute.metadata["betterproto"]
            added = proto.field.add(name=unspelled(attribute.name), number=meta.number)
            repeated = meta.repeated or meta.map_meta
            added.label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
            if meta.map_meta:
                self._map(name, proto, added, meta.map_meta, typing.get_args(hints[attribute.name])[1])
                continue
            self._typed(added, meta, plain_type(hints[attribute.name]))
            if meta.group:
                added.oneof_index = oneofs.setdefault(meta.group, len(oneofs))
            elif meta.optional and meta.proto_type != betterproto2.TYPE_MESSAGE:
                optionals.append(added)
        for oneof in oneofs:
            proto.oneof_decl.add(name=oneof)
        for added in optionals:  # the synthetic oneofs of proto3 `optional` come after the real ones
            added.proto3_optional = True
            added.oneof_index = len(proto.oneof_decl)
            proto.oneof_decl.add(name=f"_{added.name}")

    def _typed(self, added: FieldDescriptorProto, meta: betterproto2.FieldMetadata, hint: type) -> None:
        if meta.proto_type == betterproto2.TYPE_MESSAGE:
            self._refer(added, "message", full_name(meta.unwrap() if meta.unwrap else hint))
        elif meta.proto_type == betterproto2.TYPE_ENUM:
            self._enum(hint)
            self._refer(added, "enum", enum_full_name(hint))
        else:
            added.type = FieldDescriptorProto.Type.Value(f"TYPE_{meta.proto_type.upper()}")

    def _map(
        self,
        name: str,
        proto: DescriptorProto,
        added: FieldDescriptorProto,
        metas: tuple[betterproto2.FieldMetadata, betterproto2.FieldMetadata],
        value_type: type,
    ) -> None:
        entry = proto.nested_type.add(name="".join(p[:1].upper() + p[1:] for p in added.name.split("_")) + "Entry")
        entry.options.map_entry = True
        for number, meta, hint in ((1, metas[0], str), (2, metas[1], plain_type(value_type))):
            part = entry.field.add(name=("key", "value")[number - 1], number=number)
            part.label = FieldDescriptorProto.LABEL_OPTIONAL
            self._typed(part, meta, hint)
        added.type, added.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{name}.{entry.name}"

    def _refer(self, added: FieldDescriptorProto, kind: str, target: str) -> None:
        added.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
        added.type_name = f".{target}"
        if kind == "message":
            self._message(target)

    def _enum(self, enum: type) -> None:
        name = enum_full_name(enum)
        if name in WELL_KNOWN_FILES or name in self.schema.enums:
            return
        proto = self.schema.enums[name] = EnumDescriptorProto(name=name.rpartition(".")[2])
        self.schema.packages[name] = package_of(enum)
        members = typing.cast(type[betterproto2.Enum], enum)
        original = members.betterproto_value_to_renamed_proto_names()
        for value_name, member in members.__members__.items():
            proto.value.add(name=original.get(member.value, unspelled(value_name)), number=member.value)
        if len({value.number for value in proto.value}) < len(proto.value):
            proto.options.allow_alias = True
        parent = name.rpartition(".")[0]
        if parent != self.schema.packages[name]:
            self._message(parent)


def plain_type(hint: object) -> type:
    """`list[X]`, `X | None` and `Annotated[X, ...]` are X."""
    while args := [arg for arg in typing.get_args(hint) if arg is not types.NoneType]:
        hint = args[0]
    return typing.cast(type, hint)


def references(proto: DescriptorProto) -> Iterator[str]:
    for added in proto.field:
        if added.type_name:
            yield added.type_name.removeprefix(".")
    for nested in proto.nested_type:
        yield from references(nested)


def nest(schema: Schema) -> tuple[dict[str, DescriptorProto | EnumDescriptorProto], dict[str, str]]:
    """Put nested messages and enums into their parents; the top-level ones, and each name's owner."""
    top: dict[str, DescriptorProto | EnumDescriptorProto] = {}
    owner: dict[str, str] = {}
    everything: dict[str, DescriptorProto | EnumDescriptorProto] = {**schema.messages, **schema.enums}
    # Deepest first, so that a child is complete when it is copied into its parent.
    for name in sorted(everything, key=lambda n: (-n.count("."), n)):
        package, parent = schema.packages[name], name.rpartition(".")[0]
        owner[name] = ".".join(name.split(".")[: package.count(".") + 2])
        if parent == package:
            top[name] = everything[name]
        elif name in schema.enums:
            schema.messages[parent].enum_type.append(schema.enums[name])
        else:
            schema.messages[parent].nested_type.append(schema.messages[name])
    return dict(sorted(top.items())), owner


def components(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components, dependencies first (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph[node]):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            cut = stack.index(node)
            found.append(sorted(stack[cut:]))
            del stack[cut:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def file_set(schema: Schema) -> FileDescriptorSet:
    """One file per group of messages that refer to each other: packages do so in circles, files may not."""
    top, owner = nest(schema)
    graph: dict[str, set[str]] = {}
    outside: dict[str, set[str]] = {}
    for name, proto in top.items():
        named = set(references(proto)) if isinstance(proto, DescriptorProto) else set()
        graph[name] = {owner[target] for target in named if target in owner}
        outside[name] = {WELL_KNOWN_FILES[target] for target in named if target in WELL_KNOWN_FILES}
    files = FileDescriptorSet()
    file_of: dict[str, str] = {}
    for group in components(graph):
        package = schema.packages[group[0]]
        file_name = f"envoy_api/{package.replace('.', '/')}/{group[0].rpartition('.')[2]}.proto"
        dependencies = set().union(*(outside[name] for name in group))
        dependencies |= {file_of[target] for name in group for target in graph[name] if target not in group}
        file_of |= dict.fromkeys(group, file_name)
        added = files.file.add(name=file_name, package=package, syntax="proto3", dependency=sorted(dependencies))
        for name in group:
            proto = top[name]
            if isinstance(proto, DescriptorProto):
                added.message_type.append(proto)
            else:
                added.enum_type.append(proto)
    return files


def write(output: Path, files: FileDescriptorSet) -> None:
    packages: dict[str, list[FileDescriptorProto]] = {}
    for file in files.file:
        packages.setdefault(file.package, []).append(file)
    output.mkdir(parents=True, exist_ok=True)
    (output / "descriptors.binpb").write_bytes(files.SerializeToString(deterministic=True))
    written = set()
    for package, members in sorted(packages.items()):
        path = output.joinpath(*module_name(package).split(".")[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        for directory in path.parents:
            if directory == output:
                break
            (directory / "__init__.py").write_text(MODULE_HEADER)
            written.add(directory / "__init__.py")
        text = f'{MODULE_HEADER}"""The proto package {package}."""\n\nfrom envoy_api._messages import load\n\n'
        path.with_suffix(".py").write_text(f'{text}globals().update(load("{package}"))\n')
        path.with_suffix(".pyi").write_text(stub(package, members, packages))
        written |= {path.with_suffix(".py"), path.with_suffix(".pyi")}
    for stale in (*output.glob("*/**/*.py"), *output.glob("*/**/*.pyi")):
        if stale not in written:
            stale.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the package envoy_api from envoy-data-plane.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "envoy_api")
    arguments = parser.parse_args()
    import_everything()
    write(arguments.output, file_set(Reader().read(ROOTS)))


if __name__ == "__main__":
    main()
