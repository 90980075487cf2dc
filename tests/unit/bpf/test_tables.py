# SPDX-License-Identifier: Apache-2.0
"""Generations of the policy tables, over maps that are dictionaries: what packets see at each step."""

from collections.abc import Callable, Iterable

import pytest

from bpf import structs
from bpf.libbpf import BpfError
from bpf.tables import PolicyTables
from l7filters.l4_tables import L4Datagrams, L4Entry, L4Service, L4Tables
from l7filters.local_tables import Granted, LocalRights

TABLES = ("identity_by_address", "verdict_by_pair", "backends_by_service", "backend_by_datagram")
RIGHTS_TABLES = ("right_by_port", "right_by_name")
REMEMBERED = "allowed_by_connection"
NAMES = (*TABLES, *RIGHTS_TABLES)
RIGHTS = {77: LocalRights(listen=Granted(((6, 8080, 16),), ("\0web",)), connect=None)}


def tables(allowed: bool = True, backends: int = 1) -> L4Tables:
    return L4Tables(
        (("0.0.0.0/0", 1), ("10.0.0.1/32", 2)),
        (L4Service("10.96.0.1", 80, 6, tuple((2, port) for port in range(backends))),),
        (L4Entry(1, 2, 6, 0, 0, allowed), L4Entry(2, 1, 6, 0, 0, allowed)),
        (L4Datagrams("10.96.0.1", 53, (("10.0.0.1", 5353), ("10.0.0.2", 5353))),),
    )


class FakeMap(dict[bytes, bytes]):
    """Calls `before_write` ahead of each update."""

    before_write: Callable[[], None] = staticmethod(lambda: None)

    def update(self, key: bytes, value: bytes) -> None:  # type: ignore[override]
        self.before_write()
        self[key] = value

    def lookup(self, key: bytes) -> bytes | None:
        return self.get(key)

    def delete(self, key: bytes) -> bool:
        return self.pop(key, None) is not None

    def all_keys(self) -> list[bytes]:
        return list(self)


@pytest.fixture
def maps() -> dict[str, FakeMap]:
    found = {name: FakeMap() for name in (*NAMES, REMEMBERED, "generation", "rights_in_force")}
    found["generation"][structs.word(0)] = structs.word(0)
    return found


def generations(maps: dict[str, FakeMap], names: Iterable[str] = TABLES) -> set[int]:
    return {structs.read_generation(name, key) for name in names for key in maps[name]}


def unwatched(_senders: bool) -> None:
    """Nobody looks at what is sent over lo."""


def test_nothing_is_in_force_at_first(maps: dict[str, FakeMap]) -> None:
    assert PolicyTables(maps, unwatched).generation == 0  # type: ignore[arg-type]


def test_only_the_generation_in_force_stays(maps: dict[str, FakeMap]) -> None:
    policy = PolicyTables(maps, unwatched)  # type: ignore[arg-type]
    assert policy.replace(tables(), RIGHTS) == 1
    assert policy.replace(tables(False), RIGHTS) == 2
    assert policy.generation == 2
    assert generations(maps) == {2}


def test_what_programs_remember_goes_with_the_generation_that_said_so(maps: dict[str, FakeMap]) -> None:
    policy = PolicyTables(maps, unwatched)  # type: ignore[arg-type]
    for number in (1, 2, 3):
        policy.replace(tables())
        assert generations(maps, (REMEMBERED,)) == set()
        maps[REMEMBERED].update(structs.word(number) + bytes(36), structs.word(1))
    assert generations(maps, (REMEMBERED,)) == {3}


def test_rights_stay_for_one_generation_more(maps: dict[str, FakeMap]) -> None:
    """To a program that runs meanwhile and has read the generation of before, no entry would be every right."""
    policy = PolicyTables(maps, unwatched)  # type: ignore[arg-type]
    for generation in range(1, 4):
        policy.replace(tables(), RIGHTS)
        assert generations(maps, RIGHTS_TABLES) == {generation, generation - 1} - {0}
    policy.replace(tables())
    assert generations(maps, RIGHTS_TABLES) == {3}
    policy.replace(tables())
    assert generations(maps, RIGHTS_TABLES) == set()


