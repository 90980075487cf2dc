# SPDX-License-Identifier: Apache-2.0
"""Matching of HTTP requests: the patterns and header conditions of policies and faults.

A pattern is RE2 and always matches the whole text. What Envoy does with a pattern is decided here once, so
that `decide()` and the translation cannot disagree.

RE2 is loaded with the first pattern: the agent knows of patterns and has none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

MAX_REGEX_PROGRAM_SIZE = 2000
"""Largest RE2 program we accept in a policy, in RE2 instructions.

Enough for a path such as `/v1/(ships|landings)/[a-z0-9-]{1,63}` (275) seven times over; bounded because
matching costs memory and time in proportion to it on every request.
"""

ENVOY_REGEX_PROGRAM_SIZE = 2 * MAX_REGEX_PROGRAM_SIZE
"""The value for Envoy's `re2.max_program_size.error_level`, to be set in a *static* runtime layer of the
bootstrap.

Envoy's own limit is 100. It exceeds ours because Envoy links another RE2 release, which may count
differently, and because the translation wraps host patterns. Envoy 1.40 applies it to regexes in routes, not to those
in RBAC's matcher tree: there MAX_REGEX_PROGRAM_SIZE is the only bound.
"""

_META = frozenset("\\.+*?()|[]{}^$")


def literal_text(pattern: str) -> str | None:
    """The one text that `pattern` matches, or None when it is more than an escaped literal.

    Envoy matches such a text with `exact`, which needs no RE2 program at all.
    """
    text: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            # RE2 gives letters and digits after a backslash a meaning of their own; punctuation stands for
            # itself.
            if not escaped or not escaped.isascii() or escaped.isalnum() or escaped == "_":
                return None
            text.append(escaped)
        elif character in _META:
            return None
        else:
            text.append(character)
    return "".join(text)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Callable[[str], Any]:
    import re2

    options = re2.Options()
    options.log_errors = False
    full_match: Callable[[str], Any] = re2.compile(pattern, options).fullmatch
    return full_match


def regex_error(pattern: str) -> str | None:
    """Why RE2 or our bound refuses `pattern`, or None when it is fine."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "invalid"
        return reason.decode() if isinstance(reason, bytes) else str(reason)
    if compiled.programsize > MAX_REGEX_PROGRAM_SIZE:
        return f"its RE2 program has {compiled.programsize} instructions, the limit is {MAX_REGEX_PROGRAM_SIZE}"
    return None


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """A fully anchored RE2. Raises ValueError for what `regex_error` refuses.

    `literal` is the text it stands for when it is a plain text, else None.
    """

    source: str
    literal: str | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if error := regex_error(self.source):
            raise ValueError(error)
        object.__setattr__(self, "literal", literal_text(self.source))

    def matches(self, text: str) -> bool:
        if self.literal is not None:
            return text == self.literal
        return _compiled(self.source)(text) is not None

    def __str__(self) -> str:
        return self.source


def host_regex(pattern: Pattern) -> str:
    """The RE2 that Envoy holds against the whole `:authority`: any case, with or without a port."""
    return f"(?i:{pattern.source})(?::[0-9]*)?"


def host_matches(pattern: Pattern, host: str) -> bool:
    """Whether an authority fits a pattern, as `host_regex` says."""
    return _compiled(host_regex(pattern))(host) is not None


class Mismatch(StrEnum):
    """What Cilium does with a request whose header differs from the value asked for."""

    LOG = "LOG"
    ADD = "ADD"
    DELETE = "DELETE"
    REPLACE = "REPLACE"


@dataclass(frozen=True, slots=True, order=True)
class HeaderMatch:
    """A condition on one header. `name` is lower-case; `value` None asks for presence only.

    With `mismatch` the condition never fails: the request is let through and logged or changed instead.
    """

    name: str
    value: str | None = None
    mismatch: Mismatch | None = None

    def __post_init__(self) -> None:
        if self.name != self.name.lower():
            raise ValueError(f"header name {self.name!r} is not in lower case")

    def matches(self, headers: Sequence[tuple[str, str]]) -> bool:
        """Like Envoy's header matcher: the values of a repeated header are joined by a comma first."""
        if self.mismatch is not None:
            return True
        values = [value.strip(" \t") for name, value in headers if name.lower() == self.name]
        return bool(values) and (self.value is None or ",".join(values) == self.value)

    def __str__(self) -> str:
        return f"header {self.name}" + ("" if self.value is None else f" {self.value!r}")
