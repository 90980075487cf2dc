# SPDX-License-Identifier: Apache-2.0
"""How much one client may ask this server to keep for it. Beyond that its stream ends with
RESOURCE_EXHAUSTED.

Well above what a sidecar needs: a client that gets here has gone wrong, and must not take the others with it.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

_log = logging.getLogger(__name__)

# Bytes of one discovery request. Envoy's first, which lists its 493 extensions, has 58 KB; one that names 10,000
# resources of 100 bytes each, with their versions, 1.4 MB.
MAX_REQUEST_BYTES = 2 * 1024 * 1024

# Bytes of any message, of all services. The call of a larger one ends before it is here.
MAX_MESSAGE_BYTES = 4 * MAX_REQUEST_BYTES

# Calls at a time on one connection, of all services. A sidecar has an ADS stream, two access logs, and as
# many authorization checks as requests are waiting for one: at 1 ms each that is a thousand for a million a
# second.
MAX_CALLS_PER_CONNECTION = 10_000

# Characters kept of why a client refused something. It tells so for each bad resource in a few hundred.
MAX_REFUSAL_LENGTH = 16_384


@dataclass(frozen=True, slots=True)
class Limits:
    """Of ADS streams, and of what one of them may subscribe to."""

    streams_per_peer: int = 8_192
    """Twice as many sidecars as one server is meant for, should all be balanced by one proxy: a stream that
    broke may count until its connection is found dead, while its client is back already. An idle stream takes
    25 KiB."""
    streams_per_node: int = 64
    """A node has one, and two while it hot-restarts; one whose network flaps leaves a dead one behind per
    attempt, for the 40 s that finding out takes at most."""
    types_per_stream: int = 32
    """Envoy has a dozen."""
    names_per_type: int = 10_000
    """A sidecar names as many as it has clusters: tens, or hundreds."""
    name_length: int = 1_024
    """Characters. Kubernetes allows 253 for a name, and ours hold a namespace, a name and a port."""


class Gate:
    """Lets in so many at a time under one name. Says in the log when it begins to refuse, and not for
    each."""

    def __init__(self, what: str, most: int) -> None:
        self._what = what
        self._most = most
        self._inside: Counter[str] = Counter()
        self._refusing: set[str] = set()

    def enter(self, name: str) -> str | None:
        """None if there is room, and why not otherwise. Whoever gets in must `leave`."""
        if self._inside[name] < self._most:
            self._inside[name] += 1
            return None
        reason = f"{self._what} {name or 'without an address'} has {self._most} streams open, and may have no more"
        if name not in self._refusing:
            self._refusing.add(name)
            _log.warning("%s; refusing others until one ends", reason)
        return reason

    def leave(self, name: str) -> None:
        self._refusing.discard(name)
        self._inside[name] -= 1
        if not self._inside[name]:
            del self._inside[name]

    @property
    def inside(self) -> int:
        return self._inside.total()


def host_of(peer: str) -> str:
    """Of gRPC's name for a peer, `ipv4:10.0.0.1:4711`, what all its connections share. On a Unix socket all
    share it."""
    kind, _, address = peer.partition(":")
    return peer if kind == "unix" else f"{kind}:{address.rpartition(':')[0]}"
