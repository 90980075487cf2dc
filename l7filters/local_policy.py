# SPDX-License-Identifier: Apache-2.0
"""LocalPolicy: what containers may do to each other inside their pod, where no sidecar is in between.

LocalPolicy ── subject (Selector of pods), container (None: every one of them)
            ── restricts (listen, connect: what no LocalPolicy allows there is denied)
            ── rules ── LocalRule ── act, target ── LocalPorts | UnixSocket
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from l7filters.annotations import PREFIX
from l7filters.labels import Selector, in_namespace
from l7filters.policy import PolicyKind, Protocol
from l7filters.schema import Findings, MetadataSchema, Schema, SelectorSchema, invalid, validate
from l7filters.source import InputError, Problem, SourceLocation
from l7filters.yaml_source import Located

API_VERSION = "riftgate.io/v1"
LONGEST_NAME = 107
"""Bytes of a unix socket's name (sun_path holds 108, and a path ends with a zero)."""


class Act(StrEnum):
    """What a container does with a port or unix socket of its pod."""

    LISTEN = "listen"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True, order=True)
class LocalPorts:
    """Ports `first` to `last` of TCP or UDP, on whatever address of the pod; a rule names 1 to 65535."""

    first: int
    last: int
    protocol: Protocol

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= 65535 or self.protocol not in (Protocol.TCP, Protocol.UDP):
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


class TargetSchema(Schema):
    port: int | None = None
    end_port: int | None = None
    protocol: Literal["TCP", "UDP"] | None = None
    socket: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        found = Findings()
        if (self.port is None) == (self.socket is None):
            raise invalid("a rule names a port or a socket", "write one of 'port' and 'socket'")
        if self.socket is not None:
            for field, value in (("endPort", self.end_port), ("protocol", self.protocol)):
                if value is not None:
                    found.add(f"'{field}' beside 'socket'", "remove it", field)
            if problem := name_problem(self.socket):
                found.add(problem, "write the name under which it is bound, as /run/app.sock or @app", "socket")
        if self.port is not None and not 1 <= self.port <= 65535:
            found.add(f"port {self.port} is not between 1 and 65535", "correct it", "port")
        elif self.port is not None and self.end_port is not None and not self.port <= self.end_port <= 65535:
            what = f"endPort {self.end_port} is not between port {self.port} and 65535"
            found.add(what, "correct the range", "endPort")
        found.settle()
        return self

    def target(self) -> LocalTarget:
        if self.socket is not None:
            return UnixSocket(self.socket)
        assert self.port is not None
        return LocalPorts(self.port, self.end_port or self.port, Protocol(self.protocol or "TCP"))


class LocalSpecSchema(Schema):
    pod_selector: SelectorSchema | None = None
    container: str | None = Field(default=None, min_length=1)
    listen: list[TargetSchema] | None = None
    connect: list[TargetSchema] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.listen is None and self.connect is None:
            raise invalid("neither 'listen' nor 'connect'", "write what the container may do; '[]' is nothing at all")
        return self


class LocalMetadataSchema(MetadataSchema):
    @model_validator(mode="after")
    def _no_annotations(self) -> Self:
        found = Findings()
        for name in self.annotations or {}:
            if name.startswith(PREFIX):
                found.add(f"annotation {name} has no effect on a LocalPolicy", "remove it", "annotations", name)
        found.settle()
        return self


class LocalPolicySchema(Schema):
    """A whole document."""

    api_version: Literal["riftgate.io/v1"]
    kind: Literal["LocalPolicy"]
    metadata: LocalMetadataSchema
    spec: LocalSpecSchema
    status: Any = None


def parse_local_policy(document: Located) -> LocalPolicy:
    """Raises InputError with all problems of the document."""
    schema, problems = validate(LocalPolicySchema, document)
    if schema is None:
        raise InputError(problems)
    namespace, name, spec = schema.metadata.namespace or "default", schema.metadata.name, schema.spec
    written = {Act.LISTEN: spec.listen, Act.CONNECT: spec.connect}
    rules: list[LocalRule] = []
    clashes: list[Problem] = []
    for act, entries in written.items():
        seen: dict[LocalTarget, SourceLocation] = {}
        for number, entry in enumerate(entries or ()):
            target, location = entry.target(), document.location("spec", act, number)
            if target in seen:
                what = f"{act} names {target} already at {seen[target]}"
                clashes.append(Problem(location, what, "remove one of them"))
            seen[target] = location
            rules.append(LocalRule(f"{namespace}/{name}#{len(rules)}", location, act, target))
    if clashes:
        raise InputError(clashes)
    selected = (spec.pod_selector or SelectorSchema()).requirements()
    return LocalPolicy(
        namespace=namespace,
        name=name,
        document=document.location(),
        location=document.location("spec"),
        subject=Selector(selected).and_also(in_namespace(namespace)),
        container=spec.container,
        restricts=frozenset(act for act, entries in written.items() if entries is not None),
        rules=tuple(rules),
    )
