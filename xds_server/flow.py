# SPDX-License-Identifier: Apache-2.0
"""One request, or one TCP connection, as a sidecar's access log tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from l7filters.translate.fault_regions import faults_of_route

TCP = "TCP"
"""The protocol of a record of a whole connection."""
DELAY_INJECTED = "DI"
FAULT_INJECTED = "FI"
REFUSED_BY_EXT_AUTHZ = "UAEX"
DENIED_DETAILS = "rbac_access_denied"
"""How Envoy's response code details begin when RBAC refused the request."""
EXT_AUTHZ_VERDICT = "verdict"
EXT_AUTHZ_RULE = "rule"
"""Keys of the dynamic metadata that an answer of ext_authz leaves; the verdict is one of the following."""
ALLOWED = "allowed"
DENIED = "denied"


class Kind(StrEnum):
    """What this hop did to the request, as far as its log alone can say.

    A scenario's report goes further: it knows the faults' effects and the other requests of the same trace.
    """

    INJECTED = "injected"
    """It took the route of a fault or a connection that a fault has hit, or Envoy's fault filter flagged it."""
    GENUINE = "genuine"
    DENIED = "denied"
    """Policy refused it; whatever fault its route belongs to did not happen, because policy runs first."""


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An IP address with its port, or the path of a Unix socket with port 0."""

    address: str
    port: int = 0

    def __str__(self) -> str:
        if not self.port:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What RBAC or ext_authz decided, by which rule; without a rule it was the engine's own default.

    A rule behind a prefix of filter_order.py (`ext_authz/`, `ext_authz-open/`; `ext_authz-server/`,
    `ext_authz-server-open/` for a server of the users' own) has let it pass to be judged, and there was no answer.
    """

    allowed: bool
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """`time` is the start in seconds of the Unix epoch; sizes are those of bodies, in bytes."""

    time: float
    node: str
    log: str
    """The log's name: `inbound` or `outbound`."""
    protocol: str
    """`HTTP/1.0`, `HTTP/1.1`, `HTTP/2`, `HTTP/3`, or `TCP`."""
    source: SocketAddress | None = None
    """The peer of the connection (not what x-forwarded-for claims)."""
    destination: SocketAddress | None = None
    """What the peer had connected to."""
    upstream: SocketAddress | None = None
    upstream_cluster: str = ""
    method: str = ""
    """Empty where the log does not carry it: TCP, and methods that Envoy's log format has no value for."""
    path: str = ""
    """With the query, as the filters saw it."""
    host: str = ""
    status: int = 0
    """0 when no response was sent."""
    grpc_status: int | None = None
    flags: tuple[str, ...] = ()
    """Envoy's short names of response flags, in alphabetical order."""
    details: str = ""
    """Response code details, or why the connection was terminated."""
    route: str = ""
    enforced: RuleVerdict | None = None
    shadow: RuleVerdict | None = None
    request_id: str = ""
    trace_id: str | None = None
    """Of `traceparent`."""
    duration_ms: float = 0.0
    bytes_received: int = 0
    bytes_sent: int = 0
    effects: tuple[str, ...] = ()
    """What the fault server did: `<fault id>:<kind of effect>`, in alphabetical order."""
    connection: str = ""
    """Envoy's number of the connection, unique in one life of one sidecar; empty where no fault of connections hits."""
    connection_faults: tuple[str, ...] = ()
    """Ids of the faults that have hit the connection, be it that of a request."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Ids of the faults that the request was drawn for, by its route's name; then those of its connection."""
        return (*faults_of_route(self.route), *self.connection_faults)

    @property
    def denied(self) -> bool:
        by_rule = self.enforced is not None and not self.enforced.allowed
        return by_rule or REFUSED_BY_EXT_AUTHZ in self.flags or self.details.startswith(DENIED_DETAILS)

    @property
    def would_be_denied_by(self) -> str | None:
        """The rule under audit that would deny it were it in force."""
        return self.shadow.rule if self.shadow is not None and not self.shadow.allowed and not self.denied else None

    @property
    def kind(self) -> Kind:
        if self.denied:
            return Kind.DENIED
        if self.faults or DELAY_INJECTED in self.flags or FAULT_INJECTED in self.flags:
            return Kind.INJECTED
        return Kind.GENUINE

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the fields, and what follows from them for readers that are not us."""
        mapping = asdict(self)
        mapping["flags"] = list(self.flags)
        for name in ("effects", "connection_faults"):
            mapping[name] = list(mapping[name])
        return mapping | {
            "faults": list(self.faults),
            "kind": self.kind.value,
            "would_be_denied_by": self.would_be_denied_by,
        }

    @staticmethod
    def from_dict(mapping: Mapping[str, Any]) -> FlowRecord:
        """The inverse of `to_dict`; KeyError or TypeError if it is not one's result."""
        values = {field.name: mapping[field.name] for field in fields(FlowRecord)}
        for name in ("source", "destination", "upstream"):
            values[name] = SocketAddress(**values[name]) if values[name] is not None else None
        for name in ("enforced", "shadow"):
            values[name] = RuleVerdict(**values[name]) if values[name] is not None else None
        values["flags"] = tuple(values["flags"])
        for name in ("effects", "connection_faults"):
            values[name] = tuple(values[name])
        return FlowRecord(**values)
