# SPDX-License-Identifier: Apache-2.0
"""The commands that are processes of the mesh themselves. Each imports its own half: the agent is on every machine, and
gRPC and Envoy's messages would be half of its memory."""

from __future__ import annotations

import argparse
import asyncio
import logging

from riftgate.cli import exits
from riftgate.cli.host import require_host
from riftgate.instance import Instance
from riftgate.local.daemons import say_ready


def serve(args: argparse.Namespace) -> int:
    """`riftgate serve`: the control server, until SIGTERM or Ctrl-C."""
    from riftgate.control.server import serve as serve_control
    from xds_server import event_loop

    instance = Instance(args.instance)
    instance.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _log_to_stderr()
    event_loop.run(serve_control(instance, args.policies, lambda: say_ready(args.ready_fd)))
    return exits.OK


def agent(args: argparse.Namespace) -> int:
    """`riftgate agent`: the agent, until SIGTERM or Ctrl-C."""
    from riftgate.local.agent import run_agent

    require_host()
    _log_to_stderr()
    asyncio.run(run_agent(Instance(args.instance), lambda: say_ready(args.ready_fd)))
    return exits.OK


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
