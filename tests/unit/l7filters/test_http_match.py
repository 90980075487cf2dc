# SPDX-License-Identifier: Apache-2.0
"""Patterns and header conditions."""

import pytest

from l7filters.http_match import HeaderMatch, Mismatch, Pattern, host_matches, host_regex, literal_text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("/v1/request-landing", "/v1/request-landing"),
        (r"/index\.html", "/index.html"),
        (r"/a\?b\=c", "/a?b=c"),
        ("", ""),
        ("/index.html", None),
        ("/v1/.*", None),
        ("GET|POST", None),
        (r"/\d", None),
        (r"/\Qa.b\E", None),
        ("/a{2}", None),
        ("^/a$", None),
        ("(?i)/a", None),
    ],
)
def test_literals_are_recognised(pattern: str, text: str | None) -> None:
    assert literal_text(pattern) == text
    assert Pattern(pattern).literal == text
    if text is not None:
        assert Pattern(pattern).matches(text)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("/a|/b", "/b", True),
        ("/a|/b", "/bc", False),
        ("/a.*", "/a", True),
        ("a", "ba", False),
        ("(?i)/A", "/a", True),
        ("/[^/]+", "/é", True),
    ],
)
def test_patterns_are_fully_anchored(pattern: str, text: str, matches: bool) -> None:
    assert Pattern(pattern).matches(text) is matches


def test_invalid_patterns_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="missing"):
        Pattern("(")


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("a.b", "A.B", True),
        ("A.B", "a.b", True),
        ("a.b", "a.b:8080", True),
        ("a.b", "a.b:", True),
        ("a|b", "b:80", True),
        ("a|b", "ab", False),
        ("a.b", "a.b:80:80", False),
        ("a.b", "a.b:x", False),
        (r"\[::1\]", "[::1]:80", True),
    ],
)
def test_hosts(pattern: str, host: str, matches: bool) -> None:
    assert host_matches(Pattern(pattern), host) is matches
    assert Pattern(host_regex(Pattern(pattern))).matches(host) is matches


def test_headers() -> None:
    assert HeaderMatch("x").matches([("X", "")])
    assert not HeaderMatch("x").matches([("y", "1")])
    assert HeaderMatch("x", "a,b").matches([("X", " a "), ("x", "b\t")])
    assert not HeaderMatch("x", "a").matches([("x", "a"), ("x", "b")])
    assert HeaderMatch("x", "a", Mismatch.LOG).matches([])
    with pytest.raises(ValueError, match="lower case"):
        HeaderMatch("X")
