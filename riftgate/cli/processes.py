# SPDX-License-Identifier: Apache-2.0
"""The commands that are processes of the mesh themselves."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from riftgate.cli import exits
from riftgate.cli.host import require_host
from riftgate.control.server import serve as serve_control
from riftgate.instance import Instance
from riftgate.local.agent import run_agent
from riftgate.local.daemons import say_ready


def serve(args: argparse.Namespace) -> int:
    """`riftgate serve`: the control server, until SIGTERM or Ctrl-C."""
    instance = Instance(args.instance)
    instance.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _run(serve_control(instance, args.policies, lambda: say_ready(args.ready_fd)))


def agent(args: argparse.Namespace) -> int:
    """`riftgate agent`: the agent, until SIGTERM or Ctrl-C."""
    require_host()
    return _run(run_agent(Instance(args.instance), lambda: say_ready(args.ready_fd)))


def _run(process: Coroutine[Any, Any, None]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(process)
    return exits.OK
