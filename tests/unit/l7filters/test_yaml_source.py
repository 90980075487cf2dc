# SPDX-License-Identifier: Apache-2.0
"""YAML as Kubernetes reads it, and the lines of its nodes."""

from typing import Any

import pytest

from l7filters.source import SourceLocation
from l7filters.yaml_source import MAX_NODES, load_documents


def load(text: str) -> Any:
    documents, problems = load_documents(text, "f.yaml")
    assert not problems
    return [document.plain for document in documents]


def problems(text: str) -> list[str]:
    return [str(problem) for problem in load_documents(text, "f.yaml")[1]]


@pytest.mark.parametrize("written", ["yes", "Yes", "on", "ON", "y", "Y", "true", "True", "&anchor y"])
def test_these_are_true(written: str) -> None:
    assert load(f"a: {written}") == [{"a": True}]


@pytest.mark.parametrize("written", ["no", "No", "off", "OFF", "n", "N", "false", "False"])
def test_these_are_false(written: str) -> None:
    assert load(f"a: {written}") == [{"a": False}]


@pytest.mark.parametrize(
    "written", ["'yes'", '"y"', "!!str on", "&anchor !!str n", "|-\n  no", "2020-01-01", "=", "é y"]
)
def test_these_are_strings(written: str) -> None:
    assert isinstance(load(f"a: {written}")[0]["a"], str)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("0x1f", 31),
        ("0o17", 15),
        ("017", 15),
        ("0b11", 3),
        ("1_000", 1000),
        ("-3", -3),
        ("+3", 3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("9" * 5000, float("inf")),
        ("!!int '3'", 3),
        ("~", None),
        ("null", None),
        ("", None),
        ("1.2.3.4", "1.2.3.4"),
        ("_1", "_1"),
        ("08", 8.0),
    ],
)
def test_scalars(written: str, value: object) -> None:
    found = load(f"a: {written}")[0]["a"]
    assert (found, type(found)) == (value, type(value))


def test_lines_are_those_of_keys_and_items() -> None:
    documents, _ = load_documents("# é\na:\n  - b: 1\n\n  - c:\n      d\n---\ne: [f,\n  g]\n", "f.yaml")
    first, second = documents
    assert first.location() == SourceLocation("f.yaml", 2)
    assert first.location("a", 0, "b").line == 3
    assert first.at("a", 1).location("c").line == 5
    assert first.location("a", 1, "missing", 4).line == 5
    assert second.location("e", 1).line == 9


def test_anchors_and_merges() -> None:
    assert load("a: &x {k: v, l: w}\nb: {<<: *x, k: own}\nc: {<<: [{k: 1}, *x]}\nd: *x") == [
        {
            "a": {"k": "v", "l": "w"},
            "b": {"k": "own", "l": "w"},
            "c": {"k": 1, "l": "w"},
            "d": {"k": "v", "l": "w"},
        }
    ]


def test_lists_of_objects_are_opened() -> None:
    documents, _ = load_documents("kind: List\nitems:\n- a: 1\n- b: 2\n---\n---\nc: 3\n", "f.yaml")
    assert [document.plain for document in documents] == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert documents[1].location("b").line == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["f.yaml:3: the key 'a' occurs twice; keep one of them"]),
        ("on: 1\n", ["f.yaml:1: the key 'on' is not a string in YAML; put quotes around it"]),
        ("? [a]\n: 1\n", ["f.yaml:1: the key a collection is not a string in YAML; put quotes around it"]),
        ("a: [\n", ["f.yaml:2: not YAML: did not find expected node content; correct the syntax"]),
        ("a: b\n\tc: d\n", ["f.yaml:2: not YAML: found a tab character that violates indentation; correct the syntax"]),
        ("a: *b\n", ["f.yaml:1: not YAML: found undefined alias; correct the syntax"]),
        ("a: &b [*b]\n", ["f.yaml:1: the document is nested too deeply; flatten it"]),
        ("a: !thing b\n", ["f.yaml:1: the tag '!thing' is not supported; write a plain value"]),
        ("kind: List\nitems: 3\n", ["f.yaml:2: 'items' is not a list; write a list"]),
    ],
)
def test_problems(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_characters_that_yaml_does_not_have() -> None:
    assert problems("a: b\nc: \x00") == [
        "f.yaml:2: the character '\\x00' is not allowed in YAML; remove it, or write it as an escape in double quotes"
    ]
    assert len(problems("a: \ud800")) == 1


def test_aliases_do_not_multiply_without_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert problems("\n".join(lines)) == [f"f.yaml:1: the document has more than {MAX_NODES} nodes; split it"]


def test_deep_nesting_is_refused() -> None:
    assert problems("[" * 900 + "]" * 900) == ["f.yaml:1: the document is nested too deeply; flatten it"]
    assert len(problems("[" * 100_000)) == 1


def test_a_broken_document_does_not_hide_the_others() -> None:
    documents, found = load_documents("a: 1\n---\nb: 1\nb: 2\n---\nc: 3\n---\nd: [\n", "f.yaml")
    assert [document.plain for document in documents] == [{"a": 1}, {"c": 3}]
    assert [problem.location.line for problem in found] == [4, 9]
