# SPDX-License-Identifier: Apache-2.0
"""Envoy's API messages, and the few ways in which everything above handles them.

`from envoy_api.config.listener.v3 import Listener` gives the message of proto package
`envoy.config.listener.v3`; other packages keep their whole name (`envoy_api.xds.type.matcher.v3`). Well-known
types are those of google.protobuf.
"""

import re
from collections.abc import Mapping
from typing import Any as Anything
from typing import TypeVar

import yaml
from google.protobuf import json_format
from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from envoy_api import _messages

__all__ = [
    "TYPE_URL_PREFIX",
    "from_dict",
    "from_yaml",
    "message_class",
    "pack",
    "serialize",
    "to_dict",
    "to_yaml",
    "type_url",
    "unpack",
]

TYPE_URL_PREFIX = "type.googleapis.com/"
FREE_FORM = ("google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue")

M = TypeVar("M", bound=Message)

# Importing any part of the package fills protobuf's pool, so that an Any of every type of ours can be read.
_messages.register()


def type_url(message: Message | type[Message]) -> str:
    """`type.googleapis.com/<full proto name>` of a message or a message class."""
    return TYPE_URL_PREFIX + message.DESCRIPTOR.full_name


def message_class(url: str) -> type[Message]:
    """The class of a type URL; KeyError if it is not among the generated ones."""
    return GetMessageClass(Default().FindMessageTypeByName(url.removeprefix(TYPE_URL_PREFIX)))


def serialize(message: Message) -> bytes:
    """The message's bytes, equal for equal messages (maps are sorted by key)."""
    return message.SerializeToString(deterministic=True)


def pack(message: Message) -> Any:
    """The message as an Any with deterministic bytes; `Any.Pack` leaves maps in hash order."""
    return Any(type_url=type_url(message), value=serialize(message))


def unpack(packed: Any, expected: type[M]) -> M:
    """What is in an Any; TypeError if it is not an `expected`."""
    if packed.type_url != type_url(expected):
        raise TypeError(f"expected {type_url(expected)}, got {packed.type_url or 'an empty Any'}")
    return expected.FromString(packed.value)


def to_dict(message: Message) -> dict[str, Anything]:
    """The message's JSON mapping with field names as in the .proto files.

    An Any is expanded, its type in `@type`. Fields come in the order of their numbers, the entries of maps in
    the order of their keys.
    """
    mapping = json_format.MessageToDict(message, preserving_proto_field_name=True)
    ordered: dict[str, Anything] = _ordered_message(mapping, message.DESCRIPTOR)
    return ordered


def _ordered(value: Anything, field: Anything) -> Anything:
    """The JSON of a field (a FieldDescriptor) as plain dicts; maps, which come in hash order, sorted."""
    kind = field.message_type
    if kind is None:
        return value
    if kind.GetOptions().map_entry:
        return {key: _ordered(value[key], kind.fields_by_name["value"]) for key in sorted(value)}
    if isinstance(value, list) and kind.full_name not in FREE_FORM:
        return [_ordered_message(item, kind) for item in value]
    return _ordered_message(value, kind)


def _ordered_message(value: Anything, kind: Anything) -> Anything:
    if kind.full_name in FREE_FORM:
        return _free_form(value)
    if not isinstance(value, dict):  # the JSON of the other well-known types is a scalar
        return value
    if kind.full_name == "google.protobuf.Any" and "@type" in value:
        inner = message_class(value["@type"]).DESCRIPTOR
        if "value" in value and inner.file.package == "google.protobuf":
            return {"@type": value["@type"], "value": _ordered_message(value["value"], inner)}
        kind = inner
    return {key: _ordered(item, kind.fields_by_name[key]) if key != "@type" else item for key, item in value.items()}


def _free_form(value: Anything) -> Anything:
    """Numbers in it are doubles; whole ones read better, and read back the same, as integers."""
    if isinstance(value, dict):
        return {key: _free_form(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_free_form(item) for item in value]
    return int(value) if isinstance(value, float) and abs(value) < 2**53 and value.is_integer() else value


def from_dict(mapping: Mapping[str, Anything], expected: type[M]) -> M:
    """The inverse of `to_dict`; json_format.ParseError names what does not fit."""
    message = json_format.ParseDict(dict(mapping), expected())
    _repack(message)
    return message


def _repack(message: Message) -> None:
    """Encode each Any again, innermost first and deterministically: json_format leaves maps in hash order."""
    if isinstance(message, Any):
        if message.type_url:
            inner = message_class(message.type_url).FromString(message.value)
            _repack(inner)
            message.value = serialize(inner)
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            children = value.values() if field.message_type.fields_by_name["value"].message_type else ()
        else:
            children = value if field.is_repeated else (value,)
        for child in children:
            _repack(child)


class _EnvoyDumper(yaml.SafeDumper):
    """Quotes every string that Envoy's reader (yaml-cpp) would take for something else."""


# YAML 1.1 has these for booleans and yaml-cpp reads them so; PyYAML does not, and writes them without quotes.
_EnvoyDumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))


def to_yaml(message: Message) -> str:
    """`to_dict` as YAML with keys in the order of field numbers."""
    return yaml.dump(to_dict(message), Dumper=_EnvoyDumper, sort_keys=False, allow_unicode=True, width=120)


def from_yaml(text: str, expected: type[M]) -> M:
    """The inverse of `to_yaml`."""
    return from_dict(yaml.safe_load(text), expected)
