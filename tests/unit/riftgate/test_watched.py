# SPDX-License-Identifier: Apache-2.0
"""The watched directory: nothing that goes wrong in it lifts a rule, and no file stands in another one's way."""

import asyncio
from pathlib import Path

import pytest

from riftgate.control import watched as watched_module
from riftgate.control.documents import DocumentKey, Documents, parse_files
from riftgate.control.watched import WatchedDirectory, read_listing
from tests.scripted_mesh import WORLD, ScriptedMesh, cnp
from tests.virtual_time import in_virtual_time
from xds_server.files import Entry, Listing, Unreadable

DIRECTORY = Path("/policies")
A, B = DIRECTORY / "a.yaml", DIRECTORY / "b.yaml"


def key(name: str) -> DocumentKey:
    return DocumentKey("CiliumNetworkPolicy", "default", name)


def good(*files: tuple[Path, str]) -> dict[str, Documents]:
    return {str(path): parse_files([(str(path), text)], watched=True) for path, text in files}


def listing(*files: tuple[Path, str], unreadable: tuple[Path, ...] = ()) -> Listing:
    bad = tuple(Unreadable(path, "is odd", "fix it") for path in unreadable)
    return Listing(tuple(Entry(path, text) for path, text in files), bad)


def test_every_document_of_every_file() -> None:
    reading = read_listing(listing((A, cnp("one") + "---\n" + cnp("two")), (B, cnp("three"))), DIRECTORY, {}, {})
    assert set(reading.documents) == {key("one"), key("two"), key("three")}
    assert all(document.watched for document in reading.documents.values())
    assert reading.problems == {}


def test_a_bad_file_keeps_its_last_good_version_and_hides_no_other() -> None:
    known = good((A, cnp("one")))
    reading = read_listing(listing((A, "kind: What\n"), (B, cnp("two"))), DIRECTORY, known, {})
    assert reading.by_file[str(A)] == known[str(A)]
    assert key("two") in reading.documents
    assert list(reading.problems) == [str(A)]
    assert "/policies/a.yaml:1" in reading.problems[str(A)]


def test_an_unreadable_file_keeps_its_last_good_version_and_hides_no_other() -> None:
    known = good((A, cnp("one")))
    reading = read_listing(listing((B, cnp("two")), unreadable=(A,)), DIRECTORY, known, {})
    assert set(reading.documents) == {key("one"), key("two")}
    assert reading.problems == {str(A): "/policies/a.yaml: is odd; fix it"}


def test_a_bad_file_that_never_was_good_is_only_a_problem() -> None:
    reading = read_listing(listing((A, "}{"), (B, cnp("two"))), DIRECTORY, {}, {})
    assert set(reading.documents) == {key("two")}
    assert list(reading.problems) == [str(A)]


def test_a_file_that_is_gone_is_gone() -> None:
    assert read_listing(listing(), DIRECTORY, good((A, cnp("one"))), {}).documents == {}


def test_a_directory_that_cannot_be_listed_lifts_nothing() -> None:
    known = good((A, cnp("one")))
    reading = read_listing(listing(unreadable=(DIRECTORY,)), DIRECTORY, known, {})
    assert reading.by_file == known
    assert list(reading.problems) == [str(DIRECTORY)]


@pytest.mark.parametrize("newcomer", [A, B])
def test_who_has_a_name_keeps_it(newcomer: Path) -> None:
    holder = B if newcomer == A else A
    known = good((holder, cnp("one")))
    reading = read_listing(listing((A, cnp("one", port=1)), (B, cnp("one", port=1))), DIRECTORY, known, {})
    assert set(reading.by_file) == {str(holder)}
    assert f"default/one is in force from {holder}" in reading.problems[str(newcomer)]


def test_a_moved_file_is_no_clash() -> None:
    reading = read_listing(listing((B, cnp("one"))), DIRECTORY, good((A, cnp("one"))), {})
    assert list(reading.by_file) == [str(B)]
    assert reading.problems == {}


def test_what_was_applied_by_hand_is_not_replaced() -> None:
    by_hand = parse_files([("mine.yaml", cnp("one"))])
    reading = read_listing(listing((A, cnp("one", port=1)), (B, cnp("two"))), DIRECTORY, {}, by_hand)
    assert set(reading.documents) == {key("two")}
    assert "in force from mine.yaml" in reading.problems[str(A)]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    found = tmp_path / "policies"
    found.mkdir()
    return found


@in_virtual_time
async def test_a_restarted_server_knows_the_last_good_version(tmp_path: Path, directory: Path) -> None:
    (directory / "a.yaml").write_text(cnp("one"))
    mesh = ScriptedMesh(tmp_path / "documents.json")
    assert await WatchedDirectory(directory, mesh.plane).look()
    (directory / "a.yaml").write_text("now it is broken")
    restarted = ScriptedMesh(tmp_path / "documents.json")
    assert list(restarted.plane.intent.documents) == [key("one")], "in force before anybody has looked"
    watched = WatchedDirectory(directory, restarted.plane)
    assert await watched.look()
    assert list(restarted.plane.intent.documents) == [key("one")]
    assert list(watched.problems) == [str(directory / "a.yaml")]


@in_virtual_time
async def test_a_directory_that_goes_away_lifts_nothing(tmp_path: Path, directory: Path) -> None:
    (directory / "a.yaml").write_text(cnp("one"))
    mesh = ScriptedMesh(tmp_path / "documents.json")
    watched = WatchedDirectory(directory, mesh.plane)
    await watched.look()
    directory.rename(tmp_path / "elsewhere")
    await watched.look()
    assert list(mesh.plane.intent.documents) == [key("one")]
    assert "cannot be listed" in watched.problems[str(directory)]


@in_virtual_time
async def test_what_is_rejected_is_to_be_tried_again(tmp_path: Path, directory: Path) -> None:
    (directory / "a.yaml").write_text(cnp("one"))
    mesh = ScriptedMesh(tmp_path / "documents.json")
    watched = WatchedDirectory(directory, mesh.plane)
    await mesh.plane.set_world(WORLD)
    assert not await watched.look(), "there is no agent"
    assert "the agent did not answer" in watched.problems[str(directory)]
    assert mesh.plane.intent.documents == {}


async def test_a_change_is_seen_when_it_happens(
    tmp_path: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without waiting for the next look, which is an hour away."""
    monkeypatch.setattr(watched_module, "_LOOK_SECONDS", 3_600.0)
    mesh = ScriptedMesh(tmp_path / "documents.json")
    (directory / "a.yaml").write_text(cnp("one"))

    async def in_force(*names: str) -> None:
        while sorted(mesh.plane.intent.documents) != [key(name) for name in names]:
            await looked.wait()
            looked.clear()

    class Telling(WatchedDirectory):
        async def look(self) -> bool:
            in_force = await super().look()
            looked.set()
            return in_force

    looked = asyncio.Event()
    following = asyncio.create_task(Telling(directory, mesh.plane).follow())
    try:
        async with asyncio.timeout(30):
            await in_force("one")
            (directory / "b.yaml").write_text(cnp("two"))
            await in_force("one", "two")
            (directory / "a.yaml").unlink()
            await in_force("two")
            (tmp_path / "c").write_text(cnp("three"))
            (tmp_path / "c").rename(directory / "c.yaml")
            await in_force("three", "two")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
