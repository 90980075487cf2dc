# SPDX-License-Identifier: Apache-2.0
"""By whose word the datapath refused a connection: its tables hold verdicts, and no names of rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from l7filters.decide import Connection, Verdict, decide
from l7filters.local_policy import LocalPolicy, LocalPorts, LocalTarget
from l7filters.local_verdicts import LocalUse, decide_local
from l7filters.policy import Policy
from l7filters.ports import Protocol
from l7filters.translate.verdicts import DEFAULT_DENY_PREFIX
from riftgate.control.intent import Intent


def denier(intent: Intent, connection: Connection) -> dict[str, Any] | None:
    """The rule that denies a connection between two addresses, with its `file` and `line`.

    None when no policy denies it, as after a change of policy. Raises ValueError when an address is none.
    """
    policies = intent.policies
    for each in _behind_service(intent, connection):
        verdict = decide(intent.world, policies, each)
        if not verdict.allowed:
            return _named(verdict)
    return None


def local_denier(intent: Intent, use: LocalUse, address: str | None) -> dict[str, Any] | None:
    """The policy that denies what a container does in its pod, as :func:`denier` tells it; ``address`` is what it has
    called, its pod's own or that of a service which leads back to it."""
    if intent.world.workload(use.workload) is None:
        return None
    for target in _meant(intent, use, address):
        verdict = decide_local(intent.world, intent.local_policies, replace(use, target=target))
        if not verdict.allowed:
            return _default(verdict.default_deny)
    return None


def _meant(intent: Intent, use: LocalUse, address: str | None) -> Iterator[LocalTarget]:
    found = False
    for service in intent.world.services if isinstance(use.target, LocalPorts) else ():
        for port in service.ports:
            if address in service.addresses and use.target.covers(LocalPorts(port.port, port.port, Protocol.TCP)):
                found = True
                targets = {target for _, target in intent.world.backends(service, port)}
                yield from (LocalPorts(target, target, Protocol.TCP) for target in sorted(targets))
    if not found:
        yield use.target


def _behind_service(intent: Intent, connection: Connection) -> Iterator[Connection]:
    """A service's address stands for its backends: the datapath refuses it when it refuses all of them."""
    found = False
    for service in intent.world.services:
        for port in service.ports:
            if connection.destination in service.addresses and port.port == connection.port:
                found = True
                for workload, number in intent.world.backends(service, port):
                    yield replace(connection, destination=workload.key, port=number)
    if not found:
        yield connection


def _named(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.rules:
        rule = verdict.rules[0]
        return {"rule": rule.id, "file": rule.location.file, "line": rule.location.line}
    if verdict.default_deny:
        return _default(verdict.default_deny)
    return None


def _default(policies: Iterable[Policy | LocalPolicy]) -> dict[str, Any]:
    policy = min(policies, key=lambda each: each.key)
    name = DEFAULT_DENY_PREFIX + policy.key
    return {"rule": name, "file": policy.location.file, "line": policy.location.line}
