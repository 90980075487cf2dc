# SPDX-License-Identifier: Apache-2.0
"""Every effect that a fault can have; each has a file of its own beside this one."""

from typing import Annotated

from pydantic import Field

from l7filters.faults.abort import Abort
from l7filters.faults.body import Body, Edit, Side
from l7filters.faults.concurrency import ConcurrencyLimit
from l7filters.faults.delay import Delay, RandomDelay
from l7filters.faults.elsewhere import Mirror, Redirect
from l7filters.faults.headers import Headers
from l7filters.faults.request import RewriteRequest
from l7filters.faults.reset import Reset
from l7filters.faults.response import ResponseRate, RewriteStatus

Effect = Annotated[
    Delay
    | RandomDelay
    | Abort
    | Reset
    | Headers
    | RewriteRequest
    | Redirect
    | Mirror
    | ConcurrencyLimit
    | Body
    | ResponseRate
    | RewriteStatus,
    Field(discriminator="kind"),
]
"""`kind` tells one from the other in JSON; it is also what flow records call the effect."""


def answers(effect: Effect) -> bool:
    """Whether the sidecar ends the request itself: nothing of it reaches the app, and nothing of the app the caller."""
    return isinstance(effect, Abort) or (isinstance(effect, Reset) and effect.after_bytes is None)


def waits(effect: Effect) -> bool:
    """Whether it happens to a request that is answered by the sidecar too."""
    return isinstance(effect, Delay) or (isinstance(effect, RandomDelay) and effect.before == "request")


def by_server(effect: Effect) -> bool:
    """Whether the fault server does it, because Envoy itself cannot."""
    return isinstance(effect, Body) or (isinstance(effect, Reset) and effect.after_bytes is not None)


def cuts(effect: Effect, side: Side) -> bool:
    """Whether the fault server may leave out the rest of that message's body."""
    if isinstance(effect, Body):
        return effect.edit is Edit.TRUNCATE and effect.of is side
    return isinstance(effect, Reset) and effect.after_bytes is not None and side is Side.RESPONSE


def spoilt_by_break(effect: Effect) -> bool:
    """Whether it cannot be done to a response that breaks off after so many bytes."""
    held = isinstance(effect, RandomDelay) and effect.before == "response"
    return held or (isinstance(effect, Body) and effect.of == "response")
