# SPDX-License-Identifier: Apache-2.0
"""Following the control server for as long as the agent runs, whether it is there or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable

log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5
LONG_POLL = 60.0
"""Seconds that the control server may take to answer what waits for something new."""


async def follow(step: Callable[[], Awaitable[None]], lost: Callable[[], None] = lambda: None) -> None:
    """Does the step for ever. A server that does not answer is told of once and asked again, after ``lost``."""
    trouble = ""
    while True:
        try:
            await step()
            trouble = ""
        except (AdminError, ServerUnreachable) as error:
            if str(error) != trouble:
                log.warning("the control server: %s; what is in force stays in force", error)
            trouble = str(error)
            lost()
            await asyncio.sleep(_RETRY_SECONDS)
