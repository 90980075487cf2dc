# SPDX-License-Identifier: Apache-2.0
"""Edits of bodies: RFC 7396, RFC 6902, and plain damage. Functions from bytes to bytes, or None: leave it alone."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from l7filters.faults import Body, Edit


class _Inapplicable(Exception):
    """An operation of a patch has nothing to apply to."""


def edit_whole(body: bytes, edit: Body) -> bytes | None:
    """The body after REPLACE, MERGE or PATCH; None when the edit does not apply to it."""
    if edit.edit is Edit.REPLACE:
        return edit.value.encode()
    try:
        document = json.loads(body)
        wanted = json.loads(edit.value)
        changed = merged(document, wanted) if edit.edit is Edit.MERGE else patched(document, wanted)
    except (ValueError, RecursionError, _Inapplicable):
        return None
    return json.dumps(changed, separators=(",", ":"), ensure_ascii=False).encode()


def corrupted(piece: bytes, parts_per_million: int, random: Random) -> bytes:
    """So many bits per million flipped, by chance; at least one of a piece that has any."""
    bits = len(piece) * 8
    if not bits:
        return piece
    count = max(1, min(bits, round(bits * parts_per_million / 1_000_000)))
    damaged = bytearray(piece)
    for bit in random.sample(range(bits), count):
        damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def patched(document: Any, operations: list[dict[str, Any]]) -> Any:
    """RFC 6902. Raises _Inapplicable."""
    for operation in operations:
        document = _apply(document, operation)
    return document


def _apply(document: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "add":
            return _added(document, path, operation["value"])
        case "remove":
            return _removed(document, path)
        case "replace":
            _at(document, path)
            return operation["value"] if not path else _added(_removed(document, path), path, operation["value"])
        case "move":
            source = _pointer(operation["from"])
            if path[: len(source)] == source and path != source:
                raise _Inapplicable
            value = _at(document, source)
            return _added(_removed(document, source), path, value)
        case "copy":
            return _added(document, path, copy.deepcopy(_at(document, _pointer(operation["from"]))))
        case "test":
            if not _equal(_at(document, path), operation["value"]):
                raise _Inapplicable
            return document
    raise _Inapplicable


def _equal(one: Any, other: Any) -> bool:
    """JSON's equality: true is not 1, though Python says so."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return bool(one == other)


def _pointer(text: str) -> tuple[str, ...]:
    """RFC 6901."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if isinstance(document, list):
            document = document[_index(part, len(document) - 1)]
        elif isinstance(document, dict) and part in document:
            document = document[part]
        else:
            raise _Inapplicable
    return document


def _added(document: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    parent = _at(document, path[:-1])
    if isinstance(parent, list):
        parent.insert(len(parent) if path[-1] == "-" else _index(path[-1], len(parent)), value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise _Inapplicable
    return document


def _removed(document: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return None
    parent = _at(document, path[:-1])
    _at(parent, path[-1:])
    if isinstance(parent, list):
        del parent[_index(path[-1], len(parent) - 1)]
    else:
        del parent[path[-1]]
    return document


def _index(part: str, last: int) -> int:
    """Of an array: no sign, no leading zero, not beyond `last`."""
    if not part.isascii() or not part.isdecimal() or (part != "0" and part.startswith("0")) or int(part) > last:
        raise _Inapplicable
    return int(part)
