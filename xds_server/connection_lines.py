# SPDX-License-Identifier: Apache-2.0
"""What the fault server says of the connections that faults hit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum


class Did(StrEnum):
    """What was done to a connection."""

    HIT = "hit"
    """It came under the fault; all else follows this."""
    RESET = "reset"
    CLOSE = "close"
    BLACKHOLE = "blackhole"
    """Nothing passes from here on."""
    OVERFLOW = "overflow"
    """It was reset, because one end sent so much more than the other was let have."""


@dataclass(frozen=True, slots=True)
class ConnectionHit:
    """`pod` is whose sidecar it was, `local` what was dialled and `remote` from where, each with its port;
    `connection` is Envoy's number of it."""

    fault: str
    pod: str
    local: str
    remote: str
    connection: str
    did: Did

    def to_line(self) -> bytes:
        """JSON: `{"hit": {...}}` once for each fault and connection, `{"did": {...}}` for what follows."""
        who = {"pod": self.pod, "remote": self.remote, "connection": self.connection, "fault": self.fault}
        if self.did is Did.HIT:
            return json.dumps({"hit": who}).encode() + b"\n"
        return json.dumps({"did": who | {"local": self.local, "what": self.did.value}}).encode() + b"\n"