def test_the_old_tables_are_whole_until_the_new_ones_are(maps: dict[str, FakeMap]) -> None:
    policy = PolicyTables(maps, unwatched)  # type: ignore[arg-type]
    policy.replace(tables(), RIGHTS)
    old = {(name, key): value for name in NAMES for key, value in maps[name].items()}
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        assert policy.generation == 1
        assert all(maps[name].get(key) == value for (name, key), value in old.items())

    for each in maps.values():
        each.before_write = look
    policy.replace(tables(False), RIGHTS)
    # And `rights_in_force`, which is on before and after.
    assert looks == len(old) + 2


def test_rights_are_looked_for_while_there_are_any(maps: dict[str, FakeMap]) -> None:
    """Before the generation that has them, and until after the last one that has; what is to look is there before."""
    done: list[tuple[str | bool, int]] = []
    policy = PolicyTables(maps, lambda wanted: done.append((wanted, policy.generation)))  # type: ignore[arg-type]
    maps["rights_in_force"].before_write = lambda: done.append(("rights", policy.generation))
    policy.replace(tables(), RIGHTS)
    assert policy.rights_in_force
    policy.replace(tables())
    assert not policy.rights_in_force
    assert done == [(True, 0), ("rights", 0), ("rights", 2), (False, 2)]


def test_rights_that_nothing_looks_for_are_not_put_in_force(maps: dict[str, FakeMap]) -> None:
    def refuse(_senders: bool) -> None:
        raise BpfError(1, "no")

    with pytest.raises(BpfError):
        PolicyTables(maps, refuse).replace(tables(), RIGHTS)  # type: ignore[arg-type]
    assert PolicyTables(maps, unwatched).generation == 0  # type: ignore[arg-type]
    assert generations(maps) == set()


def test_rights_default_to_nothing_where_something_is_granted(maps: dict[str, FakeMap]) -> None:
    PolicyTables(maps, unwatched).replace(tables(), RIGHTS)  # type: ignore[arg-type]
    listen = structs.LocalAct.LISTEN
    assert maps["right_by_port"] == {
        structs.right_key(1, 77, listen, 6, 0, 0): structs.word(0),
        structs.right_key(1, 77, listen, 17, 0, 0): structs.word(0),
        structs.right_key(1, 77, listen, 132, 0, 0): structs.word(0),
        structs.right_key(1, 77, listen, 0, 0, 0): structs.word(0),
        structs.right_key(1, 77, listen, 6, 8080, 16): structs.word(1),
    }
    assert maps["right_by_name"] == {structs.name_key(1, 77, listen, b"\0web"): structs.word(1)}


def test_a_write_that_fails_leaves_the_old_ones_alone(maps: dict[str, FakeMap]) -> None:
    policy = PolicyTables(maps, unwatched)  # type: ignore[arg-type]
    policy.replace(tables())
    before = {name: dict(each) for name, each in maps.items()}
    with pytest.raises(ValueError, match="17 kinds of backends"):
        policy.replace(tables(False, backends=17))
    assert {name: dict(each) for name, each in maps.items()} == before


def test_what_a_killed_writer_left_never_comes_into_force(maps: dict[str, FakeMap]) -> None:
    policy = PolicyTables(maps, unwatched)  # type: ignore[arg-type]
    policy.replace(tables(False))
    leftover = structs.verdict_key(2, 1, 2, 6, 80, 16)
    maps["verdict_by_pair"][leftover] = structs.word(1)
    assert policy.replace(tables(False)) == 2
    assert leftover not in maps["verdict_by_pair"]


def test_generations_wrap_around_zero(maps: dict[str, FakeMap]) -> None:
    maps["generation"][structs.word(0)] = structs.word(0xFFFFFFFF)
    assert PolicyTables(maps, unwatched).replace(tables()) == 1  # type: ignore[arg-type]
