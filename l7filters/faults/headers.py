# SPDX-License-Identifier: Apache-2.0
"""Headers that somebody changed on the way."""

import re
from dataclasses import dataclass
from typing import Literal

Header = tuple[str, str]
MAX_VALUE = 4096
"""Bytes of a header's value."""

_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,256}")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FRAMING = frozenset({"connection", "content-length", "host", "te", "transfer-encoding", "upgrade"})
_OURS = ("x-envoy-", "x-riftgate-")


def check_header(name: str, value: str = "") -> None:
    """Raises ValueError for what a fault may not say: what frames a message, and what is the sidecar's own."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a header in small letters")
    if name in _FRAMING:
        raise ValueError(f"the header {name} belongs to the connection; a fault cannot change it")
    if name.startswith(_OURS):
        raise ValueError(f"the header {name} is the sidecar's own; a fault cannot change it")
    if not _VALUE.fullmatch(value) or len(value) > MAX_VALUE:
        raise ValueError(f"the value of {name} is not printable ASCII of at most {MAX_VALUE} characters")


@dataclass(frozen=True, slots=True)
class HeaderEdits:
    """First `remove`, then `set` (replaces what is there), then `add` (beside what is there). Names are small."""

    set: tuple[Header, ...] = ()
    add: tuple[Header, ...] = ()
    remove: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in (*self.set, *self.add, *((name, "") for name in self.remove)):
            check_header(name, value)
        names = [*(name for name, _ in self.set), *self.remove]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the header {twice} is changed twice: set or remove it, once")

    def __bool__(self) -> bool:
        return bool(self.set or self.add or self.remove)


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers of the request, on its way to the app, and of the app's response, on its way back."""

    request: HeaderEdits = HeaderEdits()
    response: HeaderEdits = HeaderEdits()
    kind: Literal["headers"] = "headers"

    def __post_init__(self) -> None:
        if not self.request and not self.response:
            raise ValueError("no header is set, added or removed")

    def __str__(self) -> str:
        names = [
            name
            for edits in (self.request, self.response)
            for name in (*edits.remove, *(each for each, _ in (*edits.set, *edits.add)))
        ]
        return f"headers changed: {', '.join(dict.fromkeys(names))}"
