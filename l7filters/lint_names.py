# SPDX-License-Identifier: Apache-2.0
"""Warnings about names: rules that allow addresses which nobody can ever learn."""

from collections.abc import Iterator, Sequence

from l7filters.decide import Connection, Query, decide
from l7filters.dns import DNS_PORT, DNS_PROTOCOLS
from l7filters.peers import FqdnPattern, FqdnPeer
from l7filters.policy import Policy
from l7filters.source import Problem
from l7filters.world import Workload, World


def names_never_learned(world: World, policies: Sequence[Policy]) -> Iterator[Problem]:
    """toFQDNs rules of pods that may not ask for the names: addresses are learned from the answers alone."""
    for policy in policies:
        for rule in policy.rules:
            for peer in rule.peers or ():
                if not isinstance(peer, FqdnPeer):
                    continue
                deaf = [each for each in world.select(policy.subject) if not _may_ask(world, policies, each, peer.name)]
                if deaf:
                    what = f"rule {rule.id} allows {peer.name}, for which {deaf[0].key} may not ask DNS"
                    todo = "allow it port 53 of the pods with k8s-app: kube-dns in kube-system, by dns rules or without"
                    yield Problem(rule.location, what, todo)


def _may_ask(world: World, policies: Sequence[Policy], workload: Workload, name: FqdnPattern) -> bool:
    if world.resolver is None:
        return True
    for protocol in DNS_PROTOCOLS:
        connection = Connection(workload.key, world.resolver.key, DNS_PORT, protocol)
        # Of a pattern, no name is known that would have to be allowed.
        subject = connection if name.wildcards else Query(connection, name.pattern)
        if decide(world, policies, subject).allowed:
            return True
    return False
