# SPDX-License-Identifier: Apache-2.0
"""Slow responses, and responses with another status."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """The app's response is sent no faster than this; 1 kbyte is 1,024 bytes."""

    kbytes_per_second: int
    kind: Literal["rate"] = "rate"

    def __post_init__(self) -> None:
        if not 1 <= self.kbytes_per_second <= 0xFFFFFFFF:
            raise ValueError(f"a rate of {self.kbytes_per_second} kbytes/s is not at least 1")

    def __str__(self) -> str:
        return f"response at {self.kbytes_per_second} kbytes/s"


@dataclass(frozen=True, slots=True)
class RewriteStatus:
    """The request reaches the app; its response keeps headers and body and gets this status.

    The reason phrase is the standard one: Envoy writes no other, and HTTP/2 has none.
    """

    status: int
    kind: Literal["rewrite-status"] = "rewrite-status"

    def __post_init__(self) -> None:
        if not 200 <= self.status <= 599:
            raise ValueError(f"HTTP status {self.status} is not between 200 and 599")

    def __str__(self) -> str:
        return f"status rewritten to {self.status}"
