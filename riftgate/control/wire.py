# SPDX-License-Identifier: Apache-2.0
"""JSON forms of what commands and the agent exchange with the control server."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from l7filters.faults import Fault
from l7filters.l4 import L4Tables

_FAULTS = TypeAdapter(tuple[Fault, ...])
_TABLES = TypeAdapter(L4Tables)


def faults_to_json(faults: tuple[Fault, ...]) -> Any:
    return _FAULTS.dump_python(faults, mode="json")


def faults_from_json(data: Any) -> tuple[Fault, ...]:
    """Raises ValueError (pydantic's ValidationError) on anything that is no tuple of faults."""
    return _FAULTS.validate_python(data)


def tables_to_json(tables: L4Tables) -> Any:
    return _TABLES.dump_python(tables, mode="json")


def tables_from_json(data: Any) -> L4Tables:
    """Raises ValueError (pydantic's ValidationError) on anything else."""
    return _TABLES.validate_python(data)
