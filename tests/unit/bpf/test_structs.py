# SPDX-License-Identifier: Apache-2.0
"""What user space writes into maps is what the C programs read: by their own header."""

import re
import struct
from pathlib import Path

import pytest

from bpf import structs
from bpf.events import EVENTS_PER_SECOND, EventKind, read_event
from bpf.structs import DropReason, LocalAct, Role
from l7filters.translate.clusters import EXEC_PRIORITY
from l7filters.translate.inbound import FAULTED_PORT
from l7filters.translate.outbound import EXEC_PORT, FAULTED_CALL_PORT

HEADER = "".join((Path(structs.__file__).parent / "src" / name).read_text() for name in ("shared.h", "shared_faults.h"))
MAPS = (Path(structs.__file__).parent / "src" / "maps.h").read_text()
SIZES = {name: int(size) for name, size in re.findall(r"_Static_assert\(sizeof\(struct (\w+)\) == (\d+),", HEADER)}


def constants(name: str) -> dict[str, int]:
    """The members of an enum of the header."""
    body = re.search(rf"enum {name} {{(.*?)}};", HEADER, re.DOTALL)
    assert body is not None
    return {key: int(value) for key, value in re.findall(r"(\w+) = (\d+)", body[1])}


def defined(name: str, text: str = HEADER) -> int:
    found = re.search(rf"#define {name} (\d+)", text)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(
    ("struct", "packed"),
    [
        ("cgroup_role", structs.cgroup_role(1, Role.SIDECAR)),
        ("pod", structs.pod("10.0.0.1", "fd00::1", "10.1.0.1", "fd01::1")),
        ("faulted_call_key", structs.faulted_call_key(1, "10.0.0.0/8", 80)),
        ("faulted_key", structs.faulted_key(1, 2, 80)),
        ("pair_key", structs.pair_key(1, ("127.0.0.1", 40000), ("127.0.0.1", 15001))),
        ("identity_key", structs.identity_key(1, "10.0.0.0/8")),
        ("verdict_key", structs.verdict_key(1, 2, 3, 6, 80, 16)),
        ("service_key", structs.service_key(1, "10.96.0.1", 80, 6)),
        ("service", structs.service([(1, 80)])),
        ("datagram_key", structs.datagram_key(1, "10.96.0.1", 53, 2)),
        ("datagram_backend", structs.datagram_backend("10.0.0.1", 53, 3)),
        ("names", structs.names(1, [2, 3])),
        ("right_key", structs.right_key(1, 2, LocalAct.CONNECT, 6, 80, 16)),
        ("name_key", structs.name_key(1, 2, LocalAct.LISTEN, b"/run/app.sock")),
    ],
)
def test_sizes(struct: str, packed: bytes) -> None:
    assert len(packed) == SIZES[struct]


def test_constants() -> None:
    assert constants("local_act") == {f"ACT_{act.name}": act.value for act in LocalAct}
    assert constants("role") == {f"ROLE_{role.name}": role.value for role in Role}
    reasons = constants("drop_reason")
    assert reasons.pop("DROP_REASONS") == len(DropReason)
    assert reasons == {f"DROP_{reason.name}": reason.value for reason in DropReason}
    assert constants("event_kind") == {f"EVENT_{kind.name}": kind.value for kind in EventKind}
    assert defined("EVENTS_PER_SECOND") == EVENTS_PER_SECOND
    assert defined("OUTBOUND_PORT") == structs.OUTBOUND_PORT
    assert defined("INBOUND_PORT") == structs.INBOUND_PORT
    assert defined("INBOUND_FAULTED_PORT") == structs.INBOUND_FAULTED_PORT == FAULTED_PORT
    assert defined("OUTBOUND_FAULTED_PORT") == structs.OUTBOUND_FAULTED_PORT == FAULTED_CALL_PORT
    assert defined("OUTBOUND_EXEC_PORT") == structs.OUTBOUND_EXEC_PORT == EXEC_PORT
    assert defined("EXEC_PRIORITY") == structs.EXEC_PRIORITY == EXEC_PRIORITY
    assert defined("SERVICE_BACKENDS") == structs.SERVICE_BACKENDS
    assert defined("NAMES_OF_ADDRESS") == structs.NAMES_OF_ADDRESS
    assert defined("MAX_PODS", MAPS) == structs.MAX_PODS


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("10.1.2.3", b"\0" * 10 + b"\xff\xff\x0a\x01\x02\x03"),
        ("::ffff:10.1.2.3", b"\0" * 10 + b"\xff\xff\x0a\x01\x02\x03"),
        ("fd00::1", b"\xfd" + b"\0" * 14 + b"\x01"),
        ("::", b"\0" * 16),
    ],
)
def test_addresses(text: str, packed: bytes) -> None:
    assert structs.address(text) == packed


