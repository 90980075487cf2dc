# SPDX-License-Identifier: Apache-2.0
"""What the programs and user space share, as in ``src/shared.h``: packed by functions from values to bytes."""

from __future__ import annotations

import ipaddress
import struct
import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum

OUTBOUND_PORT = 15001
"""TCP port of the sidecar's outbound listener, on 127.0.0.1 and ::1 of its pod."""
OUTBOUND_EXEC_PORT = 15002
"""As OUTBOUND_PORT, for exec sessions."""
OUTBOUND_FAULTED_PORT = 15003
"""As OUTBOUND_PORT, for connections that a fault at the caller's side may hit."""
EXEC_PRIORITY = 5
"""SO_PRIORITY of the sidecar's sockets that speak for an exec session: BPF binds them to the pod's exec address."""
INBOUND_PORT = 15006
"""TCP port of the sidecar's inbound listener, on the wildcard addresses of its pod."""
INBOUND_FAULTED_PORT = 15007
"""As INBOUND_PORT, for connections that a fault of connections may hit."""
SERVICE_BACKENDS = 16
"""Most distinct (identity, port) pairs behind one service address."""
RESOLVER = ("169.254.20.10", "fd72:6966:7467:3::a")
"""Addresses of the resolver in the node's network namespace (``RESOLVER_IPV4``, ``RESOLVER_IPV6``)."""
NAMES_OF_ADDRESS = 14
"""Most names of toFQDNs rules that one address counts for."""
MAX_PODS = 4096
"""Slots: the most pods of one host."""
SCRATCH_SLOT = MAX_PODS - 1
"""Of no pod: the self-test's."""
EVERYBODY = 0xFFFFFFFF
"""As the source of connections that a fault may hit: whoever connects."""
PACKET_FAULTS = 64
"""Packet faults that may be on at once; one in both directions counts twice."""
PACKET_QUANTILES = 4096
"""Of the distribution of a delay."""
MAX_PACKET_DELAY = 2_000_000
"""Microseconds for which the faults that are on may hold a packet, together."""

_WORD = struct.Struct("=I")
_ROLE = struct.Struct("=II")
_IDENTITY_KEY = struct.Struct("=II16s")
_VERDICT_KEY = struct.Struct("=IIIIBx2s")
_SERVICE_KEY = struct.Struct("=16sI2sBx")
_BACKEND = struct.Struct("=I2sxx")
_DATAGRAM_KEY = struct.Struct("=16sI2sH")
_DATAGRAM_BACKEND = struct.Struct("=16s2sH")
_NAMES = struct.Struct(f"=QI{NAMES_OF_ADDRESS}I4x")
_DROP_KEY = struct.Struct("=II")
_SLOT_PAIR = struct.Struct("=II")
_PACKET_FAULT = struct.Struct("=QQIIIIII2sBB??xx")
_PACKET_COUNTS = struct.Struct("=QQQQ")
_FAULTED_KEY = struct.Struct("=II2sxx")
_FAULTED_CALL_KEY = struct.Struct("=II2sxx16s")
_PAIR_KEY = struct.Struct("=16s16sI2s2s")
_RIGHT_KEY = struct.Struct("=IIQBB2s")
_NAME_KEY = struct.Struct("=IQHH112s")
ANY_CONTAINER = 1 << 63
"""With a slot below it: a container of that pod that is not known (``ANY_CONTAINER``)."""
UNIX_PATH = 108
"""Most bytes of a unix socket's name."""


class Role(IntEnum):
    """What a container's sockets are; unknown means app (``enum role``)."""

    APP = 0
    SIDECAR = 1


class PairVerdict(IntEnum):
    """What may pass between two identities (``enum pair_verdict``)."""

    DENIED = 0
    ALLOWED = 1
    ASKING = 2
    REFUSED = 3


class DropReason(IntEnum):
    """Why a packet or call was refused (``enum drop_reason``)."""

    POLICY = 0
    NOT_SIDECAR = 1
    PROTOCOL = 2
    ADDRESS = 3
    SOCKET = 4
    SIDECAR_PORT = 5
    APP_SOCKET = 6
    NO_LISTENER = 7
    NO_ROOM = 8
    DNS = 9
    OUTSIDE = 10
    LOCAL_LISTEN = 11
    LOCAL_CONNECT = 12

    @property
    def text(self) -> str:
        """The reason as ``riftgate status`` names it."""
        return self.name.lower().replace("_", "-")


class LocalAct(IntEnum):
    """What a LocalPolicy speaks of (``enum local_act``)."""

    LISTEN = 0
    CONNECT = 1


