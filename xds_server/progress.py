# SPDX-License-Identifier: Apache-2.0
"""How far one client is with one type, told in versions of what it is to have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .delivery import Delivery
from .subscription import Nack, Subscription
from .type_urls import CLUSTER, ENDPOINT


@dataclass(frozen=True, slots=True)
class Progress:
    """Versions are those of the node's whole set of the type, whatever part of it the client subscribes to."""

    subscribed: bool = False
    sent: str | None = None
    """The last version of which everything that the client wants was sent."""
    acked: str | None = None
    """The last version that the client was sent in full and accepted in full."""
    refused: str | None = None
    """The version that it was sent in full and refuses a part of, now."""
    nack: Nack | None = None
    """Its last refusal, of whatever version."""
    unasked: tuple[str, ...] = ()
    """Names that other resources refer to and that the client has not subscribed to yet."""


def told_progress(
    sent: str | None, acked: str | None, refused: str | None, nack: Nack | None, unasked: tuple[str, ...]
) -> Progress:
    """Of a type that is subscribed to. Most clients are equally far: they share what says so."""
    if nack is not None:
        return Progress(True, sent, acked, refused, nack, unasked)
    return _shared(sent, acked, refused, unasked)


@lru_cache(maxsize=1_024)
def _shared(sent: str | None, acked: str | None, refused: str | None, unasked: tuple[str, ...]) -> Progress:
    return Progress(True, sent, acked, refused, None, unasked)


def progress_of(type_url: str, subscription: Subscription | None, delivery: Delivery, before: Progress) -> Progress:
    """How far the client is, given how far it was."""
    asked_for = delivery.unasked(type_url)
    unasked = tuple(sorted(asked_for)) if asked_for else ()
    if subscription is None:
        return Progress(unasked=unasked)
    published = delivery.published(type_url)
    sent, acked, refused = before.sent, before.acked, None
    if published is not None and not delivery.lacks(type_url):
        exact = not (type_url in (CLUSTER, ENDPOINT) and delivery.holds_leaving)
        if exact:
            sent = published.version
        if subscription.settled and subscription.rejected:
            refused = published.version
        elif subscription.settled and exact and not unasked:
            acked = published.version
    return told_progress(sent, acked, refused, subscription.nack, unasked)
