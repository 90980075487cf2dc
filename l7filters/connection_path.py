# SPDX-License-Identifier: Apache-2.0
"""Which connections go through the listener for faulted ones: what the datapath has to know of a connection fault."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultedPath:
    """Connections to a port of one workload. Of those, a fault may hit some."""

    target: str
    """The workload's key."""
    port: int
    """0: every one."""
    sources: frozenset[str] | None
    """Keys of the workloads that connect; None: everybody, also from outside of the mesh."""
