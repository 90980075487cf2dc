# SPDX-License-Identifier: Apache-2.0
from pathlib import Path, PurePosixPath

import pytest

from l7filters.source import InputError
from riftgate.local.images import Image, ImageTable, parse_images
from riftgate.local.sandbox import FileMount

TABLE = Path("/tables/images.yaml")


def test_a_table() -> None:
    table = parse_images(
        """
images:
  registry:5000/empire/deathstar:
    command: [/usr/bin/python3, /app/deathstar.py]
    args: [--shield]
    env: {PORT: "80"}
    files: {/app: demo, /etc/plans: /srv/plans}
""",
        TABLE,
    )

    assert table.find("registry:5000/empire/deathstar") == Image(
        command=("/usr/bin/python3", "/app/deathstar.py"),
        args=("--shield",),
        env=(("PORT", "80"),),
        files=(
            FileMount(Path("/tables/demo"), PurePosixPath("/app")),
            FileMount(Path("/srv/plans"), PurePosixPath("/etc/plans")),
        ),
    )


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("a/b", "any"),
        ("a/b:1", "one"),
        ("a/b:2", "any"),
        ("a/b@sha256:77", "any"),
        ("a/b:1@sha256:77", "one"),
        ("host:5000/c", "ported"),
        ("host:5000/c:3", "ported"),
        ("host", None),
        ("a/bb", None),
    ],
)
def test_an_entry_without_a_tag_is_for_all_tags(reference: str, found: str | None) -> None:
    images = {"a/b": Image(("any",)), "a/b:1": Image(("one",)), "host:5000/c": Image(("ported",))}

    image = ImageTable(images).find(reference)

    assert (None if image is None else image.command[0]) == found


def test_a_later_table_wins() -> None:
    both = ImageTable({"a": Image(("old",)), "b": Image(("kept",))}) | ImageTable({"a": Image(("new",))})

    assert [image.command for image in (both.find("a"), both.find("b")) if image] == [("new",), ("kept",)]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{command: []}", "2: the command of image 'a' is empty; write it"),
        ("{}", "2: the field 'command' is missing in images.a; add it"),
        ("{command: [x], file: {}}", "2: unknown field 'file' in images.a; did you mean 'files'?"),
        ("{command: [x], files: {app: src}}", "2: 'app' is not a path inside a container"),
        ("{command: [x], files: {/a/../b: src}}", "2: '/a/../b' is not a path inside a container"),
    ],
)
def test_what_is_wrong_is_named(entry: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_images(f"images:\n  a: {entry}\n", TABLE)
    assert str(caught.value).startswith(f"{TABLE}:{problem}")
