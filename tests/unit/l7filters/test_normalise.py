# SPDX-License-Identifier: Apache-2.0
"""Requests as Envoy's filters see them; every pair here is what Envoy 1.40 answered."""

import pytest

from l7filters.normalise import Normalised, Refused, normalise_path, normalise_request
from l7filters.world import EscapedSlashes


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/a", "/a"),
        ("//a", "/a"),
        ("/./a", "/a"),
        ("/b/../a", "/a"),
        ("/%2e%2e/a", "/a"),
        ("/x/%2E%2e/a", "/a"),
        ("/../../a", "/a"),
        ("/..", "/"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        ("/a/...", "/a/..."),
        ("/a/.%2e", "/"),
        ("/a/b//../c", "/a/b/c"),
        ("/a//", "/a/"),
        ("//", "//"),
        ("///", "//"),
        ("/./", "/"),
        ("/.//", "//"),
        ("/%41", "/A"),
        ("/%7ea", "/~a"),
        ("/a%20b", "/a%20b"),
        ("/a%e9", "/a%e9"),
        ("/%25%32%65/", "/%252e/"),
        ("/%zz", "/%zz"),
        ("/%", "/%"),
        ("/%2%30", "/%2520"),
        ("/%2%41", "/%252A"),
        ("/%%41", "/%A"),
        ("/a\\b", "/a/b"),
        ("/a\\..\\b", "/b"),
        ('/"<>^`{|}a', "/%22%3C%3E%5E%60%7B%7C%7Da"),
        ("/[a]'!$&()*+,:=@~-_", "/[a]'!$&()*+,:=@~-_"),
        ("/a;x/b", "/a;x/b"),
        ("/a/..;/b", "/b"),
        ("/a/..;x=1/b", "/b"),
        ("/a/.;/b", "/a/b"),
        ("/a/...;/b", "/a/...;/b"),
        ("/a/%2e%2e;/b", "/a/..;/b"),
        ("/a/..%3b/b", "/a/..%3b/b"),
        ("/a/b/..;/..;/c", "/c"),
        ("/a/..;\\b", "/"),
        ("/a\\..;/b", "/a/..;/b"),
    ],
)
def test_paths(sent: str, seen: str) -> None:
    assert normalise_path(sent) == seen


def test_normalising_is_not_idempotent_only_where_envoy_is_not() -> None:
    # What was an escaped dot before a parameter is a plain one afterwards.
    assert normalise_path("/a/..;/b") == "/b"
    assert normalise_path("/a/%2e%2e;/b") == "/a/..;/b"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/a%2fb", 400),
        ("GET", "/a%5Cb", 400),
        ("GET", "/a%00", 400),
        ("GET", "/a#b", 400),
        ("GET", "/a b", 400),
        ("GET", "/é", 400),
        ("GET", "/a\x7f", 400),
        ("GET", "", 400),
        ("GET", "a", 400),
        ("GET", "*", 400),
        ("OPTIONS", "*", 404),
        ("GET", "ftp://h/a", 400),
        ("GET", "http:///a", 400),
        ("CONNECT", "h:80", 404),
        ("G ET", "/", 400),
        ("QUERY", "/", 400),
    ],
)
def test_what_envoy_refuses(method: str, path: str, status: int) -> None:
    refused = normalise_request(method, path, "x")
    assert isinstance(refused, Refused)
    assert refused.status == status


def test_query_strings_are_left_alone() -> None:
    assert normalise_request("GET", "/a/../b?x=%2f//../#", "h") == Refused(400, "the path holds a fragment")
    assert normalise_request("GET", "/a/../b?x=%2f//..", "h") == Normalised("/b?x=%2f//..", "h")


@pytest.mark.parametrize("host", ["x y", "x/", "x\\y", "x?", "x#", 'x"', "é"])
def test_hosts_that_no_request_has(host: str) -> None:
    assert isinstance(normalise_request("GET", "/", host), Refused)


@pytest.mark.parametrize("host", ["", "x", "X:80", "[::1]:80", "a,b", "x@y", "x%2f", "a_b"])
def test_hosts_that_pass(host: str) -> None:
    assert normalise_request("GET", "/", host) == Normalised("/", host)


def test_an_absolute_target_brings_its_host() -> None:
    assert normalise_request("GET", "http://other:90//a", "h") == Normalised("/a", "other:90")
    assert normalise_request("GET", "HTTPS://other", "h") == Normalised("/", "other")
    assert isinstance(normalise_request("GET", "http://other/", "h", http_version="2"), Refused)


def test_versions_and_framing() -> None:
    assert normalise_request("GET", "/", "h", http_version="1.0") == Refused(426, "HTTP/1.0 is not accepted")
    framed = (("Content-Length", "3"), ("transfer-encoding", "chunked"))
    assert normalise_request("POST", "/", "h", headers=framed) == Refused(400, "both chunked and with a length")
    assert normalise_request("QUERY", "/", "h", headers=(("Content-Type", "a/b"),)) == Normalised("/", "h")
    assert normalise_request("BREW", "/", "h") == Normalised("/", "h")


@pytest.mark.parametrize(
    ("path", "location"),
    [("/a%2fb", "/a/b"), ("/a%5Cb?x=%2f", "/a/b?x=%2f"), ("/a%2f..%2Fb", "/b"), ("/a%2Fb%zz", "/a/b%zz")],
)
def test_unescape_and_redirect(path: str, location: str) -> None:
    redirect = normalise_request("GET", path, "h", escaped_slashes=EscapedSlashes.UNESCAPE_AND_REDIRECT)
    assert redirect == Refused(307, "the path holds an escaped slash", location)


def test_a_redirect_is_judged_after_unescaping() -> None:
    refused = normalise_request("GET", "/..;b%2f%00", "h", escaped_slashes=EscapedSlashes.UNESCAPE_AND_REDIRECT)
    assert refused == Refused(400, "the path holds an escaped NUL")
