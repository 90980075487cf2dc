# SPDX-License-Identifier: Apache-2.0
"""One workload's sidecar, whole: world, policies and faults in, Envoy's resources out.

listeners ─→ routes ─→ clusters ─→ endpoints
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from google.protobuf.message import Message

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import Listener
from envoy_api.config.route.v3 import RouteConfiguration
from l7filters.asking import Asking, named_servers, server_ports
from l7filters.authorization import AuthorizationServer
from l7filters.faults import Fault, Inject, faults_of
from l7filters.policy import Policy
from l7filters.translate.authorization import asked_servers, authorization_resources
from l7filters.translate.connection_faults import faulted_listener
from l7filters.translate.fault_effects import limits
from l7filters.translate.inbound import (
    FAULTED_ADDRESSES,
    inbound_clusters,
    inbound_listener,
    inbound_routes,
    known_ports,
    on_port,
    other_cluster,
    served_ports,
)
from l7filters.translate.outbound import (
    CALLERS,
    FAULTED_CALL_ADDRESSES,
    outbound_clusters,
    outbound_endpoints,
    outbound_listener,
    outbound_routes,
)
from l7filters.translate.processes import CallersByProcess, PoliciesByProcess
from l7filters.translate.rbac import PortRbac
from l7filters.translate.response_rates import rated_clusters, slows_responses
from l7filters.translate.verdicts import PortVerdicts, VerdictTable
from l7filters.world import EscapedSlashes, Workload, World


@dataclass(frozen=True, slots=True)
class Resources:
    """All that a sidecar is told by xDS (but for the runtime layer); equal input gives equal bytes in equal
    order."""

    listeners: tuple[Listener, ...]
    clusters: tuple[Cluster, ...]
    endpoints: tuple[ClusterLoadAssignment, ...]
    routes: tuple[RouteConfiguration, ...]

    def __iter__(self) -> Iterator[Message]:
        """Clusters, endpoints, listeners, routes."""
        yield from (*self.clusters, *self.endpoints, *self.listeners, *self.routes)


@dataclass(frozen=True)
class Translation:
    """A world and its policies, to be translated for many workloads: what they have in common is made once."""

    world: World
    policies: tuple[Policy, ...]

    @cached_property
    def _enforced(self) -> CallersByProcess:
        return CallersByProcess.of(
            self.world, tuple(policy for policy in self.policies if policy.enforced), self._asking
        )

    @cached_property
    def _audited(self) -> CallersByProcess | None:
        """All policies, if any of them is under audit."""
        under_audit = not all(policy.enforced for policy in self.policies)
        return CallersByProcess.of(self.world, self.policies, self._asking) if under_audit else None

    @cached_property
    def _asking(self) -> Asking:
        return Asking(self.world, self.policies)

    @cached_property
    def _served(self) -> Mapping[str, frozenset[int]]:
        return served_ports(self.world)

    @cached_property
    def _authorization(self) -> Mapping[AuthorizationServer, tuple[Cluster, ClusterLoadAssignment]]:
        return {server: authorization_resources(self.world, server) for server in named_servers(self.policies)}

    @cached_property
    def _server_ports(self) -> frozenset[tuple[str, int]]:
        return server_ports(self.world, named_servers(self.policies))

    @cached_property
    def _rbac(self) -> PortRbac:
        return PortRbac()

    @cached_property
    def _compared(self) -> dict[tuple[VerdictTable, VerdictTable], bool]:
        return {}

    @cached_property
    def _listeners(self) -> dict[tuple[EscapedSlashes, tuple[tuple[int, bool], ...]], tuple[Listener, Listener]]:
        return {}

    @cached_property
    def _outbound(self) -> Resources:
        """The same for every workload without faults of its own: who may call what is decided at the other end."""
        return Resources(
            listeners=tuple(outbound_listener(self.world, (), process) for process in CALLERS),
            clusters=tuple(cluster for process in CALLERS for cluster in outbound_clusters(self.world, (), process)),
            endpoints=tuple(outbound_endpoints(self.world)),
            routes=tuple(route for process in CALLERS for route in outbound_routes(self.world, (), process)),
        )

    @cached_property
    def _faulted_outbound(self) -> Listener:
        return faulted_listener(self._outbound.listeners[0], Inject.CLIENT, FAULTED_CALL_ADDRESSES)

    def _faulted_calls(self, outbound: Resources) -> Listener:
        if outbound.listeners is self._outbound.listeners:
            return self._faulted_outbound
        return faulted_listener(outbound.listeners[0], Inject.CLIENT, FAULTED_CALL_ADDRESSES)

    def _outbound_with(self, faults: Sequence[Fault]) -> Resources:
        if not faults:
            return self._outbound
        outside = any(fault.target.outside is not None for fault in faults)
        own = tuple(outbound_listener(self.world, faults, process) for process in CALLERS) if outside else None
        return replace(
            self._outbound,
            listeners=own or self._outbound.listeners,
            clusters=tuple(each for process in CALLERS for each in outbound_clusters(self.world, faults, process)),
            routes=tuple(each for process in CALLERS for each in outbound_routes(self.world, faults, process)),
        )

    def workload(self, workload: Workload, faults: Iterable[Fault], *, faulted_calls: bool = False) -> Resources:
        """The resources of one workload's sidecar.

        `faults` are those whose routes shall be there, for any workload; whether they are on is the runtime
        layer's business. `faulted_calls`: with the listener for calls whose connections a fault may hit, which is as
        large as all services together.

        Raises ValueError, with the names of those concerned, when too many faults may match one request or two faults
        share an id.
        """
        mine = faults_of(self.world, workload, faults)
        policies, audited = self._around(workload)
        ports = self._ports(workload, audited or policies, mine)
        verdicts = [(port, self._on_port(port, policies, audited)) for port in ports]
        servers = sorted({server for _, each in verdicts for _, server in asked_servers(each)})
        usual, faulted = self._inbound_listeners(workload.escaped_slashes, verdicts)
        outbound = self._outbound_with([fault for fault in mine if fault.inject is Inject.CLIENT])
        routes = (
            *(inbound_routes(self.world, port, each, mine, self._rbac) for port, each in verdicts),
            *outbound.routes,
        )
        return Resources(
            listeners=(
                usual,
                *outbound.listeners,
                faulted,
                *((self._faulted_calls(outbound),) if faulted_calls else ()),
            ),
            clusters=(
                *inbound_clusters(workload, ports, mine),
                other_cluster(),
                *(self._authorization[server][0] for server in servers),
                *outbound.clusters,
                *_rated(workload, ports, mine, outbound, routes),
            ),
            endpoints=(*(self._authorization[server][1] for server in servers), *outbound.endpoints),
            routes=routes,
        )

    def faulted(self, workload: Workload, faults: Iterable[Fault], *, faulted_calls: bool = False) -> Resources:
        """Of what `workload` gives for the same, that which the workload's sidecar has otherwise, or has not, without
        faults and `faulted_calls`. Faults take nothing away."""
        mine = faults_of(self.world, workload, faults)
        policies, audited = self._around(workload)
        ports = self._ports(workload, audited or policies, mine)
        new = set(ports).difference(self._ports(workload, audited or policies, ()))
        # A listener that changes has the chains of all ports.
        told = ports if new else [port for port in ports if on_port(mine, port)]
        verdicts = {port: self._on_port(port, policies, audited) for port in told}
        beside = [port for port in told if port in new or limits(on_port(mine, port))]
        outbound = self._outbound_with([fault for fault in mine if fault.inject is Inject.CLIENT])
        other = outbound if outbound is not self._outbound else None
        servers = sorted({server for port in new for _, server in asked_servers(verdicts[port])})
        routes = (
            *(inbound_routes(self.world, port, each, mine, self._rbac) for port, each in verdicts.items()),
            *(other.routes if other else ()),
        )
        return Resources(
            listeners=(
                *(self._inbound_listeners(workload.escaped_slashes, list(verdicts.items())) if new else ()),
                *(other.listeners if other and other.listeners is not self._outbound.listeners else ()),
                *((self._faulted_calls(outbound),) if faulted_calls else ()),
            ),
            clusters=(
                *inbound_clusters(workload, beside, mine),
                *(self._authorization[server][0] for server in servers),
                *(other.clusters if other else ()),
                *_rated(workload, told, mine, outbound, routes),
            ),
            endpoints=tuple(self._authorization[server][1] for server in servers),
            routes=routes,
        )

    def _around(self, workload: Workload) -> tuple[PoliciesByProcess, PoliciesByProcess | None]:
        """The policies in force, and all of them where some are under audit."""
        return self._enforced.around(workload), self._audited.around(workload) if self._audited else None

    def _ports(self, workload: Workload, judged: PoliciesByProcess, faults: Iterable[Fault]) -> tuple[int, ...]:
        # HTTP rules under audit name ports too: their requests are judged, and so must be seen.
        return known_ports(workload, self._served.get(workload.key, frozenset()), judged.http_ports(), faults)

    def _on_port(self, port: int, policies: PoliciesByProcess, audited: PoliciesByProcess | None) -> PortVerdicts:
        asks_nobody = (policies.main.workload.key, port) in self._server_ports
        enforced = replace(policies.on_port(port), asks_nobody=asks_nobody)
        if audited is None:
            return enforced
        audit = replace(audited.on_port(port), asks_nobody=asks_nobody)
        return enforced if self._same(enforced.table, audit.table) else replace(enforced, audit=audit)

    def _same(self, enforced: VerdictTable, audit: VerdictTable) -> bool:
        if (enforced, audit) not in self._compared:
            self._compared[enforced, audit] = audit.says_the_same_as(enforced)
        return self._compared[enforced, audit]

    def _inbound_listeners(
        self, slashes: EscapedSlashes, verdicts: Sequence[tuple[int, PortVerdicts]]
    ) -> tuple[Listener, Listener]:
        """The usual one and that for faulted connections; the same objects for all workloads whose listeners are the
        same: then they are encoded once."""
        if any(each.audit is not None for _, each in verdicts):
            return self._with_faulted(slashes, verdicts)
        key = (slashes, tuple((port, each.restricts_http) for port, each in verdicts))
        if key not in self._listeners:
            self._listeners[key] = self._with_faulted(slashes, verdicts)
        return self._listeners[key]

    def _with_faulted(
        self, slashes: EscapedSlashes, verdicts: Sequence[tuple[int, PortVerdicts]]
    ) -> tuple[Listener, Listener]:
        usual = inbound_listener(slashes, verdicts, self._rbac)
        return usual, faulted_listener(usual, Inject.SERVER, FAULTED_ADDRESSES)


def _rated(
    workload: Workload,
    ports: Sequence[int],
    faults: Sequence[Fault],
    outbound: Resources,
    routes: Sequence[RouteConfiguration],
) -> list[Cluster]:
    """The clusters over which responses come at a rate, where these routes lead to some."""
    if not slows_responses(faults):
        return []
    return rated_clusters(faults, [*inbound_clusters(workload, ports, faults), *outbound.clusters], routes)


def translate_workload(
    world: World, workload: Workload, policies: Iterable[Policy], faults: Iterable[Fault]
) -> Resources:
    """The resources of one workload's sidecar; for many workloads of one world, make one Translation."""
    return Translation(world, tuple(policies)).workload(workload, faults)
