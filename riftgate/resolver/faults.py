# SPDX-License-Identifier: Apache-2.0
"""Chaos in names: which queries the faults that are on strike, and for how long an answer is held."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from l7filters.faults import ALL_REQUESTS
from l7filters.name_faults import NameEffect, NameRule
from riftgate.resolver.answers import reply
from xds_server.draw import Dice, Draw


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that is on until `expires`, in seconds of CLOCK_MONOTONIC: nobody's word is needed to end it."""

    rule: NameRule
    expires: float


@dataclass(frozen=True, slots=True)
class Strike:
    """What becomes of one query: delays add up, and of several other effects that of the smallest id counts."""

    delays: tuple[NameRule, ...]
    answer: NameRule | None
    draws: tuple[Draw, ...] = ()

    def release(self) -> None:
        """The query is held no more."""
        for draw in self.draws:
            draw.release()


class NameFaults:
    """The faults that are on. For one event loop; ``clock`` is CLOCK_MONOTONIC in seconds."""

    def __init__(self, clock: Callable[[], float], draw: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._draw = draw
        self._dice = Dice(clock, random.Random())
        self._turned_on: Counter[str] = Counter()
        """How often, by fault: each time it counts its queries anew."""
        self._on: tuple[ActiveFault, ...] = ()
        self._changed = asyncio.Event()
        self.hits: Counter[str] = Counter()
        """Queries that were struck, by fault, so far."""

    def replace(self, faults: Iterable[ActiveFault]) -> None:
        """Exactly these from now on; answers that are held for others are released."""
        before = {each.rule.fault for each in self._on if each.expires > self._clock()}
        faults = tuple(faults)
        self._turned_on.update({each.rule.fault for each in faults} - before)
        self._on = tuple(sorted(faults, key=lambda each: each.rule.fault))
        self._changed.set()
        self._changed = asyncio.Event()

    def strike(self, source: str, name: str, kind: str) -> Strike | None:
        """Draws for each fault that is on and matches, independently; None when none strikes."""
        now = self._clock()
        met = [each.rule for each in self._on if each.expires > now and each.rule.matches(source, name, kind)]
        drawn = {rule: draw for rule in met if (draw := self._drawn(rule)) is not None}
        delays = tuple(rule for rule in drawn if rule.effect is NameEffect.DELAY)
        answers = [rule for rule in drawn if rule.effect is not NameEffect.DELAY][:1]
        self.hits.update(rule.fault for rule in (*delays, *answers))
        return Strike(delays, answers[0] if answers else None, tuple(drawn.values())) if drawn else None

    def _drawn(self, rule: NameRule) -> Draw | None:
        """The verdict over one query more that the fault matches, if it is a hit."""
        if rule.which is None:
            return Draw(None) if self._draw() * ALL_REQUESTS < rule.parts_per_million else None
        draw = self._dice.draw(rule.fault, self._turned_on[rule.fault], rule.parts_per_million, rule.which, {})
        return draw if draw.hit else None

    async def hold(self, delays: Sequence[NameRule]) -> None:
        """For as long as the delays say, each no longer than its fault is on."""
        for rule in delays:
            due = self._clock() + rule.milliseconds / 1000
            while (seconds := min(due, self._end_of(rule)) - self._clock()) > 0:
                try:
                    async with asyncio.timeout(seconds):
                        await self._changed.wait()
                except TimeoutError:
                    continue

    def _end_of(self, rule: NameRule) -> float:
        return max((each.expires for each in self._on if each.rule.fault == rule.fault), default=0.0)


def struck_answer(query: dns.message.Message, rule: NameRule) -> dns.message.Message | None:
    """What the app gets instead; None: nothing. With a TTL of 0: what is made up outlives its fault nowhere."""
    match rule.effect:
        case NameEffect.NO_ANSWER:
            return None
        case NameEffect.NXDOMAIN:
            return reply(query, dns.rcode.NXDOMAIN)
        case NameEffect.SERVFAIL:
            return reply(query, dns.rcode.SERVFAIL)
        case _:
            made = reply(query, dns.rcode.NOERROR)
            question = query.question[0]
            version = {dns.rdatatype.A: 4, dns.rdatatype.AAAA: 6}.get(question.rdtype)
            fitting = [address for address in rule.addresses if ip_address(address).version == version]
            if fitting:
                kind = dns.rdatatype.to_text(question.rdtype)
                made.answer.append(dns.rrset.from_text_list(question.name, 0, "IN", kind, fitting))
            return made