class PacketEffect(IntEnum):
    """What becomes of a packet that is hit (``enum packet_effect``)."""

    LOSS = 0
    DUPLICATION = 1
    CORRUPTION = 2
    DELAY = 3


def address(text: str) -> bytes:
    """``struct address``: 16 bytes in network order, IPv4 as ``::ffff:a.b.c.d``."""
    return _mapped(ipaddress.ip_address(text))


def _mapped(parsed: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    return b"\0" * 10 + b"\xff\xff" + parsed.packed if parsed.version == 4 else parsed.packed


def _port(number: int) -> bytes:
    return number.to_bytes(2, "big")


def word(number: int) -> bytes:
    """A ``__u32`` in host order: slots, interface indexes, identities, the generation."""
    return _WORD.pack(number)


def read_word(value: bytes) -> int:
    return int(_WORD.unpack(value)[0])


def cgroup_id(number: int) -> bytes:
    """A ``__u64`` in host order: the inode of a cgroup's directory."""
    return struct.pack("=Q", number)


def cgroup_role(slot: int, role: Role) -> bytes:
    """``struct cgroup_role``."""
    return _ROLE.pack(slot, role)


def pod(
    ipv4: str, ipv6: str, exec_ipv4: str | None = None, exec_ipv6: str | None = None, *, accelerated: bool = False
) -> bytes:
    """``struct pod``; without addresses of their own, exec sessions speak from the pod's."""
    addresses = (ipv4, ipv6, exec_ipv4 or ipv4, exec_ipv6 or ipv6)
    return b"".join(map(address, addresses)) + word(accelerated)


def link(slot: int, ifindex: int, *, called: bool) -> bytes:
    """``struct link``; ``called``: its address is one that others may call."""
    return word(slot) + word(ifindex) + word(called)


def pair_key(slot: int, local: tuple[str, int], remote: tuple[str, int]) -> bytes:
    """``struct pair_key`` of (address, port) pairs."""
    return _PAIR_KEY.pack(address(local[0]), address(remote[0]), slot, _port(local[1]), _port(remote[1]))


def identity_key(generation: int, cidr: str) -> bytes:
    """``struct identity_key``: the generation's 32 bits and the network's, IPv4 networks 96 bits further in."""
    network = ipaddress.ip_network(cidr)
    bits = network.prefixlen + (96 if network.version == 4 else 0)
    return _IDENTITY_KEY.pack(32 + bits, generation, _mapped(network.network_address))


def verdict_key(generation: int, source: int, destination: int, protocol: int, port: int, prefix: int) -> bytes:
    """``struct verdict_key``: ``prefix`` leading bits of the port count (0: every port); protocol 0 is every one."""
    return _VERDICT_KEY.pack(112 + prefix if protocol else 96, generation, source, destination, protocol, _port(port))


def pair_verdict(allowed: bool, asking: bool, refused: bool) -> int:
    """``enum pair_verdict``: denied by default or by a deny rule, allowed, or a question of the sidecar's own alone."""
    if allowed:
        return PairVerdict.ALLOWED
    return PairVerdict.REFUSED if refused else PairVerdict.ASKING if asking else PairVerdict.DENIED


def service_key(generation: int, virtual_address: str, port: int, protocol: int) -> bytes:
    """``struct service_key``."""
    return _SERVICE_KEY.pack(address(virtual_address), generation, _port(port), protocol)


def service(backends: Sequence[tuple[int, int]]) -> bytes:
    """``struct service`` of (identity, port) pairs. Raises ValueError past :data:`SERVICE_BACKENDS`."""
    if len(backends) > SERVICE_BACKENDS:
        raise ValueError(f"{len(backends)} kinds of backends behind one service address, at most {SERVICE_BACKENDS}")
    packed = b"".join(_BACKEND.pack(identity, _port(port)) for identity, port in backends)
    return word(len(backends)) + packed.ljust(SERVICE_BACKENDS * _BACKEND.size, b"\0")


def slot_pair(source: int, destination: int) -> bytes:
    """``struct slot_pair``; 0 where that end is no pod of this host."""
    return _SLOT_PAIR.pack(source, destination)


def read_slot_pair(key: bytes) -> tuple[int, int]:
    """``struct slot_pair`` as (source, destination)."""
    source, destination = _SLOT_PAIR.unpack(key)
    return source, destination


def faulted_key(source: int, destination: int, port: int) -> bytes:
    """``struct faulted_key``: connections from one slot (or EVERYBODY) to a port (0: any) of another's pod."""
    return _FAULTED_KEY.pack(source, destination, _port(port))


def faulted_call_key(slot: int, cidr: str, port: int) -> bytes:
    """``struct faulted_call_key``: calls of a pod to a port (0: any) of a network."""
    network = ipaddress.ip_network(cidr)
    bits = network.prefixlen + (96 if network.version == 4 else 0)
    return _FAULTED_CALL_KEY.pack(64 + bits, slot, _port(port), _mapped(network.network_address))


def read_faulted_caller(key: bytes) -> int:
    """The slot of ``struct faulted_call_key``."""
    return read_word(key[4:8])


def read_faulted_slots(key: bytes) -> tuple[int, int]:
    """Of ``struct faulted_key``: (source, destination)."""
    source, destination, _ = _FAULTED_KEY.unpack(key)
    return source, destination


def moment(nanoseconds: int) -> bytes:
    """A ``__u64`` in host order: ns of CLOCK_MONOTONIC."""
    return struct.pack("=Q", nanoseconds)


def packet_fault(
    expires: int,
    parts_per_million: int,
    effect: PacketEffect,
    protocol: int,
    port: int,
    *,
    from_target: bool,
    counts: int,
    seed: int | None = None,
    every: int = 0,
    per_second: int = 0,
    first: int = 0,
    scattered: bool = False,
) -> bytes:
    """``struct packet_fault``; ``expires`` in ns of CLOCK_MONOTONIC, protocol, port and conditions 0 for none."""
    conditions = (every, per_second, first, counts)
    whose = (_port(port), protocol, from_target, seed is not None, scattered)
    return _PACKET_FAULT.pack(expires, seed or 0, parts_per_million, effect, *conditions, *whose)


def packet_counts() -> bytes:
    """``struct packet_counts`` of a fault that has met nothing yet."""
    return _PACKET_COUNTS.pack(0, 0, 0, 0)


def read_hit_packets(value: bytes) -> int:
    """How many packets were hit, from ``struct packet_counts``."""
    return int(_PACKET_COUNTS.unpack(value)[2])


def packet_delays(microseconds: Sequence[int]) -> bytes:
    """``struct packet_delays``: :data:`PACKET_QUANTILES` of them."""
    return struct.pack(f"={PACKET_QUANTILES}I", *microseconds)


def bit_mask(bits: Iterable[int]) -> bytes:
    """A ``__u64`` in host order with these bits set."""
    return struct.pack("=Q", sum(1 << bit for bit in bits))


def datagram_key(generation: int, virtual_address: str, port: int, number: int) -> bytes:
    """``struct datagram_key``: the backend of that number, from 0, of a service's UDP port."""
    return _DATAGRAM_KEY.pack(address(virtual_address), generation, _port(port), number)


def datagram_backend(backend: str, port: int, count: int) -> bytes:
    """``struct datagram_backend``: one of ``count`` backends."""
    return _DATAGRAM_BACKEND.pack(address(backend), _port(port), count)


def names(expires: int, identities: Sequence[int]) -> bytes:
    """``struct names``. ``expires`` is CLOCK_MONOTONIC in nanoseconds; at most :data:`NAMES_OF_ADDRESS` identities."""
    return _NAMES.pack(expires, len(identities), *identities, *[0] * (NAMES_OF_ADDRESS - len(identities)))


def read_names_expiry(value: bytes) -> int:
    """From when on ``struct names`` is void, in nanoseconds of CLOCK_MONOTONIC."""
    return int.from_bytes(value[:8], sys.byteorder)


def right_key(generation: int, container: int, act: LocalAct, protocol: int, port: int, prefix: int) -> bytes:
    """``struct right_key``: ``prefix`` leading bits of the port count (0: what is to happen by default)."""
    return _RIGHT_KEY.pack(112 + prefix, generation, container, act, protocol, _port(port))


def name_key(generation: int, container: int, act: LocalAct, name: bytes) -> bytes:
    """``struct name_key``; an abstract name begins with a zero byte."""
    return _NAME_KEY.pack(generation, container, act, len(name), name)


def read_drop_key(key: bytes) -> tuple[int, DropReason]:
    """``struct drop_key`` as (slot, reason)."""
    slot, reason = _DROP_KEY.unpack(key)
    return slot, DropReason(reason)


def read_generation(table: str, key: bytes) -> int:
    """The generation that an entry of one of the policy tables belongs to."""
    offset = {"backends_by_service": 16, "backend_by_datagram": 16, "right_by_name": 0, "allowed_by_connection": 0}.get(
        table, 4
    )
    return read_word(key[offset : offset + 4])
