# SPDX-License-Identifier: Apache-2.0
"""How Envoy changes or refuses a request before any filter sees it, with the settings of our inbound
listeners.

HttpConnectionManager with `normalize_path`, `merge_slashes` and `path_with_escaped_slashes_action`; HTTP/1.0
and chunked bodies with a length are refused by default. Everything here was compared with Envoy 1.40 on raw
requests.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from l7filters.world import EscapedSlashes

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ORIGIN_FORM = re.compile(r"(?i:https?)://(?P<authority>[^/?#]+)(?P<path>.*)", re.DOTALL)
_NOT_IN_TARGET = re.compile(r"[^\x21-\x7e]")
_NOT_IN_HOST = re.compile(r"[^A-Za-z0-9\-._~:\[\]@!$&()*+,;=%]")
_ESCAPED_SLASH = re.compile(r"%(?:2[fF]|5[cC])")
_DOT_SEGMENT_PARAMETERS = re.compile(r"(?<=/)(\.\.?);[^/]*")
_DOT_SEGMENT = re.compile(r"(?:\.|%2[eE])(?P<up>\.|%2[eE])?(?:[/\\]|$)")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_WRITTEN_AS = {"\\": "/"} | {character: f"%{ord(character):02X}" for character in '"<>^`{|}'}


@dataclass(frozen=True, slots=True)
class Normalised:
    """A request as filters see it: path with its query string, and the host (`:authority`)."""

    path: str
    host: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that Envoy gives by itself: 400, 404, 426, or a redirect with its `location`."""

    status: int
    reason: str
    location: str | None = None


def normalise_request(
    method: str,
    path: str,
    host: str,
    headers: Iterable[tuple[str, str]] = (),
    http_version: str = "1.1",
    escaped_slashes: EscapedSlashes = EscapedSlashes.REJECT_REQUEST,
) -> Normalised | Refused:
    """What becomes of a request. `path` is the request target as sent, `host` the Host header or
    `:authority`.

    `http_version` is "1.0", "1.1" or "2".
    """
    if http_version == "1.0":
        return Refused(426, "HTTP/1.0 is not accepted")
    if not _METHOD.fullmatch(method):
        return Refused(400, f"{method!r} is not a method")
    names = {name.lower() for name, _ in headers}
    if {"transfer-encoding", "content-length"} <= names:
        return Refused(400, "both chunked and with a length")
    if method == "QUERY" and "content-type" not in names:
        return Refused(400, "a QUERY without a content-type")
    if method == "CONNECT":
        return Refused(404, "CONNECT is not routed")
    if _NOT_IN_TARGET.search(path):
        return Refused(400, "the path holds a space, a control character or one that is not ASCII")
    absolute = _ORIGIN_FORM.fullmatch(path)
    if absolute and http_version != "2":
        host, path = absolute["authority"], absolute["path"] or "/"
    if method == "OPTIONS" and path == "*":
        return Refused(404, "'*' is not routed")
    if not path.startswith("/"):
        return Refused(400, "the path does not start with /")
    if _NOT_IN_HOST.search(host):
        return Refused(400, "the host holds a character that no host has")
    if "#" in path:
        return Refused(400, "the path holds a fragment")
    before, mark, query = path.partition("?")
    unescaped = _ESCAPED_SLASH.sub(lambda found: "/" if "2" in found[0] else "\\", before)
    if unescaped != before and escaped_slashes is EscapedSlashes.REJECT_REQUEST:
        return Refused(400, "the path holds an escaped slash")
    canonical = normalise_path(unescaped)
    if canonical is None:
        return Refused(400, "the path holds an escaped NUL")
    if unescaped != before:
        return Refused(307, "the path holds an escaped slash", canonical + mark + query)
    return Normalised(canonical + mark + query, host)


def normalise_path(path: str) -> str | None:
    """`normalize_path`, then `merge_slashes`, on a path without its query string; None when Envoy refuses
    it."""
    # Parameters of a dot segment go first (`..;x` is `..` to some servers), and only where the dots are not
    # escaped.
    path = _DOT_SEGMENT_PARAMETERS.sub(r"\1", path)
    return None if "%00" in path else _merge_slashes(_canonical(path))


def _canonical(path: str) -> str:
    """The path as Envoy's URL library (googleurl, `url::CanonicalizePath`) writes it."""
    output: list[str] = []
    stray_percent: int | None = None  # Where in the output the last % stands that starts no escape.
    position = 0
    while position < len(path):
        if output and output[-1] == "/" and (dots := _DOT_SEGMENT.match(path, position)):
            position = dots.end()
            if dots["up"]:
                _back_up(output)
                if stray_percent is not None and stray_percent >= len(output):
                    stray_percent = None
        elif escape := _ESCAPE.match(path, position):
            position = escape.end()
            character = chr(int(escape[1], 16))
            if not _UNRESERVED.fullmatch(character):
                output.extend(escape[0])
                continue
            output.append(character)
            if stray_percent is not None and stray_percent >= len(output) - 3:
                position += _break_nested_escape(output, stray_percent, path[position : position + 1])
        else:
            character = path[position]
            position += 1
            if character == "%":
                stray_percent = len(output)
            output.extend(_WRITTEN_AS.get(character, character))
    return "".join(output)


def _back_up(output: list[str]) -> None:
    """Removes the last segment from an output that ends with a slash."""
    if len(output) > 1:
        output.pop()
        while output[-1] != "/":
            output.pop()


def _break_nested_escape(output: list[str], percent: int, following: str) -> int:
    """A character that was just unescaped must not complete an escape with a stray % before it: that is
    escaped then.

    `following` is the next character of the input ("" at the end). Returns how many of it were used, 0 or 1.
    """
    borrowed = following if percent == len(output) - 2 else ""
    if not _ESCAPE.fullmatch("".join(output[percent:]) + borrowed):
        return 0
    output[percent + 1 : percent + 1] = "25"
    output.extend(borrowed)
    return len(borrowed)


def _merge_slashes(path: str) -> str:
    if "//" not in path:
        return path
    parts = [part for part in path.split("/") if part]
    # Envoy keeps a slash at either end, so a path of slashes alone becomes two of them.
    return "/" + "/".join(parts) + ("/" if path.endswith("/") else "")
