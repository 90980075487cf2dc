# SPDX-License-Identifier: Apache-2.0
"""The pods that are compared: a server behind nobody, behind Toxiproxy, and behind Riftgate's sidecar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.datapath.configurations import SERVER_PORT, Way
from bench.datapath.lab import NAMESPACE, Lab, PodSpec
from bench.datapath.measure import Route
from bench.faults import toxiproxy
from bench.faults.servers import FaultServers
from bench.faults.toxiproxy import Toxic
from l7filters.connection_effects import ConnectionEffects, Stream
from l7filters.connection_faults import ConnectionFault
from l7filters.faults import Effect, Fault, FaultTarget, HttpMatch, Which
from l7filters.labels import Selector
from l7filters.source import SourceLocation

CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Behind:
    """A server and what stands before it. `toxiproxy`: Toxiproxy, with a toxic or without; `sidecar`: Riftgate's."""

    pod: str
    name: str
    """For people."""
    sidecar: PodSpec | None = None
    toxiproxy: bool = False
    toxic: Toxic | None = None


def plain(pod: str, name: str) -> Behind:
    return Behind(pod, name)


def toxic(pod: str, name: str, kind: str | None = None, **attributes: int) -> Behind:
    return Behind(pod, name, toxiproxy=True, toxic=None if kind is None else Toxic(kind, attributes))


def sidecar(pod: str, name: str, *faults: Fault, on: bool = True, servers: Sequence[Path] = ()) -> Behind:
    """The faults are for this pod."""
    spec = PodSpec(pod, Way.RIFTGATE, serves=True, faults=faults, faults_on=on, fault_servers=tuple(servers))
    return Behind(pod, name, sidecar=spec)


def connections(pod: str, name: str, does: ConnectionEffects, servers: Sequence[Path]) -> Behind:
    """A fault of connections to the server in this pod, of what comes from it, as Toxiproxy's toxics here."""
    target = FaultTarget(NAMESPACE, Selector.of({"app": pod}), SERVER_PORT)
    one = ConnectionFault("bench", pod, SourceLocation("bench", 1), target, does, stream=Stream.DOWNSTREAM)
    spec = PodSpec(pod, Way.RIFTGATE, serves=True, fault_servers=tuple(servers), connections=(one,))
    return Behind(pod, name, sidecar=spec)


def fault(pod: str, name: str, *effects: Effect, match: HttpMatch | None = None, which: Which | None = None) -> Fault:
    """On requests to the server in this pod."""
    target = FaultTarget(NAMESPACE, Selector.of({"app": pod}), SERVER_PORT)
    return Fault("bench", name, SourceLocation("bench", 1), target, effects, match=match or HttpMatch(), which=which)


@contextmanager
def running(
    ways: Sequence[Behind], program: Path | None, servers: FaultServers | None = None
) -> Iterator[tuple[Lab, dict[str, Route]]]:
    """All of them at once, and the route to each by its pod. `program` is Toxiproxy, where it is among them; `servers`
    are told of faults of connections."""
    pods = [PodSpec(CLIENT), *(each.sidecar or PodSpec(each.pod, serves=True) for each in ways)]
    with ExitStack() as stack:
        lab = stack.enter_context(Lab(pods))
        if servers is not None:
            servers.tell(lab.connection_rules())
        for each in ways:
            if each.toxiproxy:
                assert program is not None
                toxiproxy.start(lab, each.pod, program, each.toxic)
        yield lab, {each.pod: _route(lab, each) for each in ways}


def _route(lab: Lab, way: Behind) -> Route:
    port = toxiproxy.PORT if way.toxiproxy else SERVER_PORT
    return Route(None, way.name, (CLIENT, way.pod), f"{lab.address(way.pod)}:{port}")
