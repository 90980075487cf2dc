# SPDX-License-Identifier: Apache-2.0
"""Packet faults in the kernel: the rules of :mod:`l7filters.packet_faults`, each with the moment at which it ends."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bpf import structs
from bpf.libbpf import Map
from l7filters.faults import ALL_REQUESTS, RandomDelay
from l7filters.packet_faults import PacketEffect, PacketRule, packet_seed

_EFFECTS = {
    PacketEffect.LOSS: structs.PacketEffect.LOSS,
    PacketEffect.PARTITION: structs.PacketEffect.LOSS,
    PacketEffect.DUPLICATION: structs.PacketEffect.DUPLICATION,
    PacketEffect.CORRUPTION: structs.PacketEffect.CORRUPTION,
    PacketEffect.DELAY: structs.PacketEffect.DELAY,
    PacketEffect.REORDERING: structs.PacketEffect.DELAY,
}
_OUTSIDE = 0


@dataclass(frozen=True, slots=True)
class _Placed:
    """A rule and the pods that it strikes on this host, by slot."""

    rule: PacketRule
    pairs: frozenset[bytes]


class PacketFaults:
    """Writes the packet faults' maps. One writer at a time."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._on = maps["packet_faults_on"]
        self._by_pair = maps["packet_faults_by_pair"]
        self._by_index = maps["packet_fault_by_index"]
        self._delays_by_index = maps["delays_by_packet_fault"]
        self._counts_by_place = maps["counts_by_packet_fault"]
        self._index_of: dict[_Placed, int] = {}
        self._counts_of: dict[str, int] = {}
        """Where the fault's packets are counted, whatever its rules are."""
        self._end_of: dict[str, int] = {}
        self._ended: dict[str, int] = {}

    def replace(self, rules: Sequence[tuple[PacketRule, int]], slots: Mapping[str, int]) -> None:
        """From now on exactly these are on, each until its moment (ns of CLOCK_MONOTONIC).

        ``slots`` are the pods of this host by workload key; a pair with another one strikes nothing. A packet meets
        the rules of before or these. Raises ValueError for more than PACKET_FAULTS of them, and BpfError when a map is
        full: then none is on.
        """
        ends = {_Placed(rule, _pairs(rule, slots)): end for rule, end in rules}
        before = self._index_of
        fresh = [placed for placed in ends if placed not in before]
        # One that is about to end keeps its place until the switch: what replaces it may not be seen half-written.
        free = [index for index in range(structs.PACKET_FAULTS) if index not in before.values()]
        if len(fresh) > len(free):
            raise ValueError(f"{len(ends)} packet faults at once; at most {structs.PACKET_FAULTS} are possible")
        after = {placed: index for placed, index in before.items() if placed in ends}
        after |= dict(zip(fresh, free, strict=False))
        try:
            self._count_for({placed.rule.fault: end for placed, end in ends.items()})
            for placed in fresh:
                if placed.rule.delay is not None:
                    self._delays_by_index.update(structs.word(after[placed]), _quantiles(placed.rule.delay))
            for placed, index in after.items():
                rule = placed.rule
                self._by_index.update(structs.word(index), _packed(rule, ends[placed], self._counts_of[rule.fault]))
            if after != before:
                self._write_masks((*after.items(), *before.items()))
                self._switch(after)
                self._sweep()
        except BaseException:
            self._on.update(structs.word(0), structs.bit_mask(()))
            raise

    def forget_all(self) -> None:
        """None is on any more: what another process has left is not known here, and would be written over."""
        self._on.update(structs.word(0), structs.bit_mask(()))
        for key in self._by_pair.all_keys():
            self._by_pair.delete(key)

    def forget_pod(self, slot: int) -> None:
        """Before the slot is another pod's."""
        for key in self._by_pair.all_keys():
            if slot in structs.read_slot_pair(key):
                self._by_pair.delete(key)

    def hits(self) -> dict[str, int]:
        """Packets that each fault has hit so far, those that are over included."""
        now = {fault: self._read_hits(place) for fault, place in self._counts_of.items()}
        return {fault: self._ended.get(fault, 0) + now.get(fault, 0) for fault in {**self._ended, **now}}

    def _count_for(self, ends: Mapping[str, int]) -> None:
        """A place to count for each fault: one that is turned on, or was over by itself, begins anew."""
        now, before = time.monotonic_ns(), set(self._counts_of.values())
        for fault, place in list(self._counts_of.items()):
            if fault not in ends or self._end_of[fault] <= now:
                self._ended[fault] = self._ended.get(fault, 0) + self._read_hits(place)
                del self._counts_of[fault]
        for fault in ends:
            if fault not in self._counts_of:
                # There are as many places as rules, and no fault without a rule. Until the switch, what is about to
                # end counts where it did.
                free = set(range(structs.PACKET_FAULTS)) - set(self._counts_of.values())
                place = min(free, key=lambda each: (each in before, each))
                self._counts_by_place.update(structs.word(place), structs.packet_counts())
                self._counts_of[fault] = place
        self._end_of = dict(ends)

    def _switch(self, after: dict[_Placed, int]) -> None:
        self._on.update(structs.word(0), structs.bit_mask(after.values()))
        self._index_of = after

    def _write_masks(self, places: Iterable[tuple[_Placed, int]]) -> frozenset[bytes]:
        masks: dict[bytes, set[int]] = {}
        for placed, index in places:
            for pair in placed.pairs:
                masks.setdefault(pair, set()).add(index)
        for pair, bits in masks.items():
            self._by_pair.update(pair, structs.bit_mask(bits))
        return frozenset(masks)

    def _sweep(self) -> None:
        """Takes rules that are over out of the pairs' masks: their places will be others'."""
        wanted = self._write_masks(self._index_of.items())
        for key in self._by_pair.all_keys():
            if key not in wanted:
                self._by_pair.delete(key)

    def _read_hits(self, place: int) -> int:
        value = self._counts_by_place.lookup(structs.word(place))
        return structs.read_hit_packets(value) if value else 0


def _pairs(rule: PacketRule, slots: Mapping[str, int]) -> frozenset[bytes]:
    return frozenset(
        structs.slot_pair(_OUTSIDE if source is None else slots[source], slots[destination])
        for source, destination in rule.pairs
        if destination in slots and (source is None or source in slots)
    )


def _packed(rule: PacketRule, end: int, counts: int) -> bytes:
    which, seed = rule.which, None
    if which is not None and which.seed is not None and rule.parts_per_million < ALL_REQUESTS:
        seed = packet_seed(which.seed, rule.fault)
    return structs.packet_fault(
        end,
        rule.parts_per_million,
        _EFFECTS[rule.effect],
        rule.protocol,
        rule.port,
        from_target=rule.from_target,
        counts=counts,
        seed=seed,
        every=which.every or 0 if which else 0,
        per_second=which.per_second or 0 if which else 0,
        first=which.first or 0 if which else 0,
        scattered=rule.may_overtake,
    )


def _quantiles(delay: RandomDelay) -> bytes:
    """The middles of equal shares of the distribution."""
    count = structs.PACKET_QUANTILES
    milliseconds = (delay.milliseconds((number + 0.5) / count) for number in range(count))
    return structs.packet_delays([round(each * 1000) for each in milliseconds])