@pytest.mark.parametrize(
    ("cidr", "bits"),
    [("0.0.0.0/0", 32 + 96), ("10.0.0.0/8", 32 + 104), ("10.0.0.1/32", 160), ("::/0", 32), ("fd00::/64", 96)],
)
def test_prefixes_of_identities(cidr: str, bits: int) -> None:
    assert structs.read_word(structs.identity_key(7, cidr)[:4]) == bits


def test_no_ipv4_network_holds_an_ipv6_address() -> None:
    """0.0.0.0/0 is the 96 bits of v4-mapped, not every address."""
    assert structs.identity_key(7, "0.0.0.0/0")[8:20] == b"\0" * 10 + b"\xff\xff"


@pytest.mark.parametrize(("prefix", "bits"), [(0, 112), (1, 113), (16, 128)])
def test_prefixes_of_ports(prefix: int, bits: int) -> None:
    key = structs.verdict_key(1, 2, 3, 6, 0x1234, prefix)
    assert structs.read_word(key[:4]) == bits
    assert key[-2:] == b"\x12\x34", "in network order, so that leading bits come first"


def test_backends() -> None:
    packed = structs.service([(1, 80), (258, 8080)])
    assert structs.read_word(packed[:4]) == 2
    assert packed[4:20] == bytes.fromhex("01000000 0050 0000 02010000 1f90 0000".replace(" ", ""))
    assert packed[20:] == b"\0" * (len(packed) - 20)
    assert structs.service([]) == b"\0" * len(packed)


def test_too_many_backends() -> None:
    assert structs.service([(1, port) for port in range(structs.SERVICE_BACKENDS)])
    with pytest.raises(ValueError, match="17 kinds of backends behind one service address, at most 16"):
        structs.service([(1, port) for port in range(structs.SERVICE_BACKENDS + 1)])


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("identity_by_address", structs.identity_key(9, "10.0.0.0/8")),
        ("verdict_by_pair", structs.verdict_key(9, 2, 3, 6, 80, 16)),
        ("backends_by_service", structs.service_key(9, "10.96.0.1", 80, 6)),
    ],
)
def test_each_table_has_its_generation_where_the_sweep_looks(table: str, key: bytes) -> None:
    assert structs.read_generation(table, key) == 9


def test_drop_keys() -> None:
    key = structs.word(3) + structs.word(DropReason.NOT_SIDECAR)
    assert structs.read_drop_key(key) == (3, DropReason.NOT_SIDECAR)
    assert DropReason.NOT_SIDECAR.text == "not-sidecar"


def test_an_event_is_read() -> None:
    record = struct.pack(
        "=QQII16s16s16sIII2s2sB7x",
        2_500_000_000,
        77,
        4711,
        1,
        b"curl",
        structs.address("10.0.0.2"),
        structs.address("fd00::1"),
        3,
        EventKind.REFUSED,
        DropReason.POLICY,
        (40000).to_bytes(2, "big"),
        (80).to_bytes(2, "big"),
        6,
    )
    assert len(record) == SIZES["event"]
    event = read_event(record, boot=1000.0)
    assert (event.time, event.slot, event.kind, event.reason) == (1002.5, 3, EventKind.REFUSED, DropReason.POLICY)
    assert (event.pid, event.comm, event.cgroup, event.session, event.protocol) == (4711, "curl", 77, True, 6)
    assert (event.source, event.source_port, event.destination, event.port) == ("10.0.0.2", 40000, "fd00::1", 80)
    assert event.name is None
    for written, shown in ((b"/run/app.sock", "/run/app.sock"), (b"\0app", "@app")):
        named = record + struct.pack("=I112s4x", len(written), written)
        assert len(named) == SIZES["named_event"]
        assert read_event(named, boot=1000.0).name == shown
    nothing = read_event(bytes(len(record)), boot=0.0)
    assert (nothing.source, nothing.destination, nothing.comm, nothing.pid) == (None, None, "", 0)
