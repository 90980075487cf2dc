# SPDX-License-Identifier: Apache-2.0
"""JSON forms of what commands exchange with the control server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag, TypeAdapter

from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault
from l7filters.faults import Fault
from l7filters.name_faults import NameFault
from l7filters.packet_faults import PacketFault
from l7filters.process_faults import ProcessFault
from riftgate.control.documents import Document, DocumentKey, Documents, parse_files


def _kind(fault: Any) -> str | None:
    return fault.get("kind") if isinstance(fault, dict) else type(fault).__name__


_Tagged = Annotated[
    Annotated[Fault, Tag("Fault")]
    | Annotated[PacketFault, Tag("PacketFault")]
    | Annotated[ProcessFault, Tag("ProcessFault")]
    | Annotated[NameFault, Tag("NameFault")]
    | Annotated[ConnectionFault, Tag("ConnectionFault")],
    Discriminator(_kind),
]
_FAULTS: TypeAdapter[tuple[AnyFault, ...]] = TypeAdapter(tuple[_Tagged, ...])


def faults_to_json(faults: tuple[AnyFault, ...]) -> Any:
    dumped = _FAULTS.dump_python(faults, mode="json")
    return [{"kind": _kind(fault), **each} for fault, each in zip(faults, dumped, strict=True)]


def faults_from_json(data: Any) -> tuple[AnyFault, ...]:
    """Raises ValueError (pydantic's ValidationError) on anything that is no tuple of faults."""
    return _FAULTS.validate_python(data)


def documents_to_json(documents: Documents) -> list[dict[str, Any]]:
    """In the order of their keys."""
    return [
        {
            "kind": key.kind,
            "namespace": key.namespace,
            "name": key.name,
            "file": document.file,
            "line": document.location.line,
            "text": document.text,
            "watched": document.watched,
            "audited": document.audited,
            "faults": [fault.id for fault in document.faults],
        }
        for key, document in sorted(documents.items())
    ]


def documents_from_json(data: Iterable[Mapping[str, Any]]) -> Documents:
    """Each from its own text: what one file held then, another version of it may hold now."""
    found: dict[DocumentKey, Document] = {}
    parsed: dict[tuple[str, str], Documents] = {}
    for each in data:
        source = (each["file"], each["text"])
        if source not in parsed:
            parsed[source] = parse_files([source])
        key = DocumentKey(each["kind"], each["namespace"], each["name"])
        found[key] = parsed[source][key]
    return found
