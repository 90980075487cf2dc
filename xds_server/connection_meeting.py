# SPDX-License-Identifier: Apache-2.0
"""Which connections faults hit: asked by the sidecars' own filter (`envoy/filter`), which does it.

    sidecar ── Meet, version 0 ──► draws          ◄── version 1 and the faults that hit it
            ── Meet, version 1 ──► holds it until something changes ...
                                                  ◄── version 2: a fault was turned off, or resets what was open
            (the stream is reset: the connection is gone)
            ── Tell ──► a fault has reset or closed it

No byte of a connection comes here. A fault ends in the filter by itself; a filter that has lost this server lets its
connections go.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from random import Random

from l7filters.connection_effects import ConnectionReset
from l7filters.connection_faults import ConnectionRule, Existing
from l7filters.faults import Which

from .connection_lines import ConnectionHit, Did
from .connection_table import ConnectionFaults, Ends
from .connection_words import Meet, Tell, answer
from .draw import Dice, Draw
from .grpc_call import Call, CallListener, Shared, StatusCode

_log = logging.getLogger(__name__)

SERVICE = "riftgate.faults.v1.Connections"
RETURN_SECONDS = 5.0
"""Between an answer and the next question. Who does not ask again is gone."""
LONGEST_WAIT_SECONDS = 1800.0
"""For an answer, where nothing changes: half of what the filter waits."""
_LEAD_SECONDS = (1.0, 3.0)
"""An end that has moved away is told so long before the one that the filter knows: leases are renewed more often than
that, and those of many connections not all at one time."""
_AT_ONCE = 256
"""Answers before others get their turn."""

_EVERY = Which(every=1)

Report = Callable[[ConnectionHit], None]


class ConnectionFaultServer:
    """Answers the sidecars. Add its `handler` to a server, and tell it the rules with `set_rules`.

    `report` is told what is done to which connection.
    """

    def __init__(self, report: Report, random: Random | None = None) -> None:
        self.report = report
        self.random = random or Random()
        self.clock = time.monotonic
        self.faults = ConnectionFaults()
        self._dice = Dice(self.clock, self.random)
        self._known: dict[Ends, _Connection] = {}
        self._changed: deque[_Connection] = deque()
        """Those that are to be answered."""
        self._unsettled: set[_Connection] = set()
        """Those whose sidecars have not yet said that they know of a change."""
        self._settled = asyncio.Event()
        self._settled.set()
        self._timer: asyncio.TimerHandle | None = None
        self._stops = False

    @property
    def handler(self) -> Mapping[str, Callable[[Call], CallListener | None]]:
        """The methods by their paths."""
        return {
            f"/{SERVICE}/Meet": lambda call: _Asking(call, self._meet),
            f"/{SERVICE}/Tell": lambda call: _Asking(call, self._tell),
        }

    @property
    def connections(self) -> int:
        """How many are open, as far as is known."""
        return len(self._known)

    def close(self) -> None:
        """The filters let their connections go, also those that ask still."""
        self._stops = True
        if self._timer is not None:
            self._timer.cancel()
        for each in tuple(self._known.values()):
            each.stop()

    def set_rules(self, rules: Iterable[tuple[ConnectionRule, float]]) -> None:
        """From now on these are on, each until its end, in seconds of the clock. Raises ValueError."""
        new = self.faults.replace(rules)
        self._follow_ends()
        for each in tuple(self._known.values()):
            each.meet(new)

    async def settled(self, seconds: float) -> None:
        """Until the sidecars know what has changed, or the time is over: one may stand still."""
        try:
            async with asyncio.timeout(seconds):
                await self._settled.wait()
        except TimeoutError:
            _log.warning("the sidecars of %d connections have not taken notice yet", len(self._unsettled))

    def draw(self, ends: Ends) -> list[tuple[ConnectionRule, Draw]]:
        """The faults that hit a new connection, by id."""
        found = []
        for rule in self.faults.matching(ends, self.clock()):
            draw = self._dice.draw(rule.fault, rule.activation, rule.parts_per_million, rule.which or _EVERY, {})
            if draw.hit:
                found.append((rule, draw))
        return found

    # A connection's side.

    def answer_soon(self, connection: _Connection) -> None:
        self._unsettled.add(connection)
        self._settled.clear()
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._answer_some)
        self._changed.append(connection)

    def settle(self, connection: _Connection) -> None:
        self._unsettled.discard(connection)
        if not self._unsettled:
            self._settled.set()

    def forget(self, connection: _Connection) -> None:
        self.settle(connection)
        if self._known.get(connection.ends) is connection:
            del self._known[connection.ends]

    def _answer_some(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._changed))):
            self._changed.popleft().answer()
        if self._changed:
            asyncio.get_running_loop().call_soon(self._answer_some)

    def _follow_ends(self) -> None:
        """Lets go of what has ended by itself, now and when the next one does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self.clock()
        for each in tuple(self._known.values()):
            each.free(now)
        if (end := self.faults.next_end(now)) is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.001, end - now), self._follow_ends)

    def _meet(self, encoded: bytes, asking: _Asking) -> None:
        meet = Meet.parse(encoded)
        if self._stops:
            asking.refuse("the fault server stops")
            return
        connection = self._known.get(meet.ends)
        if connection is not None and (meet.again or not meet.known):
            connection.over()
            connection = None
        if connection is None:
            connection = self._drawn(meet)
            self._known[meet.ends] = connection
        connection.ask(asking, meet.known)

    def _drawn(self, meet: Meet) -> _Connection:
        if meet.known or meet.again:
            # It was drawn before, and those are forgotten: what it has now is nothing.
            rules = self.faults.matching(meet.ends, self.clock()) if meet.again else ()
            resets = [rule for rule in rules if rule.existing is Existing.RESET]
            version = meet.known if meet.again and meet.known and not resets else meet.known + 1
            return _Connection(self, meet.ends, [], version, resets)
        return _Connection(self, meet.ends, self.draw(meet.ends), 1, [])

    def _tell(self, encoded: bytes, asking: _Asking) -> None:
        tell = Tell.parse(encoded)
        for fault, did in tell.done:
            ends = tell.ends
            self.report(ConnectionHit(fault, ends.pod, ends.local, ends.remote, ends.connection, did))
        asking.answer(b"")


