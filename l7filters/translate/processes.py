# SPDX-License-Identifier: Apache-2.0
"""The verdicts on a port's callers where policy tells exec sessions from the containers' own processes.

Exec sessions call from addresses of their own, so one table by address holds both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from l7filters.asking import Asking
from l7filters.peers import Network
from l7filters.policy import Policy, Process
from l7filters.resolve import PolicyIndex, of_process
from l7filters.translate.verdicts import (
    Callers,
    PortVerdicts,
    Verdict,
    VerdictTable,
    WorkloadPolicies,
    verdict_identity,
)
from l7filters.world import Workload, World


@dataclass(frozen=True)
class CallersByProcess:
    """The callers' policies, once for the containers' own processes and once for exec sessions.

    `sessions` is `main` where no policy tells the two apart.
    """

    main: Callers
    sessions: Callers
    _joined: dict[tuple[VerdictTable, VerdictTable], VerdictTable] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, policies: tuple[Policy, ...], asking: Asking) -> "CallersByProcess":
        main, sessions = of_process(policies, Process.MAIN), of_process(policies, Process.EXEC)
        callers = Callers(PolicyIndex(world, main), asking)
        return cls(callers, callers if main == sessions else Callers(PolicyIndex(world, sessions), asking))

    def around(self, workload: Workload) -> "PoliciesByProcess":
        main = WorkloadPolicies(self.main.index, workload, self.main)
        apart = self.sessions is not self.main
        sessions = WorkloadPolicies(self.sessions.index, workload, self.sessions) if apart else main
        return PoliciesByProcess(self, main, sessions)

    def join(self, main: VerdictTable, sessions: VerdictTable) -> VerdictTable:
        """One object for the same two: workloads of one kind share it."""
        if (main, sessions) not in self._joined:
            self._joined[main, sessions] = with_exec_sessions(self.main.index.world, main, sessions)
        return self._joined[main, sessions]


@dataclass(frozen=True, slots=True)
class PoliciesByProcess:
    """The policies around one workload."""

    callers: CallersByProcess
    main: WorkloadPolicies
    sessions: WorkloadPolicies

    def http_ports(self) -> tuple[int, ...]:
        return tuple(sorted({*self.main.http_ports(), *self.sessions.http_ports()}))

    def on_port(self, port: int) -> PortVerdicts:
        main = self.main.on_port(port)
        sessions = main if self.sessions is self.main else self.sessions.on_port(port)
        own = (*main.own, *map(ip_network, self.main.workload.exec_addresses))
        return replace(main, table=self.callers.join(main.table, sessions.table), own=own)


def with_exec_sessions(world: World, main: VerdictTable, sessions: VerdictTable) -> VerdictTable:
    """`sessions` says what exec sessions may do, by the addresses of their pods; `main` what everybody else may."""
    known = {verdict_identity(each): each for each in (main.default, *(verdict for verdict, _ in main.groups))}
    by_prefix = dict(main.by_prefix)
    around, of_sessions = _Lookup(main), _Lookup(sessions)
    for own, address in _speakers(world, main, sessions):
        verdict = of_sessions.find(own)
        verdict = known.setdefault(verdict_identity(verdict), verdict)
        if verdict is not around.find(address):
            by_prefix[address] = verdict
    return VerdictTable(by_prefix, main.default)


def _speakers(world: World, main: VerdictTable, sessions: VerdictTable) -> Iterator[tuple[Network, Network]]:
    """The workloads' own addresses with those of their exec sessions, as far as a verdict other than the default may
    concern them: looking at all callers for each table would take time with the product of the two."""
    wide = any(prefix.prefixlen < prefix.max_prefixlen for prefix in (*main.by_prefix, *sessions.by_prefix))
    if wide or main.default != sessions.default:
        for workload in world.workloads:
            for own, address in zip(workload.addresses, workload.exec_addresses, strict=False):
                yield ip_network(own), ip_network(address)
        return
    for prefix in sessions.by_prefix:
        holder = world.workload_by_address(str(prefix.network_address))
        if holder is not None and holder.exec_addresses:
            position = holder.addresses.index(str(prefix.network_address))
            yield prefix, ip_network(holder.exec_addresses[position])


class _Lookup:
    def __init__(self, table: VerdictTable) -> None:
        self._table = table
        wide = (prefix for prefix in table.by_prefix if prefix.prefixlen < prefix.max_prefixlen)
        self._wide = sorted(wide, key=lambda prefix: prefix.prefixlen, reverse=True)

    def find(self, address: Network) -> Verdict:
        """The verdict on one address."""
        if address in self._table.by_prefix:
            return self._table.by_prefix[address]
        around = (prefix for prefix in self._wide if address.network_address in prefix)
        prefix = next(around, None)
        return self._table.default if prefix is None else self._table.by_prefix[prefix]
