# SPDX-License-Identifier: Apache-2.0
"""The image table: what a container runs whose manifest leaves that to its image. Images are never pulled.

images:
  docker.io/cilium/starwars:          # with a tag it is for that tag alone, without one for all
    command: [/usr/bin/python3, /app/deathstar.py]     # the image's entry point
    args: []                                           # its arguments, unless the manifest gives some
    env: {PYTHONUNBUFFERED: "1"}
    files: {/app: .}                  # path inside: folder or file of this machine, relative to this
    table
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from l7filters.schema import Schema, invalid, validate
from l7filters.source import InputError, Problem
from l7filters.yaml_source import load_documents
from riftgate.local.sandbox import FileMount


@dataclass(frozen=True, slots=True)
class Image:
    """What stands for an image."""

    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    files: tuple[FileMount, ...] = ()


class ImageTable:
    """Images by the reference that a manifest writes."""

    def __init__(self, images: dict[str, Image] | None = None) -> None:
        self._images = dict(images or {})

    def find(self, reference: str) -> Image | None:
        """The image of exactly this reference, else of the same one without digest and tag."""
        without_digest = reference.partition("@")[0]
        name, colon, tag = without_digest.rpartition(":")
        # A colon before a slash belongs to the registry's port.
        untagged = name if colon and "/" not in tag else without_digest
        for candidate in (reference, without_digest, untagged):
            if candidate in self._images:
                return self._images[candidate]
        return None

    def __or__(self, other: "ImageTable") -> "ImageTable":
        """Both tables; where both have an entry, the other's."""
        return ImageTable({**self._images, **other._images})


def _absolute(path: str) -> str:
    if not path.startswith("/") or ".." in PurePosixPath(path).parts or path == "/":
        raise invalid(f"'{path}' is not a path inside a container", "begin it with '/', and leave out '..'")
    return path


class _ImageFields(Schema):
    command: list[str]
    args: list[str] | None = None
    env: dict[str, str] | None = None
    files: dict[Annotated[str, AfterValidator(_absolute)], str] | None = None


class _TableFields(Schema):
    images: dict[str, _ImageFields]


def parse_images(text: str, file: Path) -> ImageTable:
    """Reads a table; folders in it are relative to the folder of `file`. Raises InputError."""
    documents, found = load_documents(text, str(file))
    problems = list(found)
    images: dict[str, Image] = {}
    for document in documents:
        table, invalid_fields = validate(_TableFields, document)
        problems.extend(invalid_fields)
        if table is None:
            continue
        for reference, fields in table.images.items():
            if not fields.command:
                where = document.location("images", reference, "command")
                problems.append(Problem(where, f"the command of image '{reference}' is empty", "write it"))
            images[reference] = Image(
                tuple(fields.command),
                tuple(fields.args or ()),
                tuple((fields.env or {}).items()),
                tuple(
                    FileMount((file.parent / folder).absolute(), PurePosixPath(path))
                    for path, folder in sorted((fields.files or {}).items())
                ),
            )
    if problems:
        raise InputError(problems)
    return ImageTable(images)
