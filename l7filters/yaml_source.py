# SPDX-License-Identifier: Apache-2.0
"""YAML as Kubernetes reads it, with the line of every node.

Kubernetes' reader differs from PyYAML's: `y` and `n` are booleans too, timestamps are strings, a key that
occurs twice is refused. So only PyYAML's composer is used, which yields nodes with their marks; values are
built here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from l7filters.source import Problem, SourceLocation

Path: TypeAlias = tuple[str | int, ...]

MAX_NODES = 200_000
"""Nodes in one document once aliases are followed; a few aliases of aliases can stand for billions."""
MAX_DEPTH = 100
"""Nesting of one document; the deepest field of a policy lies at 12."""

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
_INT = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))")
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(_TAG + name for name in ("str", "int", "bool", "float", "null", "timestamp", "value"))


@dataclass(frozen=True, slots=True)
class Located:
    """A value read from YAML (dicts, lists, strings, numbers, booleans, None) that knows its lines.

    Paths are relative to this value, so that a part (`at`) is used like a whole.
    """

    file: str
    plain: Any
    lines: Mapping[Path, int]
    base: Path = ()

    def location(self, *path: str | int) -> SourceLocation:
        """Where the value at `path` is written: at its key, or for an item of a list, at its start.

        A path that leads nowhere gives the line of the nearest part that exists.
        """
        full = self.base + path
        while full not in self.lines:
            full = full[:-1]
        return SourceLocation(self.file, self.lines[full])

    def at(self, *path: str | int) -> "Located":
        """The part at `path`, which must exist (else KeyError, IndexError or TypeError)."""
        plain = self.plain
        for step in path:
            plain = plain[step]
        return Located(self.file, plain, self.lines, self.base + path)

    def walk(self) -> Iterator[tuple[Path, Any]]:
        """Every path below this value with what is there, parents first."""
        pending: list[tuple[Path, Any]] = [((), self.plain)]
        while pending:
            path, plain = pending.pop()
            yield path, plain
            if isinstance(plain, dict):
                pending.extend(((*path, key), value) for key, value in reversed(plain.items()))
            elif isinstance(plain, list):
                pending.extend(((*path, i), plain[i]) for i in reversed(range(len(plain))))


def load_documents(text: str, file: str) -> tuple[tuple[Located, ...], tuple[Problem, ...]]:
    """Reads all documents of a YAML stream; empty ones are left out.

    `kind: List` (and the List twins of other kinds) are replaced by their items. Returns the documents that
    could be read and the problems of the others: a stream that breaks off in the middle still gives its first
    documents.
    """
    if odd := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        what = f"the character {odd.group()!r} is not allowed in YAML"
        todo = "remove it, or write it as an escape in double quotes"
        return (), (Problem(SourceLocation(file, line), what, todo),)
    if deep := _line_nested_too_deeply(text):
        return (), (Problem(SourceLocation(file, deep), "the document is nested too deeply", "flatten it"),)
    documents: list[Located] = []
    problems: list[Problem] = []
    try:
        for node in yaml.compose_all(text, Loader=yaml.CSafeLoader):
            builder = _Builder(text, file)
            plain = builder.document(node)
            problems.extend(builder.problems)
            if plain is not None and not builder.problems:
                documents.extend(_items(Located(file, plain, builder.lines), problems))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problems.append(Problem(SourceLocation(file, line), f"not YAML: {error.problem}", "correct the syntax"))
    return tuple(documents), tuple(problems)


def _line_nested_too_deeply(text: str) -> int | None:
    """The line where the nesting passes MAX_DEPTH. The composer recurses, and would overflow the C stack
    first."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH and event.start_mark is not None:
                line: int = event.start_mark.line
                return line + 1
    except yaml.MarkedYAMLError:
        return None
    return None


def _items(document: Located, problems: list[Problem]) -> Iterator[Located]:
    plain = document.plain
    if not isinstance(plain, dict) or not str(plain.get("kind", "")).endswith("List") or "items" not in plain:
        yield document
        return
    items = plain["items"]
    if not isinstance(items, list):
        problems.append(Problem(document.location("items"), "'items' is not a list", "write a list"))
        return
    for i in range(len(items)):
        yield document.at("items", i)


class _Builder:
    """Turns the nodes of one document into values and remembers their lines."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._nodes = 0
        self._open: set[int] = set()

    def document(self, node: yaml.Node) -> Any:
        return self._value(node, (), _line(node))

    def _problem(self, node: yaml.Node, what: str, todo: str) -> None:
        self.problems.append(Problem(SourceLocation(self.file, _line(node)), what, todo))

    def _value(self, node: yaml.Node, path: Path, line: int) -> Any:
        self.lines[path] = line
        self._nodes += 1
        if self._nodes == MAX_NODES:
            self._problem(node, f"the document has more than {MAX_NODES} nodes", "split it")
        if self._nodes >= MAX_NODES:
            return None
        if len(path) > MAX_DEPTH or id(node) in self._open:
            self._problem(node, "the document is nested too deeply", "flatten it")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.ScalarNode):
                return self._scalar(node)
            if isinstance(node, yaml.SequenceNode):
                return [self._value(item, (*path, i), _line(item)) for i, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                several = isinstance(value_node, yaml.SequenceNode)
                merged.extend(value_node.value if several else [value_node])
                continue
            key = self._key(key_node)
            if key is None:
                continue
            if key in own:
                self._problem(key_node, f"the key {key!r} occurs twice", "keep one of them")
                continue
            own[key] = self._value(value_node, (*path, key), _line(key_node))
        # Of several merged mappings the earlier one wins, and the mapping's own keys win over all.
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                self._problem(other, "'<<' merges something that is not a mapping", "refer to a mapping")
                continue
            for key_node, value_node in other.value:
                key = self._key(key_node)
                if key is not None and key not in own:
                    own[key] = self._value(value_node, (*path, key), _line(key_node))
        return own

    def _key(self, node: yaml.Node) -> str | None:
        value = self._scalar(node) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        written = f"'{node.value}'" if isinstance(node, yaml.ScalarNode) else "a collection"
        self._problem(node, f"the key {written} is not a string in YAML", "put quotes around it")
        return None

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.tag not in _SCALAR_TAGS:
            self._problem(node, f"the tag {node.tag!r} is not supported", "write a plain value")
            return None
        # A quoted scalar is a string unless a tag says otherwise. A plain one is resolved here, not by
        # PyYAML's rules, unless a tag says that it is a string.
        if node.tag == _TAG + "str" and (node.style or self._has_tag(node)):
            return text
        return resolve_plain(text)

    def _has_tag(self, node: yaml.ScalarNode) -> bool:
        written = self.text[node.start_mark.index : node.end_mark.index]
        return "!" in written.removesuffix(node.value)


def _is_merge(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "merge"


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1


def resolve_plain(text: str) -> Any:
    """The value of a scalar without quotes and tag: null, a boolean, a number, else the text itself."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    digits = text.replace("_", "")
    if len(digits) > 64 and digits.isdigit():
        return float(digits)
    if text[0] != "_" and _INT.fullmatch(digits):
        return _integer(digits)
    if text[0] != "_" and _FLOAT.fullmatch(digits):
        return float(digits)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text


def _integer(text: str) -> int:
    sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-").lower()
    if digits.startswith("0") and digits[1:2].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)
