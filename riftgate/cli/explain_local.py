# SPDX-License-Identifier: Apache-2.0
"""`riftgate policy explain --listen` and `--connect`: what containers may do inside their pod."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from l7filters.local_policy import Act, LocalPolicy, LocalPorts, LocalTarget, UnixSocket, name_problem
from l7filters.local_verdicts import LocalUse, explain_local
from l7filters.ports import Protocol
from l7filters.world import World
from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.client import dump

OTHERS = "(any other)"
"""Stands for the containers that no LocalPolicy names."""


def explain_in_pods(
    args: argparse.Namespace, world: World, policies: Sequence[LocalPolicy], workloads: Sequence[str]
) -> int:
    """One verdict for each pod and container that is meant; exit code 0 when all are allowed, else 1."""
    act = Act.LISTEN if args.listen is not None else Act.CONNECT
    target = _target(args.listen or args.connect or "", Protocol(args.protocol or "TCP"))
    uses = [
        LocalUse(workload, container, act, target)
        for workload in workloads
        for container in ([args.container] if args.container else _containers(world, policies, workload))
    ]
    explanations = [explain_local(world, policies, use) for use in uses]
    if args.json:
        dump([each.to_dict() for each in explanations])
    else:
        print("\n".join(map(str, explanations)))
    return exits.OK if all(each.verdict.allowed for each in explanations) else exits.FAILED


def _containers(world: World, policies: Sequence[LocalPolicy], key: str) -> list[str]:
    workload = world.workload(key)
    if workload is None:
        raise CommandError(f"{key} is no pod: only its containers listen and connect inside it", exits.BAD_INPUT)
    labels = world.effective_labels(workload)
    named = {each.container for each in policies if each.container and each.subject.matches(labels)}
    return [*sorted(named), OTHERS]


def _target(written: str, protocol: Protocol) -> LocalTarget:
    if written.isdecimal() and 1 <= int(written) <= 65535:
        return LocalPorts(int(written), int(written), protocol)
    if written.isdecimal():
        raise CommandError(f"port {written} is not between 1 and 65535", exits.BAD_INPUT)
    if problem := name_problem(written):
        raise CommandError(f"{problem}, nor a port", exits.BAD_INPUT)
    return UnixSocket(written)
