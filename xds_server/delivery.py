# SPDX-License-Identifier: Apache-2.0
"""In what order the changes of one snapshot go to one client, so that nothing that carries traffic is ever missing.

    clusters ──► endpoints ──► listeners ──► routes ──► clusters again, without those that nothing uses any more
                 (make)                                 (break)

It is above all changes that the client did not ask for that wait here. A subscription to endpoints is answered at once:
Envoy acknowledges clusters when they are warm, and they get warm by the endpoints that it subscribes to meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping

from .cache import NodeView
from .messages import Content
from .resource import Reference, Resource, ResourceSet
from .subscription import Subscription
from .type_urls import ASKED_BY, CLUSTER, DELIVERY_ORDER, ENDPOINT, LISTENER, ROUTE

# How long (seconds) listeners and routes wait for clusters to get warm. Longer than that takes when all is
# well; and short enough that a cluster that never does cannot hold back a policy.
PATIENCE = 1.0

# How long (seconds) a client may take to subscribe to what it has just been told of.
ASKING_TIME = 5.0

# How long (seconds) after its first request a client that comes again may take to subscribe to listeners and routes,
# if it wants any. Envoy sends the first requests of all types together.
RETURNING_TIME = 0.5

_USERS_OF_CLUSTERS = (LISTENER, ROUTE)


class Delivery:
    """What the client is to have now, while a change is on its way to it."""

    def __init__(self, subscriptions: Mapping[str, Subscription]) -> None:
        self._subscriptions = subscriptions
        self._view: NodeView | None = None
        self._clusters: dict[str, Resource] = {}
        """As they were sent to the client."""
        self._leaving: dict[str, dict[str, Resource]] = {}
        """What the snapshot has no more, and what may be used still: clusters and endpoints."""
        self._targets: dict[str, ResourceSet] = {}
        self._waiting_since: dict[str, float] = {}
        """Since when changes of this type are held back."""
        self._asking_until: dict[str, float] = {}
        """Until when the client may be expected to subscribe to what was announced, by the type of that."""
        self._endpoints_due: set[str] = set()
        self._has_returned = False
        """Whether the client has told of clusters from an earlier stream."""
        self._returns_until: float | None = None
        """Until when a client that has clusters from an earlier stream may be expected to ask for what uses them."""

    @property
    def view(self) -> NodeView | None:
        """What was shown last; None: nothing yet."""
        return self._view

    def published(self, type_url: str) -> ResourceSet | None:
        """What the client is to have of this type in the end; None: not known yet."""
        return None if self._view is None else self._view.resources(type_url)

    def show(self, view: NodeView) -> None:
        """From now on the client is to have this. Clusters that leave stay until nothing uses them any more."""
        leaving = self._still_used(view)
        self._view = view
        self._leaving = leaving
        self._targets.clear()

    def client_returned(self, type_url: str) -> None:
        """The client has told what it has of this type from an earlier stream.

        Whatever of that is no more may be used still, and what uses it follows only later on this stream.
        """
        clusters = self._subscriptions.get(CLUSTER)
        if type_url == CLUSTER or (type_url == ENDPOINT and clusters is not None and clusters.spares):
            self._subscriptions[type_url].spares = True
            self._has_returned = True

    def show_same_clusters(self, view: NodeView) -> None:
        """Show a view that has the clusters and listeners of the last one, on a stream where none are leaving."""
        self._view = view
        self._targets.clear()

    @property
    def is_complete(self) -> bool:
        """Whether the client was sent all that it is to have in the end, and nothing waits for its turn."""
        return (
            not self._waiting_since
            and not self._endpoints_due
            and not self.holds_leaving
            and not any(map(self.lacks, self._subscriptions))
        )

    def _still_used(self, view: NodeView) -> dict[str, dict[str, Resource]]:
        clusters = self._subscriptions.get(CLUSTER)
        if clusters is None:
            return {}
        if clusters.settled and not any(user in self._subscriptions for user in _USERS_OF_CLUSTERS):
            return {}
        before, after, endpoints = self.target(CLUSTER), view.resources(CLUSTER), self.target(ENDPOINT)
        if before is None or after is None or endpoints is None:
            return {}
        # What this stream has not sent, because the client had it from an earlier one, is as it was to be.
        known = self._clusters if before.version == after.version else {**before, **self._clusters}
        leaving = {
            name: resource
            for name, resource in known.items()
            if name not in after and clusters.held.get(name) == resource.version
        }
        # Their endpoints stay too: the client may be about to ask for them, to get these clusters warm.
        return {CLUSTER: leaving, ENDPOINT: dict(endpoints)} if leaving else {}

    @property
    def holds_leaving(self) -> bool:
        """Whether the client still has clusters or endpoints that the snapshot has no more."""
        return bool(self._leaving) or self._spares(CLUSTER) or self._spares(ENDPOINT)

    def _spares(self, type_url: str) -> bool:
        if not self._has_returned:
            return False
        subscription = self._subscriptions.get(type_url)
        if subscription is None or not subscription.spares:
            return False
        published = self.published(type_url)
        return published is not None and subscription.spared(published)

    def target(self, type_url: str) -> ResourceSet | None:
        """What the client is to have of this type at this stage; None: not known yet."""
        target = self._targets.get(type_url)
        if target is None:
            published = self.published(type_url)
            if published is None:
                return None
            leaving = self._leaving.get(type_url)
            target = self._targets[type_url] = published.union(leaving) if leaving else published
        return target

    def lacks(self, type_url: str) -> bool:
        """Whether something of this type is still to be sent."""
        subscription, target = self._subscriptions.get(type_url), self.target(type_url)
        return subscription is not None and target is not None and subscription.lacks(target)

    def unasked(self, type_url: str) -> frozenset[str]:
        """Names that the client has been told of, or will be, and has not subscribed to yet."""
        if self._view is None or ASKED_BY.get(type_url) not in self._subscriptions:
            return frozenset()
        required = self._view.required(type_url)
        subscription = self._subscriptions.get(type_url)
        return required if subscription is None else subscription.unasked(required)

    def may_push(self, type_url: str, now: float) -> bool:
        """Whether it is this type's turn to have changes sent that the client did not ask for."""
        if self._is_turn_of(type_url, now) or not self.lacks(type_url):
            self._waiting_since.pop(type_url, None)
            return True
        since = self._waiting_since.setdefault(type_url, now)
        return type_url != ENDPOINT and now >= since + PATIENCE

    def may_answer(self, type_url: str) -> bool:
        """Whether a subscription to this type may be answered: what it is told must not use clusters yet to be told."""
        return type_url not in _USERS_OF_CLUSTERS or not self.lacks(CLUSTER)

    def _is_turn_of(self, type_url: str, now: float) -> bool:
        if type_url not in DELIVERY_ORDER or type_url == CLUSTER:
            return True
        if type_url == ENDPOINT:
            return not self.lacks(CLUSTER)
        return self._is_done(CLUSTER, now) and self._is_done(ENDPOINT, now) and not self._precedes(LISTENER, type_url)

    def _precedes(self, earlier: str, type_url: str) -> bool:
        return type_url != earlier and self.lacks(earlier)

    def _is_done(self, type_url: str, now: float) -> bool:
        subscription = self._subscriptions.get(type_url)
        if subscription is None:
            return True
        if self.lacks(type_url) or not subscription.settled:
            return False
        return now >= self._asking_until.get(type_url, now) or not self.unasked(type_url)

    def was_sent(self, content: Content, changed: tuple[Resource, ...], now: float) -> None:
        """This is on its way; `changed` is new to the client, and it will ask for what that refers to."""
        type_url = content.type_url
        for child, parent in ASKED_BY.items():
            if parent == type_url and changed:
                self._asking_until[child] = now + ASKING_TIME
        if type_url == CLUSTER and self._view is not None:
            self._clusters.update((each.name, each) for each in content.resources)
            for name in self._clusters.keys() - self._subscriptions[CLUSTER].held.keys():
                del self._clusters[name]
            if len(changed) == len(self._view.resources(CLUSTER) or ()):
                # At the start of a stream. Of endpoints, clusters alone have need.
                self._endpoints_due.update(self._view.required(ENDPOINT))
                changed = ()
            for cluster in changed:
                needed = self._view.needs(Reference(CLUSTER, cluster.name))
                self._endpoints_due.update(each.name for each in needed if each.type_url == ENDPOINT)
            self.request_endpoints()

    def request_endpoints(self) -> None:
        """A cluster that was sent gets its endpoints even if they did not change: without, it warms for 15 s.

        On a new stream the subscription to them comes after the clusters.
        """
        endpoints = self._subscriptions.get(ENDPOINT)
        if endpoints is None or not self._endpoints_due:
            return
        asked_for = set(self._endpoints_due) if endpoints.wildcard else self._endpoints_due & endpoints.names
        endpoints.request_again(asked_for)
        self._endpoints_due -= asked_for

    def let_go(self, now: float) -> bool:
        """Once nothing uses them, give up the clusters that leave; whether that changes what is to be sent."""
        if not (self._leaving or self._has_returned):
            return False
        sparing = [each for each in self._subscriptions.values() if each.spares]
        if not (self._leaving or sparing) or not self._is_unused(now):
            return False
        self._leaving = {}
        self._targets.clear()
        for subscription in sparing:
            subscription.spare_no_more()
        return True

    def _is_unused(self, now: float) -> bool:
        if self.published(CLUSTER) is None:
            return False
        users = [self._subscriptions[each] for each in _USERS_OF_CLUSTERS if each in self._subscriptions]
        if self._has_returned:
            # Nothing is known of its listeners and routes before it subscribes to them: what is published meanwhile may
            # take a cluster away that they use.
            to_come = self._users_to_come()
            if not (users or to_come):
                return True
            if self._returns_until is None:
                self._returns_until = now + RETURNING_TIME
            if to_come and now < self._returns_until:
                return False
        if not all(self._is_done(type_url, now) for type_url in DELIVERY_ORDER):
            return False
        # Else Envoy runs on with listeners or routes that still send traffic to them. With what is no more it does not;
        # but of that a state of the world says nothing, and so the refusal stands.
        return not any(name in (self.published(user.type_url) or {}) for user in users for name in user.rejected)

    def _users_to_come(self) -> bool:
        """Whether the client has reason to subscribe to listeners or routes and has not done so."""
        if LISTENER not in self._subscriptions:
            return bool(self.published(LISTENER))
        return ROUTE not in self._subscriptions and bool(self.unasked(ROUTE))

    def deadlines(self) -> list[float]:
        """When to look again although nothing happened."""
        pending = [since + PATIENCE for since in self._waiting_since.values()] if self._waiting_since else []
        if self._returns_until is not None:
            pending.append(self._returns_until)
        if self.holds_leaving or self._waiting_since:
            pending.extend(self._asking_until.values())
        return pending
