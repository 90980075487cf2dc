# SPDX-License-Identifier: Apache-2.0
"""Connection faults in the kernel: which connections go through a sidecar's listener for faulted ones, and until when.

What happens to them there is nothing of the kernel's. Without that listener they take the usual one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bpf import structs
from bpf.libbpf import Map
from l7filters.connection_faults import ConnectionRule
from l7filters.faults import Inject

_NEVER = structs.moment(0)


class ConnectionFaults:
    """Writes the connection faults' maps. One writer at a time."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._end = maps["connection_faults_end"]
        self._end_by = {
            Inject.SERVER: maps["connection_faults_end_by_pair"],
            Inject.CLIENT: maps["connection_faults_end_by_call"],
        }

    def replace(self, rules: Iterable[tuple[ConnectionRule, int]], slots: Mapping[str, int]) -> None:
        """From now on the connections of exactly these may be hit, each until its moment (ns of CLOCK_MONOTONIC).

        ``slots`` are the pods of this host by workload key; what concerns others is nothing of this host's. A new
        connection meets what was said of its two ends before or this. Raises BpfError when the map is full: then none
        is hit.
        """
        wanted: dict[Inject, dict[bytes, int]] = {side: {} for side in Inject}
        for rule, end in rules:
            of_side = wanted[rule.inject]
            for key in _keys(rule, slots):
                of_side[key] = max(end, of_side.get(key, 0))
        try:
            for side, table in self._end_by.items():
                for key, end in wanted[side].items():
                    table.update(key, structs.moment(end))
            last = max((end for of_side in wanted.values() for end in of_side.values()), default=0)
            self._end.update(structs.word(0), structs.moment(last))
            for side, table in self._end_by.items():
                for key in table.all_keys():
                    if key not in wanted[side]:
                        table.delete(key)
        except BaseException:
            self._end.update(structs.word(0), _NEVER)
            raise

    def forget_all(self) -> None:
        """No connection is hit any more."""
        self.replace((), {})

    def forget_pod(self, slot: int) -> None:
        """Before the slot is another pod's."""
        for side, table in self._end_by.items():
            for key in table.all_keys():
                if slot in _slots_of(side, key):
                    table.delete(key)


def _slots_of(side: Inject, key: bytes) -> tuple[int, ...]:
    return structs.read_faulted_slots(key) if side is Inject.SERVER else (structs.read_faulted_caller(key),)


def _keys(rule: ConnectionRule, slots: Mapping[str, int]) -> Iterator[bytes]:
    """At the server's side, from each peer to each pod; at the caller's, from each pod to what it dials."""
    pods = [slots[each] for each in rule.pods if each in slots]
    if rule.inject is Inject.CLIENT:
        for pod in pods:
            for address, port in rule.dialled:
                yield structs.faulted_call_key(pod, address, port)
        return
    known = [slots[each] for each in rule.peers if each is not None and each in slots]
    peers = [structs.EVERYBODY] if rule.callers is None else known
    for pod in pods:
        for peer in peers:
            yield structs.faulted_key(peer, pod, rule.port)
