# SPDX-License-Identifier: Apache-2.0
"""The way of the datapath's tables from the control server to the agent, and of its answer back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from l7filters.l4 import L4Tables

_TABLES = TypeAdapter(L4Tables)


def tables_to_json(tables: L4Tables) -> Any:
    return _TABLES.dump_python(tables, mode="json")


def tables_from_json(data: Any) -> L4Tables:
    """Raises ValueError (pydantic's ValidationError) on anything else."""
    return _TABLES.validate_python(data)


class TablesRefused(Exception):
    """The agent could not put the tables in force; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The datapath's tables with the number under which the agent confirms them."""

    version: int
    tables: L4Tables


class TablesFeed:
    """Hands the newest tables to the agent and knows which ones it has put in force.

    ``first_version`` must be larger than any that an earlier control server gave out, or an agent that outlived it
    would take new tables for ones that it has: pass the time.
    """

    def __init__(self, first_version: int) -> None:
        self._next = first_version
        self.newest: Tables | None = None
        self.applied = 0
        self.error: str | None = None
        self._changed = asyncio.Condition()

    async def publish(self, tables: L4Tables) -> int:
        """The version to wait for: the one before when nothing changed."""
        async with self._changed:
            if self.newest is None or self.newest.tables != tables:
                self.newest = Tables(self._next, tables)
                self._next += 1
                self.error = None
                self._changed.notify_all()
            return self.newest.version

    async def after(self, version: int) -> Tables:
        """The newest tables, once there are ones other than ``version``."""
        async with self._changed:
            while self.newest is None or self.newest.version == version:
                await self._changed.wait()
            return self.newest

    async def confirm(self, version: int, error: str | None) -> None:
        """What the agent says of a version: in force, or why not."""
        async with self._changed:
            if error is None:
                self.applied = version
            elif self.newest is not None and version == self.newest.version:
                self.error = error
            self._changed.notify_all()

    async def wait_applied(self, version: int, timeout: float) -> None:
        """Raises TablesRefused with the agent's words, and TimeoutError when it says nothing for so long."""

        async def settled() -> None:
            async with self._changed:
                while self.applied < version and self.error is None:
                    await self._changed.wait()

        await asyncio.wait_for(settled(), timeout)
        if self.applied < version:
            raise TablesRefused(self.error)
