# SPDX-License-Identifier: Apache-2.0
"""JSON form of the datapath's tables; of the wire's forms the one that the agent, which is small, needs."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from l7filters.l4_tables import L4Tables

_TABLES = TypeAdapter(L4Tables)


def tables_to_json(tables: L4Tables) -> Any:
    return _TABLES.dump_python(tables, mode="json")


def tables_from_json(data: Any) -> L4Tables:
    """Raises ValueError (pydantic's ValidationError) on anything else."""
    return _TABLES.validate_python(data)
