# SPDX-License-Identifier: Apache-2.0
"""The plan that is carried out, kept for the agent's successor: what it was made from, and the addresses given.

Not the plan itself: a later version may plan more than this one knows of, from the same manifests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from l7filters.source import InputError
from riftgate.local.errors import LocalError
from riftgate.local.plan import Allocation, Plan


@dataclass(frozen=True, slots=True)
class PlanSource:
    """The texts that a plan follows from."""

    files: tuple[tuple[str, str], ...]
    """Text and name of each manifest."""
    images: tuple[str, str] | None = None
    """Text and name of the image table."""

    @classmethod
    def from_request(cls, body: Mapping[str, Any]) -> PlanSource:
        """Of what `up` sends: {files: [{file, text}], images?: {file, text}}."""
        images = body.get("images")
        return cls(
            tuple((each["text"], each["file"]) for each in body["files"]),
            (images["text"], images["file"]) if images else None,
        )


def save(path: Path, source: PlanSource, allocation: Allocation) -> None:
    """Replaces what is there as a whole, or not at all. Manifests may hold secrets: for root alone."""
    content = {"files": source.files, "images": source.images, "allocation": allocation.to_dict()}
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content))
    fresh.replace(path)


def load(path: Path, plan: Callable[[PlanSource, Allocation], Plan]) -> Plan | None:
    """The plan whose pods may be there, made anew by `plan`, which may raise InputError; None when there was none.

    Raises LocalError when it cannot be read.
    """
    try:
        content = json.loads(path.read_text())
        files = tuple((text, file) for text, file in content["files"])
        images = (content["images"][0], content["images"][1]) if content["images"] else None
        return plan(PlanSource(files, images), Allocation.from_dict(content["allocation"]))
    except FileNotFoundError:
        return None
    except (InputError, ValueError, KeyError, TypeError) as error:
        raise LocalError(
            f"what the pods of this mesh run cannot be read from {path}: {error}; they go on. To start anew: "
            "riftgate down, then up"
        ) from error
