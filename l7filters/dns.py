# SPDX-License-Identifier: Apache-2.0
"""What the resolver must know of the policies: which names each workload may ask for, where a rule restricts it."""

from collections.abc import Iterable
from dataclasses import dataclass

from l7filters.peers import FqdnPattern
from l7filters.policy import Action, DnsRules, Rule
from l7filters.ports import Protocol
from l7filters.resolve import ports_match
from l7filters.world import Workload

DNS_PORT = 53
DNS_PROTOCOLS = (Protocol.UDP, Protocol.TCP)


@dataclass(frozen=True, slots=True)
class AskedNames:
    """The names that `addresses` (of workloads) may ask for over `protocol`. Without one of these: any."""

    addresses: tuple[str, ...]
    protocol: Protocol
    names: tuple[FqdnPattern, ...]


def names_to_ask(rules: Iterable[Rule], resolver: Workload, protocol: Protocol) -> tuple[FqdnPattern, ...] | None:
    """What egress rules about the resolver, where egress is denied by default, leave of the names; None: all of them.

    Says what `decide()` says of a Query. What L3/L4 denies does not get that far.
    """
    fitting = [
        rule for rule in rules if rule.action is Action.ALLOW and ports_match(rule, resolver, DNS_PORT, protocol)
    ]
    restricting = [rule.l7 for rule in fitting if isinstance(rule.l7, DnsRules)]
    if not fitting or len(restricting) < len(fitting):
        return None
    return tuple(dict.fromkeys(name for each in restricting for name in each.names))