class _Asking:
    """One question of a sidecar, until it is answered."""

    def __init__(self, call: Call, take: Callable[[bytes, _Asking], None]) -> None:
        self._call = call
        self._take = take
        self._asked = False
        self.gone: Callable[[], object] | None = None
        """Called when it is over without an answer."""

    def answer(self, body: bytes) -> None:
        self.gone = None
        self._call.send(Shared(body))
        self._call.end()

    def refuse(self, reason: str) -> None:
        self.gone = None
        self._call.end(StatusCode.UNAVAILABLE, reason)

    # The call's side.

    def message_received(self, encoded: bytes) -> None:
        try:
            if self._asked:
                raise ValueError("a second question in one call")
            self._asked = True
            self._take(encoded, self)
        except ValueError as error:
            _log.error("a connection that cannot be understood: %s", error)
            self._call.end(StatusCode.INVALID_ARGUMENT, str(error))

    def half_closed(self) -> None:
        if not self._asked:
            self._call.end(StatusCode.INVALID_ARGUMENT, "a call without a question")

    def drained(self) -> None:
        """Nothing waits for that: an answer is short, and the last that is sent."""

    def closed(self) -> None:
        if self.gone is not None:
            self.gone()


class _Hit:
    """A fault that does something to a connection."""

    __slots__ = ("draw", "end", "rule")

    def __init__(self, rule: ConnectionRule, draw: Draw) -> None:
        self.rule = rule
        self.draw = draw
        self.end = 0.0
        """As the filter was told it."""


