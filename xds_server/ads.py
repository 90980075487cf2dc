# SPDX-License-Identifier: Apache-2.0
"""The AggregatedDiscoveryService over gRPC: calls and clocks around the machine of `stream.py`."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from .cache import SnapshotCache
from .grpc_call import Call, StatusCode
from .limits import MAX_REQUEST_BYTES, Gate, Limits, host_of
from .messages import Node, Request, Response
from .metrics import Metrics
from .progress import Progress
from .status import StatusRegistry
from .stream import AdsStream, Close, CloseCode, Command, Report, Send, Variant
from .subscription import Nack
from .type_urls import short_name
from .wire import (
    WireError,
    delta_acceptance,
    encode_delta_response,
    encode_sotw_response,
    parse_delta_request,
    parse_sotw_request,
)

_log = logging.getLogger(__name__)

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"

# How many streams are shown a change before what they are sent goes out and requests are read. A change for thousands
# must not make the first of them wait for the last, nor an answer to one sidecar for all.
_AT_ONCE = 32


IsNode = Callable[[int | None, str], bool]
"""Whether the process (None: not of this machine) may have what is for the node."""


class AggregatedDiscovery:
    """Serves a cache to clients: a service of a GrpcServer."""

    def __init__(
        self,
        cache: SnapshotCache,
        status: StatusRegistry,
        metrics: Metrics | None = None,
        *,
        control_plane: str = "riftgate",
        limits: Limits | None = None,
        is_node: IsNode = lambda _caller, _node: True,
    ) -> None:
        self.limits = limits or Limits()
        self.cache = cache
        self.status = status
        self.metrics = metrics or Metrics()
        self.control_plane = control_plane
        self.is_node = is_node
        self.nodes = Gate("node", self.limits.streams_per_node)
        self._peers = Gate("peer", self.limits.streams_per_peer)
        # Random, so that no nonce of an earlier server process is taken for one of this.
        self._process = secrets.token_hex(4)
        self._stream_numbers = itertools.count(1)
        self._open: dict[str, _Session] = {}
        self._changed: deque[_Session] = deque()
        """Streams of nodes for which something was published."""

    @property
    def handler(self) -> Mapping[str, Callable[[Call], _Session | None]]:
        """By path."""
        return {
            f"/{SERVICE}/DeltaAggregatedResources": lambda call: self._opened(call, Variant.DELTA),
            f"/{SERVICE}/StreamAggregatedResources": lambda call: self._opened(call, Variant.SOTW),
        }

    @property
    def open_streams(self) -> frozenset[str]:
        return frozenset(self._open)

    def close(self) -> None:
        """End all streams: what is left of them is gone once the server has stopped."""
        for session in tuple(self._open.values()):
            session.end()

    def _opened(self, call: Call, variant: Variant) -> _Session | None:
        peer = host_of(call.peer)
        full = self._peers.enter(peer)
        if full is not None:
            call.end(StatusCode.RESOURCE_EXHAUSTED, full)
            return None
        machine = AdsStream(variant, f"{self._process}.{next(self._stream_numbers)}", self.limits)
        session = self._open[machine.stream_id] = _Session(self, call, machine)
        self.metrics.stream_opened(variant.value)
        return session

    def closed(self, session: _Session) -> None:
        machine = session.machine
        self.metrics.stream_closed(machine.variant.value)
        del self._open[machine.stream_id]
        self._peers.leave(host_of(session.call.peer))

    def show_later(self, session: _Session) -> None:
        """Show the stream what is published for its node, in its turn."""
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._show_changes)
        self._changed.append(session)

    def _show_changes(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._changed))):
            session = self._changed.popleft()
            try:
                session.show_view()
            except Exception:
                # The others must not go without because of it.
                _log.exception("%s cannot be shown what was published", session)
                session.call.end(StatusCode.INTERNAL, "what was published cannot be sent")
        if self._changed:
            asyncio.get_running_loop().call_soon(self._show_changes)


class _Unanswered(NamedTuple):
    """A response that was sent."""

    nonce: str
    acceptance: bytes | None
    """The ACK that Delta clients usually send."""
    sent: float


class _Session:
    """One stream while it is open."""

    __slots__ = (
        "_is_closed",
        "_is_delta",
        "_logged",
        "_loop",
        "_node_id",
        "_service",
        "_timer",
        "_unanswered",
        "_view_changed",
        "call",
        "machine",
    )

    def __init__(self, service: AggregatedDiscovery, call: Call, machine: AdsStream) -> None:
        self.call = call
        self.machine = machine
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._node_id: str | None = None
        """Once it was let in."""
        self._view_changed = False
        self._logged: dict[str, Nack] = {}
        """By type: the last refusal, which is in the log."""
        self._unanswered: dict[str, _Unanswered] = {}
        """By type: the last response."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._is_delta = machine.variant is Variant.DELTA

    def __repr__(self) -> str:
        return f"stream {self.machine.stream_id} of {self._node_id}"

    def end(self) -> None:
        self.call.end()

    # What happens. While the call is blocked no requests come, and changes wait.

    def message_received(self, message: bytes) -> None:
        for type_url, response in self._unanswered.items():
            if message == response.acceptance:
                # Nearly always a request is just that.
                now = self._loop.time()
                self._answered(type_url, now, refused=False)
                self._perform(self.machine.response_accepted(type_url, now), now)
                return
        if len(message) > MAX_REQUEST_BYTES:
            reason = f"a request of {len(message)} bytes is larger than {MAX_REQUEST_BYTES}"
            self._close(CloseCode.RESOURCE_EXHAUSTED, reason)
            return
        try:
            request: Request = parse_delta_request(message) if self._is_delta else parse_sotw_request(message)
        except WireError as error:
            self._close(CloseCode.INVALID_ARGUMENT, str(error))
            return
        now = self._loop.time()
        unanswered = self._unanswered.get(request.type_url)
        if unanswered is not None and request.nonce == unanswered.nonce:
            self._answered(request.type_url, now, refused=request.error is not None)
        self._perform(self.machine.request_received(request, now), now)

    def half_closed(self) -> None:
        self.call.end()

    def drained(self) -> None:
        self.show_view()
        self._time_passed()

    def closed(self) -> None:
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._node_id is not None:
            self._service.cache.unwatch(self._node_id, self._note_view_change)
            self._service.status.disconnected(self.machine.stream_id, self._node_id)
            self._service.nodes.leave(self._node_id)
        self._service.closed(self)

    def _note_view_change(self) -> None:
        if not self._view_changed:
            self._view_changed = True
            self._service.show_later(self)

    def show_view(self) -> None:
        """Of all that was published meanwhile, only the last is looked at."""
        if not self._view_changed or self.call.blocked or self._is_closed:
            return
        self._view_changed = False
        now = self._loop.time()
        assert self._node_id is not None
        self._perform(self.machine.view_changed(self._service.cache.view(self._node_id), now), now)

    def _time_passed(self) -> None:
        if self.call.blocked or self._is_closed:
            return
        now, deadline = self._loop.time(), self.machine.deadline
        if deadline is not None and deadline <= now:
            self._perform(self.machine.time_passed(now), now)

    def _set_timer(self) -> None:
        """See that something looks at the machine when its deadline has come. One that looks too early does no harm,
        and takes less than to set another each time."""
        deadline = self.machine.deadline
        if deadline is None or self._is_closed or (self._timer is not None and self._timer.when() <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        self._time_passed()
        self._set_timer()

    def _answered(self, type_url: str, now: float, *, refused: bool) -> None:
        sent = self._unanswered.pop(type_url).sent
        if refused:
            self._service.metrics.nacked(type_url)
        else:
            self._service.metrics.acked(type_url, now - sent)

    def _perform(self, commands: list[Command], now: float) -> None:
        """Carry out the machine's commands."""
        for command in commands:
            # Not `match`: it takes as long as all that a report does.
            if isinstance(command, Send):
                self._send(command.response, now)
            elif isinstance(command, Report):
                self._report(command.type_url, command.progress)
            elif isinstance(command, Close):
                self._close(command.code, command.reason)
                return
            elif not self._let_in(command.node):
                return
        if self._view_changed:
            self.show_view()
        if self.machine.deadline is not None:
            self._set_timer()

    def _send(self, response: Response, now: float) -> None:
        service, type_url = self._service, response.content.type_url
        if self._is_delta:
            shared, own = encode_delta_response(response, service.control_plane)
            self._unanswered[type_url] = _Unanswered(response.nonce, delta_acceptance(type_url, own), now)
        else:
            shared, own = encode_sotw_response(response, service.control_plane)
            self._unanswered[type_url] = _Unanswered(response.nonce, None, now)
        service.metrics.pushed(type_url)
        self.call.send(shared, own)

    def _report(self, type_url: str, progress: Progress) -> None:
        node_id, nack = self._node_id, progress.nack
        assert node_id is not None
        self._service.status.reported(self.machine.stream_id, node_id, type_url, progress)
        if nack is not None and nack is not self._logged.get(type_url):
            self._logged[type_url] = nack
            _log.warning("%s refused %s: %s", node_id, short_name(type_url), nack.message)

    def _let_in(self, node: Node) -> bool:
        service = self._service
        if not service.is_node(self.call.caller, node.id):
            _log.warning("process %s says that it is node %s", self.call.caller, node.id)
            self.call.end(StatusCode.PERMISSION_DENIED, f"process {self.call.caller} is not node {node.id}")
            return False
        full = service.nodes.enter(node.id)
        if full is not None:
            self.call.end(StatusCode.RESOURCE_EXHAUSTED, full)
            return False
        self._node_id = node.id
        service.cache.watch(node.id, self._note_view_change)
        service.status.connected(self.machine.stream_id, self.machine.variant.value, node)
        self._view_changed = True
        return True

    def _close(self, code: CloseCode, reason: str) -> None:
        who = self._node_id or "a client that has not said who it is"
        _log.warning("%s at %s: stream ended: %s", who, self.call.peer, reason)
        self.call.end(StatusCode[code.name], reason)
