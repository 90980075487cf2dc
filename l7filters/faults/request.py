# SPDX-License-Identifier: Apache-2.0
"""Requests that reach the app with another path, query or method. Policy has judged what the caller sent."""

import re
from dataclasses import dataclass
from typing import Literal

from l7filters.http_match import regex_error

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REPLACEMENT = re.compile(r"(?:[\x21-\x7e])*")
_PARAMETER = re.compile(r"[\x20-\x7e]{1,1024}")


@dataclass(frozen=True, slots=True)
class PathRewrite:
    r"""Every match of the RE2 `pattern` in the path (without the query) becomes `replacement`, where \1 to \9 are the
    pattern's groups and \0 is all of the match."""

    pattern: str
    replacement: str

    def __post_init__(self) -> None:
        if error := regex_error(self.pattern):
            raise ValueError(f"path {self.pattern!r}: {error}")
        if not _REPLACEMENT.fullmatch(self.replacement) or set(self.replacement) & {"?", "#"}:
            raise ValueError(f"{self.replacement!r} cannot stand in a path")


@dataclass(frozen=True, slots=True)
class RewriteRequest:
    """`set_query` replaces a parameter of the query or adds it; names and values are plain, not percent-encoded."""

    path: PathRewrite | None = None
    method: str | None = None
    set_query: tuple[tuple[str, str], ...] = ()
    remove_query: tuple[str, ...] = ()
    kind: Literal["rewrite"] = "rewrite"

    def __post_init__(self) -> None:
        if self.path is None and self.method is None and not self.set_query and not self.remove_query:
            raise ValueError("neither path, query nor method is rewritten")
        if self.method is not None and (not _TOKEN.fullmatch(self.method) or self.method == "CONNECT"):
            raise ValueError(f"a request cannot be rewritten to the method {self.method!r}")
        for name in (*(name for name, _ in self.set_query), *self.remove_query):
            if not _PARAMETER.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a parameter")

    def __str__(self) -> str:
        said = [
            *([f"path {self.path.pattern} to {self.path.replacement}"] if self.path else []),
            *([f"method to {self.method}"] if self.method else []),
            *(["query"] if self.set_query or self.remove_query else []),
        ]
        return f"request rewritten: {', '.join(said)}"