class _Connection:
    """What is known of one."""

    def __init__(
        self,
        server: ConnectionFaultServer,
        ends: Ends,
        hits: list[tuple[ConnectionRule, Draw]],
        version: int,
        resets: list[ConnectionRule],
    ) -> None:
        self.ends = ends
        self._server = server
        self._hits = [_Hit(rule, draw) for rule, draw in hits]
        self._version = version
        self._resets = resets
        """The faults that have met it, and reset it."""
        self._asking: _Asking | None = None
        self._handle: asyncio.TimerHandle | None = None
        """For the next answer where nothing changes, or for its end where nobody asks."""
        self._renewing: asyncio.TimerHandle | None = None
        for rule, _ in hits:
            self._say(rule.fault, Did.HIT)
            if rule.does.reset == ConnectionReset():
                self._say(rule.fault, Did.RESET)
            elif rule.does.blackhole_after == 0:
                self._say(rule.fault, Did.BLACKHOLE)

    def ask(self, asking: _Asking, known: int) -> None:
        if self._asking is not None:
            self._asking.refuse("the same question once more")
        self._asking = asking
        asking.gone = self.over
        if known != self._version:
            self.answer()
        else:
            self._server.settle(self)
            self._later(LONGEST_WAIT_SECONDS, self.answer)

    def answer(self) -> None:
        """Say what is true now, if somebody asks."""
        if self._asking is None:
            return
        faults, now = self._server.faults, self._server.clock()
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
        for hit in self._hits:
            hit.end = faults.end_of(hit.rule.fault, hit.rule.activation)
        resets = [rule.fault for rule in self._resets if faults.in_force(rule.fault, rule.activation, now)]
        asking, self._asking = self._asking, None
        asking.answer(answer(self._version, resets, [(hit.rule, hit.end - now) for hit in self._hits]))
        for fault in resets:
            # Not before: that a connection is gone which was answered last is not known until it does not ask again.
            self._say(fault, Did.RESET)
        if resets or any(hit.rule.does.reset == ConnectionReset() for hit in self._hits):
            # It is reset at once, and nobody asks any more.
            self.over()
        else:
            self._later(RETURN_SECONDS, self.over)

    def free(self, now: float) -> None:
        """Of what has ended, the next connection may be hit."""
        faults = self._server.faults
        for hit in [each for each in self._hits if not faults.in_force(each.rule.fault, each.rule.activation, now)]:
            hit.draw.release()
            self._hits.remove(hit)
            # That of its own accord the filter knows.
            if hit.end > now:
                self._change()

    def meet(self, new: frozenset[tuple[str, int]]) -> None:
        """These faults were turned on while this connection was open, and ends have moved."""
        server = self._server
        now = server.clock()
        for rule in server.faults.matching(self.ends, now) if new else ():
            if (rule.fault, rule.activation) in new and rule.existing is Existing.RESET:
                self._resets.append(rule)
                self._change()
        moved = [(each.end, server.faults.end_of(each.rule.fault, each.rule.activation)) for each in self._hits]
        if any(end < told for told, end in moved):
            self._change()
        elif (later := [told for told, end in moved if end > told]) and self._renewing is None:
            lead = server.random.uniform(*_LEAD_SECONDS)
            wait = max(0.0, min(later) - lead - now)
            self._renewing = asyncio.get_running_loop().call_later(wait, self._renew)

    def stop(self) -> None:
        """The filter lets it go."""
        if self._asking is not None:
            self._asking.refuse("the fault server stops")
            self._asking = None
        self.over()

    def over(self) -> None:
        """It is gone."""
        self._asking = None
        for handle in (self._handle, self._renewing):
            if handle is not None:
                handle.cancel()
        for each in self._hits:
            each.draw.release()
        self._hits = []
        self._server.forget(self)

    def _renew(self) -> None:
        self._renewing = None
        self._change()

    def _change(self) -> None:
        self._version += 1
        self._server.answer_soon(self)

    def _later(self, seconds: float, call: Callable[[], object]) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = asyncio.get_running_loop().call_later(seconds, call)

    def _say(self, fault: str, did: Did) -> None:
        ends = self.ends
        self._server.report(ConnectionHit(fault, ends.pod, ends.local, ends.remote, ends.connection, did))
