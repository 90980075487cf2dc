# SPDX-License-Identifier: Apache-2.0
"""One ADS stream as a machine without sockets or clocks: events in, commands out.

    request_received ─┐                    ┌─► Identify   the client told who it is: watch that node, give its
    view view_changed ─────┼──►  AdsStream  ────┼─► Send       a response
    time_passed ──────┘                    ├─► Report     how far the client is, whenever that changes
                                           └─► Close      end the stream with this status
    deadline: when to call time_passed, unless something happens before

Times are seconds of any monotonic clock.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .cache import NodeView
from .delivery import Delivery
from .delta import DeltaSubscription
from .limits import Limits
from .messages import Content, DeltaRequest, Node, Request, Response, SotwRequest
from .progress import Progress, progress_of, told_progress
from .sotw import SotwSubscription
from .subscription import Subscription
from .type_urls import ASKED_BY, CLUSTER, DELIVERY_ORDER, ENDPOINT, ROUTE


class Variant(Enum):
    """Which of the two methods of the AggregatedDiscoveryService the stream is."""

    DELTA = "delta"
    SOTW = "sotw"


class Identify(NamedTuple):
    node: Node


class Send(NamedTuple):
    response: Response


class Report(NamedTuple):
    type_url: str
    progress: Progress


class CloseCode(Enum):
    """Of gRPC's status codes."""

    INVALID_ARGUMENT = "the client broke the protocol"
    RESOURCE_EXHAUSTED = "the client asks for more than is kept for one"


class Close(NamedTuple):
    """End the stream. `reason` is for the client's log and for ours."""

    reason: str
    code: CloseCode = CloseCode.INVALID_ARGUMENT


Command = Identify | Send | Report | Close


