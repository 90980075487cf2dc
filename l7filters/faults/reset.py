# SPDX-License-Identifier: Apache-2.0
"""Answers that never come, or break off."""

from dataclasses import dataclass
from typing import Literal

MAX_RESET_BYTES = 2**40


@dataclass(frozen=True, slots=True)
class Reset:
    """The stream ends without an answer, or after so many bytes of the response's body.

    HTTP/1.1: the connection is closed. HTTP/2: RST_STREAM; the connection and its other streams live on. `after_bytes`
    None: the app never sees the request. A body that is not longer than `after_bytes` arrives whole.
    """

    after_bytes: int | None = None
    kind: Literal["reset"] = "reset"

    def __post_init__(self) -> None:
        if self.after_bytes is not None and not 0 <= self.after_bytes <= MAX_RESET_BYTES:
            raise ValueError(f"a reset after {self.after_bytes} bytes is not between 0 and {MAX_RESET_BYTES}")

    def __str__(self) -> str:
        return "reset" if self.after_bytes is None else f"reset after {self.after_bytes} bytes"
