# SPDX-License-Identifier: Apache-2.0
"""Bodies that somebody changed on the way."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

MAX_EDIT_BYTES = 8192
"""Of a replacement or a patch, as JSON: it travels with each request that is hit."""
MAX_PATCH_OPERATIONS = 100


class Edit(StrEnum):
    REPLACE = "replace"
    """With this text. Its length is right again, other headers are as they were."""
    MERGE = "merge"
    """RFC 7396, a JSON merge patch. A body that is no JSON stays as it is, as for PATCH."""
    PATCH = "patch"
    """RFC 6902, a JSON patch. All or nothing: a body to which one of its operations does not apply stays as it is."""
    TRUNCATE = "truncate"
    """The body ends, in good order, after so many bytes."""
    CORRUPT = "corrupt"
    """So many bits per million are flipped, at random."""


class Side(StrEnum):
    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Body:
    """`value` is a text for REPLACE, JSON text for MERGE and PATCH, a whole number in decimals for the others."""

    edit: Edit
    value: str
    of: Side = Side.RESPONSE
    kind: Literal["body"] = "body"

    def __post_init__(self) -> None:
        if len(json.dumps(self.value)) > MAX_EDIT_BYTES:
            raise ValueError(f"the body's {self.edit} is longer than {MAX_EDIT_BYTES} bytes")
        match self.edit:
            case Edit.MERGE | Edit.PATCH:
                try:
                    parsed = json.loads(self.value)
                except ValueError as error:
                    raise ValueError(f"the body's {self.edit} is no JSON: {error}") from None
                if self.edit is Edit.PATCH:
                    _check_operations(parsed)
            case Edit.TRUNCATE:
                if not self.value.isdecimal():
                    raise ValueError(f"a body cannot be truncated after {self.value} bytes")
            case Edit.CORRUPT:
                if not self.value.isdecimal() or not 1 <= int(self.value) <= 1_000_000:
                    raise ValueError(f"{self.value} bits per million are not between 1 and 1000000")

    @property
    def number(self) -> int:
        return int(self.value)

    @property
    def whole(self) -> bool:
        """Whether the edit needs all of the body at once, and not one piece after the other."""
        return self.edit in {Edit.REPLACE, Edit.MERGE, Edit.PATCH}

    def __str__(self) -> str:
        return f"body of the {self.of}: {self.edit}"


_OPERATIONS = {
    "add": {"path", "value"},
    "remove": {"path"},
    "replace": {"path", "value"},
    "move": {"path", "from"},
    "copy": {"path", "from"},
    "test": {"path", "value"},
}


def _check_operations(operations: object) -> None:
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_PATCH_OPERATIONS:
        raise ValueError(f"a JSON patch is a list of 1 to {MAX_PATCH_OPERATIONS} operations")
    for each in operations:
        known = _OPERATIONS.get(str(each.get("op"))) if isinstance(each, dict) else None
        if known is None:
            raise ValueError(
                f"{json.dumps(each)} is no operation of a JSON patch; op is one of {', '.join(_OPERATIONS)}"
            )
        if missing := sorted(known - each.keys()):
            raise ValueError(f"the operation {each['op']} of a JSON patch needs {' and '.join(missing)}")
        for pointer in (each[name] for name in ("path", "from") if name in known):
            if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
                raise ValueError(f"{pointer!r} is no JSON pointer: it is empty or begins with '/'")
