# SPDX-License-Identifier: Apache-2.0
"""A directory as a source: one bad entry hides no other, and no change is missed."""

import os

import pytest

from xds_server.files import MAX_SIZE, DirectorySource


@pytest.fixture
def source(tmp_path):
    return DirectorySource(tmp_path)


def texts(listing):
    return {entry.path.name: entry.text for entry in listing.entries}


def problems(listing):
    return {each.path.name: each.what for each in listing.unreadable}


def test_yaml_and_nothing_else_in_order(tmp_path, source):
    for name in ("b.yaml", "a.yml", ".hidden.yaml", "c.txt", "d.yaml~"):
        (tmp_path / name).write_text(name)
    assert texts(source.read()) == {"a.yml": "a.yml", "b.yaml": "b.yaml"}
    assert [entry.path.name for entry in source.read().entries] == ["a.yml", "b.yaml"]


def test_what_cannot_be_read_is_told_and_hides_nothing(tmp_path, source):
    (tmp_path / "good.yaml").write_text("good")
    (tmp_path / "binary.yaml").write_bytes(b"ab\xff")
    (tmp_path / "directory.yaml").mkdir()
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.yaml")
    with (tmp_path / "huge.yaml").open("wb") as huge:
        huge.truncate(MAX_SIZE + 1)
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    listing = source.read()
    assert texts(listing) == {"good.yaml": "good"}
    assert problems(listing) == {
        "binary.yaml": "is not UTF-8 text (byte 2)",
        "dangling.yaml": "points at nothing",
        "directory.yaml": "is not a file",
        "huge.yaml": f"has {MAX_SIZE + 1} bytes, more than {MAX_SIZE}",
        "loop.yaml": "too many levels of symbolic links",
        "pipe.yaml": "is not a file",
    }


def test_a_directory_that_is_not_there(tmp_path):
    source = DirectorySource(tmp_path / "later")
    (problem,) = source.read().unreadable
    assert str(problem).startswith(f"{tmp_path}/later: cannot be listed: no such file or directory; ")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.yaml").write_text("a")
    assert texts(source.read()) == {"a.yaml": "a"}


def test_a_change_within_one_tick_of_the_clock_is_seen(tmp_path, source):
    """Same size, same inode, same time stamp: only the content tells."""
    path = tmp_path / "a.yaml"
    path.write_text("one")
    before = path.stat()
    assert texts(source.read()) == {"a.yaml": "one"}
    path.write_text("two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert texts(source.read()) == {"a.yaml": "two"}


def test_a_config_map_that_is_swapped(tmp_path, source):
    """Kubernetes mounts one as links through a directory that it replaces."""
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    assert texts(source.read()) == {"a.yaml": "one"}
    (tmp_path / "..new").symlink_to("two")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert texts(source.read()) == {"a.yaml": "two"}
