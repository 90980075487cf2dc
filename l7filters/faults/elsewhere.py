# SPDX-License-Identifier: Apache-2.0
"""Requests that reach another service, instead of the app or beside it.

They leave from the target's pod: the policy of the other service judges them as that pod's.
"""

from dataclasses import dataclass
from typing import Literal


def _check(service: str, port: int) -> None:
    namespace, slash, name = service.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise ValueError(f"{service!r} is not namespace/name of a service")
    if not 1 <= port <= 65535:
        raise ValueError(f"port {port} is not between 1 and 65535")


@dataclass(frozen=True, slots=True)
class Redirect:
    """The request goes to this port of another service of the mesh, and its answer to the caller."""

    service: str
    port: int
    kind: Literal["redirect"] = "redirect"

    def __post_init__(self) -> None:
        _check(self.service, self.port)

    def __str__(self) -> str:
        return f"redirected to {self.service}:{self.port}"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A copy of the request goes to this port of another service of the mesh; nobody waits for its answer."""

    service: str
    port: int
    kind: Literal["mirror"] = "mirror"

    def __post_init__(self) -> None:
        _check(self.service, self.port)

    def __str__(self) -> str:
        return f"mirrored to {self.service}:{self.port}"
