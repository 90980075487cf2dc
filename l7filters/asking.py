# SPDX-License-Identifier: Apache-2.0
"""Who asks which authorization server, and what of it cannot be done."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from l7filters.authorization import AuthorizationServer
from l7filters.policy import Direction, Policy, Rule
from l7filters.ports import PortRange, Protocol
from l7filters.resolve import PolicyIndex, resolve_ports, rules_on_port
from l7filters.source import Problem
from l7filters.world import Workload, World


def named_servers(policies: Iterable[Policy]) -> frozenset[AuthorizationServer]:
    """All that any rule names."""
    return frozenset(rule.server for policy in policies for rule in policy.rules if rule.server is not None)


def server_ports(world: World, servers: Iterable[AuthorizationServer]) -> frozenset[tuple[str, int]]:
    """Workloads, by key, and their ports that answer for these."""
    return frozenset((backend.key, port) for server in servers for backend, port in server.backends(world))


@dataclass(frozen=True)
class Asking:
    """Which workloads' sidecars ask which others, by policies in force and under audit alike."""

    world: World
    policies: tuple[Policy, ...]

    @cached_property
    def questions(self) -> Mapping[str, frozenset[AuthorizationServer]]:
        """Whom each workload's sidecar asks, by the workload's key."""
        found: dict[str, frozenset[AuthorizationServer]] = {}
        for policy in self.policies:
            if servers := named_servers([policy]):
                for workload in self.world.select(policy.subject):
                    found[workload.key] = found.get(workload.key, frozenset()) | servers
        return found

    @cached_property
    def answers(self) -> Mapping[str, frozenset[tuple[AuthorizationServer, int]]]:
        """For which servers each workload answers, and on which ports."""
        found: dict[str, frozenset[tuple[AuthorizationServer, int]]] = {}
        for server in named_servers(self.policies):
            for workload, port in server.backends(self.world):
                found[workload.key] = found.get(workload.key, frozenset()) | {(server, port)}
        return found

    def ports(self, source: Workload, destination: Workload) -> frozenset[int]:
        """The ports of the destination that the source's sidecar asks."""
        servers = self.questions.get(source.key, frozenset())
        return frozenset(port for server, port in self.answers.get(destination.key, ()) if server in servers)


def asking_problems(world: World, policies: Iterable[Policy]) -> tuple[Problem, ...]:
    """Where the sidecar would refuse requests rather than ask about them: it asks one server about one port, and none
    about an authorization server's own."""
    chosen = tuple(policies)
    servers = named_servers(chosen)
    if not servers:
        return ()
    index = PolicyIndex(world, chosen)
    answering = server_ports(world, servers)
    return tuple(sorted({each for workload in world.workloads for each in _at(index, workload, answering)}))


def _at(index: PolicyIndex, workload: Workload, answering: frozenset[tuple[str, int]]) -> Iterator[Problem]:
    groups = index.view(workload, Direction.INGRESS).peers
    asking = dict.fromkeys(rule for group in groups for rule in group.rules if rule.server is not None)
    for port in sorted({port for rule in asking for port in _ports(rule, workload)}):
        fitting = rules_on_port(asking, workload, port, Protocol.TCP).allow
        for rule in fitting:
            if (workload.key, port) in answering:
                what = f"rule {rule.id} has port {port} of {workload.key} ask, which is an authorization server itself"
                yield Problem(rule.location, what, "leave that port out: its questions could go round for ever")
            elif rule.server != fitting[0].server:
                what = (
                    f"rule {rule.id} asks {rule.server} about port {port} of {workload.key}, "
                    f"and {fitting[0]} asks {fitting[0].server}"
                )
                yield Problem(rule.location, what, "name one server, with one timeout, for one port")


def _ports(rule: Rule, workload: Workload) -> Iterator[int]:
    for port in resolve_ports(rule, workload) or ():
        if isinstance(port, PortRange):
            yield from range(port.first, port.last + 1)
