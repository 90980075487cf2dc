# SPDX-License-Identifier: Apache-2.0
"""Envoy's network external processing service: what faults do to connections.

The sidecar sends each piece of data that comes in on either side, and passes on what it is answered. Envoy 1.40 keeps
nothing of it, counts its questions and the answers, and closes a connection that is to be closed once the counts of a
direction meet. From this follows:

- A stream that ends before its connection does leaves a hole in the data. So it ends only when all is said.
- More answers than questions, as for slices, would let it close too early. Then answers are kept far ahead of the
  questions (the difference is not to reach zero, which is where Envoy looks), and the end of the stream is what closes
  the connection. What Envoy itself wants closed meanwhile waits for the client to close.
- Nothing holds a sender back. What is kept for a connection has a bound, and beyond it the connection is reset.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from random import Random

from google.protobuf.message import DecodeError

from envoy_api.service.network_ext_proc.v3 import Data, ProcessingRequest, ProcessingResponse
from l7filters.connection_effects import ConnectionReset, Stream
from l7filters.connection_faults import ConnectionRule, Existing
from l7filters.faults import Inject, Which
from l7filters.translate.connection_faults import CONNECTION_KEY, INJECT_KEY, LOCAL_KEY, POD_KEY, REMOTE_KEY
from l7filters.translate.headers import EFFECTS_NAMESPACE

from .connection_lane import Lane, Piece, Shaping, Toll, tolls_of
from .connection_lines import ConnectionHit, Did
from .connection_table import ConnectionFaults, Ends
from .draw import Dice, Draw
from .grpc_call import Call, CallListener, Shared, StatusCode
from .precise_timer import Appointment, PreciseTimer

_log = logging.getLogger(__name__)

SERVICE = "envoy.service.network_ext_proc.v3.NetworkExternalProcessor"
EFFECT = "connection"
"""The kind of effect by which the access log names the faults that hit a connection."""

MAX_HELD_BYTES = 32 * 1024 * 1024
"""Of memory for one connection, for what one end has sent and the other not been let have."""
MAX_ALL_HELD_BYTES = 512 * 1024 * 1024
"""Of all connections."""
LAST_WORDS_SECONDS = 0.05
"""Between the last byte and a reset: Envoy drops what it has not written by then."""
LINGER_SECONDS = 5.0
"""Between a close and a reset, for an end that does not close, too."""
HALF_OPEN_SECONDS = 60.0
"""Of silence behind the client's end, where answers are ahead: then Envoy itself wants to close, and cannot."""
FREE_WAY_SECONDS = 0.001
"""That data takes at most from the sidecar and back to it, on a machine that is not busy."""
AHEAD = 256
"""More questions than these are not asked before Envoy has heard of the answers to the first."""

