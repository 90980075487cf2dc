# SPDX-License-Identifier: Apache-2.0
"""LocalPolicy: what containers may do to each other inside their pod, where no sidecar is in between.

LocalPolicy ── subject (Selector of pods), container (None: every one of them)
            ── restricts (listen, connect: what no LocalPolicy allows there is denied)
            ── rules ── LocalRule ── act, target ── LocalPorts | UnixSocket
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from l7filters.labels import Selector
from l7filters.policy import PolicyKind
from l7filters.ports import PORT_PROTOCOLS, Protocol
from l7filters.source import SourceLocation

LONGEST_NAME = 107
"""Bytes of a unix socket's name (sun_path holds 108, and a path ends with a zero)."""


class Act(StrEnum):
    """What a container does with a port or unix socket of its pod."""

    LISTEN = "listen"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True, order=True)
class LocalPorts:
    """Ports `first` to `last` of TCP, UDP or SCTP, on whatever address of the pod; a rule names 1 to 65535, and never
    SCTP."""

    first: int
    last: int
    protocol: Protocol

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= 65535 or self.protocol not in PORT_PROTOCOLS:
            raise ValueError(f"{self.first}-{self.last}/{self.protocol} are no ports of a pod")

    def covers(self, other: "LocalTarget") -> bool:
        """Whether the other ones are all among these."""
        return (
            isinstance(other, LocalPorts)
            and self.protocol is other.protocol
            and self.first <= other.first
            and other.last <= self.last
        )

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"port {ports}/{self.protocol}"


@dataclass(frozen=True, slots=True, order=True)
class UnixSocket:
    """A unix socket by its name: a path, absolute where a rule names it, or `@` and an abstract name."""

    name: str

    def covers(self, other: "LocalTarget") -> bool:
        return self == other

    @property
    def address(self) -> str:
        """As the kernel has it: an abstract name begins with a zero character."""
        return "\0" + self.name[1:] if self.name.startswith("@") else self.name

    def __str__(self) -> str:
        return f"socket {self.name}"


LocalTarget: TypeAlias = LocalPorts | UnixSocket


def name_problem(name: str) -> str | None:
    """What is wrong with the name of a unix socket."""
    if not name.startswith(("/", "@")) or len(name) < 2:
        return f"'{name}' is neither an absolute path nor @ and an abstract name"
    if "\0" in name:
        return f"{name!r} has a zero character in it"
    if len(name.encode()) > LONGEST_NAME:
        return f"'{name}' has {len(name.encode())} bytes, and a unix socket's name at most {LONGEST_NAME}"
    return None


@dataclass(frozen=True, slots=True)
class LocalRule:
    """One entry of `listen` or `connect`. `id` is `namespace/policy#index`, counted over `listen`, then `connect`."""

    id: str
    location: SourceLocation
    act: Act
    target: LocalTarget

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


@dataclass(frozen=True, slots=True)
class LocalPolicy:
    """One document. `subject` already asks for the policy's namespace."""

    namespace: str
    name: str
    document: SourceLocation
    location: SourceLocation
    subject: Selector
    container: str | None
    restricts: frozenset[Act]
    rules: tuple[LocalRule, ...]

    @property
    def kind(self) -> PolicyKind:
        return PolicyKind.LOCAL_POLICY

    @property
    def enforced(self) -> bool:
        """There is no audit of it: nothing passes a sidecar that could log."""
        return True

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    def binds(self, container: str) -> bool:
        """Whether it speaks of that container of a pod that it selects."""
        return self.container in (None, container)

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.location})"