class AdsStream:
    """The state of one stream. `stream_id` makes its nonces differ from those of all other streams."""

    def __init__(self, variant: Variant, stream_id: str, limits: Limits | None = None) -> None:
        self.variant = variant
        self.node: Node | None = None
        self.stream_id = stream_id
        self._limits = limits or Limits()
        self._nonces = 0
        self._order: tuple[str, ...] = ()
        """The subscribed types, in the order in which they have their turn."""
        self._subscriptions: dict[str, Subscription] = {}
        self._delivery = Delivery(self._subscriptions)
        self._reported: dict[str, Progress] = {}
        self._commands: list[Command] = []
        self._deadline: float | None = None
        self._is_quiet = False
        """All that is to be sent was sent, and nothing waits for its turn: then most events concern one type only."""

    def request_received(self, request: Request, now: float) -> list[Command]:
        if self.node is None:
            if request.node is None or not request.node.id:
                return [Close("the first request of a stream must carry node.id")]
            self.node = request.node
            self._commands.append(Identify(request.node))
        if not request.type_url:
            return [Close("a request on an aggregated stream must carry type_url")]
        if self._is_quiet and isinstance(request, DeltaRequest) and self._accepts(request):
            return self._report_acceptance(request.type_url)
        excess = self._excess(request)
        if excess is None:
            self._subscribe(request)
            self._delivery.request_endpoints()
            excess = self._excess_of_names(request.type_url)
        if excess is not None:
            return [Close(excess, CloseCode.RESOURCE_EXHAUSTED)]
        return self._advance(now)

    def view_changed(self, view: NodeView, now: float) -> list[Command]:
        """What the node may see is this now. Also the answer to Identify."""
        before = self._delivery.view
        if self._is_quiet and before is not None:
            difference = view.difference_from(before)
            changed = [each for each in difference.type_urls if each in self._subscriptions]
            if len(changed) == 1 and difference.same_requirements and changed[0] not in ASKED_BY.values():
                return self._push(changed[0], view, now) or self._send_only(changed[0], view, now)
        self._delivery.show(view)
        return self._advance(now)

    def time_passed(self, now: float) -> list[Command]:
        return self._advance(now)

    @property
    def deadline(self) -> float | None:
        """When `time_passed` is due; None: only another event can change anything."""
        return self._deadline

    # Nearly every event is one of two: a change of routes, endpoints or runtime alone, and its ACK. For thousands of
    # streams at once, what cannot follow from these is not even looked at.

    def response_accepted(self, type_url: str, now: float) -> list[Command]:
        """As `request_received`, of a Delta request that says nothing but yes to the outstanding response."""
        subscription = self._subscriptions[type_url]
        assert isinstance(subscription, DeltaSubscription)
        assert subscription.outstanding is not None
        if self._is_quiet and subscription.receive_acceptance():
            return self._report_acceptance(type_url)
        return self.request_received(DeltaRequest(type_url, nonce=subscription.outstanding.nonce), now)

    def _accepts(self, request: DeltaRequest) -> bool:
        """Read a request that does nothing but accept the outstanding response; False: it is another."""
        subscription = self._subscriptions.get(request.type_url)
        if not isinstance(subscription, DeltaSubscription) or subscription.outstanding is None:
            return False
        if request.error is not None or request.subscribe or request.unsubscribe:
            return False
        return request.nonce == subscription.outstanding.nonce and subscription.receive_acceptance()

    def _push(self, type_url: str, view: NodeView, now: float) -> list[Command] | None:
        """Send a change of one type that is nobody's turn but its own; None: it may have to wait for something."""
        subscription = self._subscriptions[type_url]
        before, after = self._delivery.published(type_url), view.resources(type_url)
        if not isinstance(subscription, DeltaSubscription) or before is None or after is None:
            return None
        if type_url == ROUTE and not self._may_use_clusters():
            return None
        content = subscription.change(before, after)
        if content is None:
            return None
        self._delivery.show_same_clusters(view)
        response = self._respond(content, subscription, now)
        told = self._reported.get(type_url, _NO_PROGRESS)
        progress = told_progress(after.version, told.acked, None, subscription.nack, told.unasked)
        self._reported[type_url] = progress
        return [Send(response), Report(type_url, progress)]

    def _may_use_clusters(self) -> bool:
        """Whether the client has said that clusters and endpoints are as they are to be."""
        for each in (CLUSTER, ENDPOINT):
            subscription = self._subscriptions.get(each)
            if subscription is not None and subscription.outstanding is not None:
                return False
        return not self._reported.get(ENDPOINT, _NO_PROGRESS).unasked

    def _report_acceptance(self, type_url: str) -> list[Command]:
        """On a quiet stream: what was sent of this type was all of it."""
        published = self._delivery.published(type_url)
        assert published is not None
        before, nack = self._reported.get(type_url, _NO_PROGRESS), self._subscriptions[type_url].nack
        acked = before.acked if before.unasked else published.version
        progress = told_progress(published.version, acked, None, nack, before.unasked)
        if progress is before or progress == before:
            return []
        self._reported[type_url] = progress
        return [Report(type_url, progress)]

    def _send_only(self, type_url: str, view: NodeView, now: float) -> list[Command]:
        self._delivery.show_same_clusters(view)
        self._send_due(type_url, now)
        if self._subscriptions[type_url].outstanding is None or self._delivery.lacks(type_url):
            # Nothing to send of it, or not its turn.
            return self._advance(now)
        self._report_on(type_url)
        commands, self._commands = self._commands, []
        return commands

    def _subscribe(self, request: Request) -> None:
        subscription = self._subscriptions.get(request.type_url)
        match request:
            case DeltaRequest():
                if not isinstance(subscription, DeltaSubscription):
                    subscription = self._subscriptions[request.type_url] = DeltaSubscription(request.type_url)
                subscription.receive(request)
                if request.initial_versions:
                    self._delivery.client_returned(request.type_url)
            case SotwRequest():
                if not isinstance(subscription, SotwSubscription):
                    subscription = self._subscriptions[request.type_url] = SotwSubscription(request.type_url)
                subscription.receive(request)

    def _excess(self, request: Request) -> str | None:
        """What is too much about the request in itself."""
        limits = self._limits
        names = request.names if isinstance(request, SotwRequest) else request.subscribe
        told = () if isinstance(request, SotwRequest) else request.initial_versions
        if max(map(len, (request.type_url, *names, *told))) > limits.name_length:
            return f"a name is longer than {limits.name_length} characters"
        if request.type_url not in self._subscriptions and len(self._subscriptions) >= limits.types_per_stream:
            return f"the stream subscribes to more than {limits.types_per_stream} types"
        if len(told) > limits.names_per_type:
            return f"the request tells of more than {limits.names_per_type} resources that the client has"
        return None

    def _excess_of_names(self, type_url: str) -> str | None:
        if len(self._subscriptions[type_url].names) > self._limits.names_per_type:
            return f"the stream subscribes to more than {self._limits.names_per_type} resources of type {type_url}"
        return None

    def _advance(self, now: float) -> list[Command]:
        # Until it is known what the node may see, an empty runtime layer would be a wrong answer too.
        if self._delivery.view is not None:
            self._delivery.let_go(now)
            self._send_all_due(now)
            while self._delivery.let_go(now):
                self._send_all_due(now)
            self._report()
            self._deadline = self._next_deadline(now)
            self._is_quiet = self._deadline is None and self._delivery.is_complete
        commands, self._commands = self._commands, []
        return commands

    def _send_all_due(self, now: float) -> None:
        if len(self._order) != len(self._subscriptions):
            independent = (each for each in self._subscriptions if each not in DELIVERY_ORDER)
            ordered = (each for each in DELIVERY_ORDER if each in self._subscriptions)
            self._order = (*independent, *ordered)
        for type_url in self._order:
            self._send_due(type_url, now)

    def _send_due(self, type_url: str, now: float) -> None:
        subscription, target = self._subscriptions[type_url], self._delivery.target(type_url)
        only_requested = not self._delivery.may_push(type_url, now)
        if subscription.outstanding is not None or target is None:
            return
        if only_requested and not self._delivery.may_answer(type_url):
            return
        content = subscription.due(target, now, only_requested=only_requested)
        if content is None:
            return
        held, changed = subscription.held, content.resources
        if held:
            changed = tuple(each for each in changed if held.get(each.name) != each.version)
        response = self._respond(content, subscription, now)
        self._delivery.was_sent(content, changed, now)
        self._commands.append(Send(response))

    def _respond(self, content: Content, subscription: Subscription, now: float) -> Response:
        self._nonces += 1
        response = Response(f"{self.stream_id}.{self._nonces}", content)
        subscription.sent(response, now)
        return response

    def _report(self) -> None:
        for type_url in self._subscriptions:
            self._report_on(type_url)
        for type_url in ASKED_BY:
            if type_url not in self._subscriptions and self._delivery.unasked(type_url):
                self._report_on(type_url)

    def _report_on(self, type_url: str) -> None:
        before = self._reported.get(type_url, _NO_PROGRESS)
        progress = progress_of(type_url, self._subscriptions.get(type_url), self._delivery, before)
        # Equal ones are mostly one object.
        if progress is not before and progress != before:
            self._reported[type_url] = progress
            self._commands.append(Report(type_url, progress))

    def _next_deadline(self, now: float) -> float | None:
        deadlines = self._delivery.deadlines()
        for subscription in self._subscriptions.values():
            if subscription.leases and subscription.outstanding is None:
                deadlines.append(subscription.leases.next_renewal)
        # What is past and still not done waits for an event, and not for time.
        return min((each for each in deadlines if each > now), default=None) if deadlines else None


_NO_PROGRESS = Progress()
