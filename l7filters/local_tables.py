# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies as tables for a datapath that knows pods by their names, and containers by theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from l7filters.local_policy import Act, LocalPolicy, LocalPorts, UnixSocket
from l7filters.port_prefixes import prefixes
from l7filters.ports import Protocol
from l7filters.world import World

_NUMBERS = {Protocol.TCP: 6, Protocol.UDP: 17}


@dataclass(frozen=True, slots=True)
class Granted:
    """All that is allowed: ports as (IPPROTO, port, leading bits of it that count), and names of unix sockets as the
    kernel has them."""

    ports: tuple[tuple[int, int, int], ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalRights:
    """What a container may do inside its pod; None: everything."""

    listen: Granted | None = None
    connect: Granted | None = None


@dataclass(frozen=True, slots=True)
class PodRights:
    """The rights in one workload: of containers that a policy names, of all `others`, and of `anybody`, which is what
    every one of them may."""

    workload: str
    containers: tuple[tuple[str, LocalRights], ...]
    others: LocalRights
    anybody: LocalRights

    def of(self, container: str) -> LocalRights:
        return dict(self.containers).get(container, self.others)


def compile_local(world: World, policies: Iterable[LocalPolicy]) -> tuple[PodRights, ...]:
    """The rights in every workload that some LocalPolicy selects, in the world's order."""
    chosen = tuple(policies)
    found = []
    for workload in world.workloads if chosen else ():
        labels = world.effective_labels(workload)
        selecting = [policy for policy in chosen if policy.subject.matches(labels)]
        if not selecting:
            continue
        names = sorted({policy.container for policy in selecting if policy.container is not None})
        allowed = {name: _allowed([each for each in selecting if each.binds(name)]) for name in names}
        others = _allowed([each for each in selecting if each.container is None])
        found.append(
            PodRights(
                workload.key,
                tuple((name, _rights(each)) for name, each in allowed.items()),
                _rights(others),
                _rights({act: _common([each[act] for each in (*allowed.values(), others)]) for act in Act}),
            )
        )
    return tuple(found)


_Spans = tuple[tuple[int, int], ...]
"""Of ports: (first, end), ascending; none touches another."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    ports: Mapping[Protocol, _Spans]
    names: frozenset[str]


def _allowed(policies: Iterable[LocalPolicy]) -> Mapping[Act, _Allowed | None]:
    """By act, what these policies allow together; None where none of them restricts."""
    chosen = tuple(policies)
    found: dict[Act, _Allowed | None] = {}
    for act in Act:
        restricting = [policy for policy in chosen if act in policy.restricts]
        targets = [rule.target for policy in restricting for rule in policy.rules if rule.act is act]
        found[act] = (
            _Allowed(
                {
                    protocol: _united(
                        (each.first, each.last + 1)
                        for each in targets
                        if isinstance(each, LocalPorts) and each.protocol is protocol
                    )
                    for protocol in _NUMBERS
                },
                frozenset(each.address for each in targets if isinstance(each, UnixSocket)),
            )
            if restricting
            else None
        )
    return found


def _common(each: Iterable[_Allowed | None]) -> _Allowed | None:
    restricted = [one for one in each if one is not None]
    if not restricted:
        return None
    return _Allowed(
        {protocol: reduce(_shared, (one.ports[protocol] for one in restricted)) for protocol in _NUMBERS},
        frozenset.intersection(*(one.names for one in restricted)),
    )


def _rights(allowed: Mapping[Act, _Allowed | None]) -> LocalRights:
    return LocalRights(_granted(allowed[Act.LISTEN]), _granted(allowed[Act.CONNECT]))


def _granted(allowed: _Allowed | None) -> Granted | None:
    if allowed is None:
        return None
    ports = []
    for protocol, number in _NUMBERS.items():
        ports += [
            (number, start, bits) for first, end in allowed.ports[protocol] for start, bits in prefixes(first, end)
        ]
    return Granted(tuple(ports), tuple(sorted(allowed.names)))


def _united(spans: Iterable[tuple[int, int]]) -> _Spans:
    found: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return tuple(found)


def _shared(one: _Spans, other: _Spans) -> _Spans:
    pairs = ((max(first, start), min(end, stop)) for first, end in one for start, stop in other)
    return tuple((first, end) for first, end in pairs if first < end)
