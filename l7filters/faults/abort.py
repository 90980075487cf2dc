# SPDX-License-Identifier: Apache-2.0
"""An answer from the sidecar instead of the app."""

from dataclasses import dataclass
from typing import Literal

from l7filters.faults.headers import Header, check_header


@dataclass(frozen=True, slots=True)
class Abort:
    """The request is answered by the sidecar and never reaches the app: with an HTTP or a gRPC status, not
    both.

    A gRPC abort hits gRPC requests alone: on plain HTTP it would be an answer 200. `body` (for gRPC: the
    message) None is Envoy's own text. `headers` come with the answer.
    """

    http_status: int | None = None
    grpc_status: int | None = None
    body: str | None = None
    headers: tuple[Header, ...] = ()
    kind: Literal["abort"] = "abort"

    def __post_init__(self) -> None:
        if (self.http_status is None) == (self.grpc_status is None):
            raise ValueError("an abort has either an HTTP status or a gRPC status")
        if self.http_status is not None and not 200 <= self.http_status <= 599:
            raise ValueError(f"HTTP status {self.http_status} is not between 200 and 599")
        if self.grpc_status is not None and not 1 <= self.grpc_status <= 16:
            raise ValueError(f"gRPC status {self.grpc_status} is not between 1 and 16")
        for name, value in self.headers:
            check_header(name, value)

    def __str__(self) -> str:
        if self.grpc_status is not None:
            return f"abort with gRPC status {self.grpc_status}"
        return f"abort with {self.http_status}"
