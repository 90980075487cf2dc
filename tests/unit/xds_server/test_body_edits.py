# SPDX-License-Identifier: Apache-2.0
"""Edits of bodies, held against the examples of the RFCs."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l7filters.faults import Body, Edit
from xds_server.body_edits import corrupted, edit_whole, merged

# RFC 7396, appendix A.
MERGES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
# RFC 6902, appendix A. None: the patch does not apply.
PATCHES: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"foo": "bar", "baz": "qux"}),
    ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
    (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    ({"baz": "qux", "foo": ["a", 2]}, [{"op": "test", "path": "/foo/1", "value": 2}], {"baz": "qux", "foo": ["a", 2]}),
    ({"baz": "qux"}, [{"op": "test", "path": "/baz", "value": "bar"}], None),
    ({"foo": "bar"}, [{"op": "add", "path": "/child", "value": {"g": {}}}], {"foo": "bar", "child": {"g": {}}}),
    ({"foo": "bar"}, [{"op": "add", "path": "/baz/bat", "value": "qux"}], None),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": "10"}], None),
    ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
    ({"foo": [1]}, [{"op": "copy", "from": "/foo", "path": "/bar"}], {"foo": [1], "bar": [1]}),
    ({"foo": [1]}, [{"op": "remove", "path": "/foo/01"}], None),
    ({"foo": [1]}, [{"op": "remove", "path": "/foo/-"}], None),
    ({"foo": 1}, [{"op": "test", "path": "/foo", "value": True}], None),
    ({"foo": {"a": 1}}, [{"op": "move", "from": "/foo", "path": "/foo/b"}], None),
    ({"foo": 1}, [{"op": "replace", "path": "", "value": [2]}], [2]),
    ({"a": 1}, [{"op": "remove", "path": "/a"}, {"op": "remove", "path": "/a"}], None),
]


@pytest.mark.parametrize(("target", "patch", "result"), MERGES)
def test_merge_patches(target: Any, patch: Any, result: Any) -> None:
    edited = edit_whole(json.dumps(target).encode(), Body(Edit.MERGE, json.dumps(patch)))
    assert edited is not None
    assert json.loads(edited) == result


@pytest.mark.parametrize(("document", "patch", "result"), PATCHES)
def test_json_patches(document: Any, patch: list[dict[str, Any]], result: Any) -> None:
    edited = edit_whole(json.dumps(document).encode(), Body(Edit.PATCH, json.dumps(patch)))
    assert (None if edited is None else json.loads(edited)) == result


@pytest.mark.parametrize("body", [b"", b"Ship landed", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_left_alone(body: bytes) -> None:
    assert edit_whole(body, Body(Edit.MERGE, "{}")) is None


@given(st.dictionaries(st.text(), st.integers()), st.dictionaries(st.text(), st.integers() | st.none()))
def test_a_merge_applied_twice_is_a_merge(target: Any, patch: Any) -> None:
    assert merged(merged(target, patch), patch) == merged(target, patch)


@given(st.binary(max_size=300), st.integers(1, 1_000_000), st.integers())
def test_corruption_flips_so_many_bits(piece: bytes, parts: int, seed: int) -> None:
    damaged = corrupted(piece, parts, Random(seed))
    flipped = sum((one ^ other).bit_count() for one, other in zip(piece, damaged, strict=True))
    bits = len(piece) * 8
    assert flipped == (max(1, min(bits, round(bits * parts / 1_000_000))) if bits else 0)