_EVERY = Which(every=1)
_STATUS = ProcessingResponse.ConnectionStatus
_MODIFIED = ProcessingResponse.DataProcessedStatus.MODIFIED
_RANK = {Did.RESET: 0, Did.CLOSE: 1, Did.BLACKHOLE: 2}

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
        self.held = 0
        """Bytes of memory for what is kept for all connections."""
        self._dice = Dice(self.clock, self.random)
        self._open: set[_Processing] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._precise: PreciseTimer | None = None

    @property
    def handler(self) -> Mapping[str, Callable[[Call], CallListener | None]]:
        """The method by its path."""
        return {f"/{SERVICE}/Process": self._opened}

    def close(self) -> None:
        """The connections end, too: without what is on its way here they would go on with a hole."""
        if self._timer is not None:
            self._timer.cancel()
        for each in tuple(self._open):
            each.fail("the fault server stops")
        if self._precise is not None:
            self._precise.close()
            self._precise = None

    def set_rules(self, rules: Iterable[tuple[ConnectionRule, float]]) -> None:
        """From now on these are on, each until its end, in seconds of the clock. Raises ValueError."""
        new = self.faults.replace(rules)
        self._apply()
        for each in tuple(self._open):
            each.meet(new)

    def draw(self, ends: Ends) -> list[tuple[ConnectionRule, Draw]]:
        """The faults that hit a new connection, by id."""
        found = []
        for rule in self.faults.matching(ends, self.clock()):
            draw = self._dice.draw(rule.fault, rule.activation, rule.parts_per_million, rule.which or _EVERY, {})
            if draw.hit:
                found.append((rule, draw))
        return found

    def call_at(self, moment: float, call: Callable[[], object]) -> Appointment:
        """By the clock."""
        if self._precise is None:
            self._precise = PreciseTimer()
        return self._precise.call_at(moment, call)

    def forget(self, processing: _Processing) -> None:
        self._open.discard(processing)

    def _apply(self) -> None:
        """Frees those whose faults have ended, now and when the next of them ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self.clock()
        for each in tuple(self._open):
            each.free(now)
        if (end := self.faults.next_end(now)) is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.001, end - now), self._apply)

    def _opened(self, call: Call) -> CallListener | None:
        told = dict(call.headers)
        try:
            side, number = Inject(told[INJECT_KEY]), told[CONNECTION_KEY]
            ends = Ends(told[POD_KEY], side, told[LOCAL_KEY], told[REMOTE_KEY], number)
            hits = self.draw(ends)
        except (KeyError, ValueError) as error:
            _log.error("a connection that cannot be understood: %s", error)
            call.end(StatusCode.INVALID_ARGUMENT, f"{type(error).__name__}: {error}")
            return None
        processing = _Processing(self, call, ends, hits)
        self._open.add(processing)
        return processing


class _Processing:
    """One connection, from its first byte on."""

    def __init__(
        self, server: ConnectionFaultServer, call: Call, ends: Ends, hits: list[tuple[ConnectionRule, Draw]]
    ) -> None:
        self._server = server
        self._call = call
        self._ends = ends
        self._hits = hits
        self._tolls = {rule.fault: tolls_of(rule.fault, rule.does) for rule, _ in hits}
        self._up = Lane(self._shapings(Stream.UPSTREAM), server.random)
        self._down = Lane(self._shapings(Stream.DOWNSTREAM), server.random)
        self._counted = 0
        """Of `server.held`."""
        self._cuts = self._up.cuts or self._down.cuts
        self._ahead = [0, 0]
        """Downstream and upstream: more answers than questions."""
        self._ended = [False, False]
        """Downstream and upstream: the last byte has left."""
        self._began = False
        self._over = False
        """It is reset or closed; nothing passes any more."""
        self._closed_by = [False, False]
        self._next: Appointment | None = None
        self._due: float | None = None
        """When that is."""
        self._ending: asyncio.TimerHandle | None = None
        self._resets: list[asyncio.TimerHandle] = []
        for rule, _ in hits:
            self._tell(rule.fault, Did.HIT)
            if rule.does.reset == ConnectionReset():
                self._end_by(rule.fault, Did.RESET)
            elif rule.does.blackhole_after == 0:
                self._tell(rule.fault, Did.BLACKHOLE)
            if rule.does.reset is not None and rule.does.reset.after_milliseconds is not None:
                after = rule.does.reset.after_milliseconds / 1000
                loop = asyncio.get_running_loop()
                self._resets.append(loop.call_later(after, self._reset_by, rule.fault, rule.activation))

    # The sidecar's side.

    def message_received(self, encoded: bytes) -> None:
        message = ProcessingRequest()
        try:
            message.ParseFromString(encoded)
        except DecodeError as error:
            self.fail(str(error))
            return
        upstream = message.HasField("read_data")
        data = message.read_data if upstream else message.write_data
        if self._over:
            self._heard_end(upstream, data.end_of_stream)
            return
        lane = self._up if upstream else self._down
        if not self._began:
            self._begin()
        if self._cuts:
            self._ahead[upstream] -= 1
            self._keep_ahead()
        way = min(self._call.round_trip, FREE_WAY_SECONDS) if lane.delays else 0.0
        lane.feed(data.data, data.end_of_stream, self._server.clock(), way)
        self._pump()

    def half_closed(self) -> None:
        """The connection is gone."""
        self._call.end()

    def drained(self) -> None:
        self._pump()

    def closed(self) -> None:
        self._over = True
        self._count(0)
        self._cancel_timers()
        for _, draw in self._hits:
            draw.release()
        self._server.forget(self)

    # The server's side.

    def free(self, now: float) -> None:
        """What has ended has no effect any more, and what is held for it leaves."""
        on = [each for each in self._hits if self._server.faults.in_force(each[0].fault, each[0].activation, now)]
        if len(on) == len(self._hits) or self._over:
            return
        for rule, draw in self._hits:
            if (rule, draw) not in on:
                draw.release()
        self._hits = on
        self._up.reshape(self._shapings(Stream.UPSTREAM), now)
        self._down.reshape(self._shapings(Stream.DOWNSTREAM), now)
        self._pump()

    def meet(self, new: frozenset[tuple[str, int]]) -> None:
        """These faults were turned on while this connection was open."""
        for rule in self._server.faults.matching(self._ends, self._server.clock()):
            if (rule.fault, rule.activation) in new and rule.existing is Existing.RESET and not self._over:
                self._tell(rule.fault, Did.RESET)
                self._reset()

    def fail(self, reason: str) -> None:
        """The sidecar closes the connection."""
        self._call.end(StatusCode.UNAVAILABLE, reason)

    def _shapings(self, stream: Stream) -> list[Shaping]:
        return [
            Shaping(rule.does, self._tolls[rule.fault])
            for rule, _ in self._hits
            if rule.stream in {stream, Stream.BOTH}
        ]

    def _begin(self) -> None:
        self._began = True
        if not self._hits:
            return
        answer = ProcessingResponse()
        answer.dynamic_metadata.update({EFFECTS_NAMESPACE: {EFFECT: ",".join(rule.fault for rule, _ in self._hits)}})
        self._send(answer)

    def _keep_ahead(self) -> None:
        for upstream, behind in enumerate(self._ahead):
            empty = ProcessingResponse(read_data=Data()) if upstream else ProcessingResponse(write_data=Data())
            for _ in range(AHEAD - behind):
                self._send(empty)
            self._ahead[upstream] = max(AHEAD, behind)

    def _pump(self) -> None:
        """Sends what is due."""
        if self._over:
            return
        now = self._server.clock()
        for upstream, lane in ((True, self._up), (False, self._down)):
            while not self._over and not self._call.blocked and (piece := lane.take(now)) is not None:
                self._pass_on(upstream, piece)
        if not self._over:
            self._count(self._up.memory + self._down.memory)
        if self._over:
            return
        if all(self._ended):
            self._call.end()
            return
        if self._cuts and self._ended[True]:
            self._end_in(HALF_OPEN_SECONDS)
        due = min((each for each in (self._up.due(), self._down.due()) if each is not None), default=None)
        if self._call.blocked:
            due = None
        if due != self._due:
            if self._next is not None:
                self._next.cancel()
            self._due = due
            self._next = None if due is None else self._server.call_at(due, self._wake)

    def _wake(self) -> None:
        due, self._next, self._due = self._due, None, None
        self._pump()
        if due is not None and (self._up.delays or self._down.delays):
            self._call.measure(due)

    def _pass_on(self, upstream: bool, piece: Piece) -> None:
        data = Data(data=piece.data, end_of_stream=piece.end)
        if upstream:
            self._send(ProcessingResponse(read_data=data, data_processing_status=_MODIFIED))
        else:
            self._send(ProcessingResponse(write_data=data, data_processing_status=_MODIFIED))
        self._ahead[upstream] += 1
        if piece.end:
            self._ended[upstream] = True
        for toll in sorted(piece.struck, key=_rank):
            if not self._over:
                self._end_by(toll.fault, toll.did)

    def _count(self, held: int) -> None:
        self._server.held += held - self._counted
        self._counted = held
        if held > MAX_HELD_BYTES or (held and self._server.held > MAX_ALL_HELD_BYTES):
            for rule, _ in self._hits:
                self._tell(rule.fault, Did.OVERFLOW)
            self._reset()

    def _reset_by(self, fault: str, activation: int) -> None:
        if not self._over and self._server.faults.in_force(fault, activation, self._server.clock()):
            self._end_by(fault, Did.RESET)

    def _end_by(self, fault: str, did: Did) -> None:
        self._tell(fault, did)
        if did is Did.CLOSE:
            self._close()
        elif did is not Did.BLACKHOLE:
            self._over = True
            self._end_in(LAST_WORDS_SECONDS if self._began else 0.0)

    def _close(self) -> None:
        """FIN to both ends. Envoy's own CLOSE waits for ever where answers are ahead of questions."""
        self._over = True
        self._cancel_timers()
        for upstream in (True, False):
            if not self._ended[upstream]:
                self._pass_on(upstream, Piece(b"", True))
        self._count(0)
        self._end_in(LINGER_SECONDS)
        for upstream, lane in ((True, self._up), (False, self._down)):
            self._heard_end(upstream, lane.heard_end)

    def _heard_end(self, upstream: bool, end: bool) -> None:
        """Of a connection that is closed: this side says no more."""
        if end:
            self._closed_by[upstream] = True
            if all(self._closed_by):
                self._call.end()

    def _end_in(self, seconds: float) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(seconds, self._reset)

    def _reset(self) -> None:
        self._over = True
        self._cancel_timers()
        self._send(ProcessingResponse(connection_status=_STATUS.CLOSE_RST))

    def _send(self, answer: ProcessingResponse) -> None:
        self._call.send(Shared(answer.SerializeToString()))

    def _tell(self, fault: str, did: Did) -> None:
        ends = self._ends
        self._server.report(ConnectionHit(fault, ends.pod, ends.local, ends.remote, ends.connection, did))

    def _cancel_timers(self) -> None:
        for handle in (self._next, self._ending, *self._resets):
            if handle is not None:
                handle.cancel()


def _rank(toll: Toll) -> int:
    return _RANK[toll.did]
