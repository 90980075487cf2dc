# SPDX-License-Identifier: Apache-2.0
"""The commands that are processes of the mesh themselves. Each imports its own half, when it is called: the agent is on
every machine, and gRPC and Envoy's messages would be half of its memory."""

from __future__ import annotations

import argparse
import contextlib
import logging

from riftgate.cli import exits
from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from riftgate.wakeup import wake_at_once


def serve(args: argparse.Namespace) -> int:
    """`riftgate serve`: the control server, until SIGTERM or Ctrl-C."""
    from riftgate.control.server import serve as serve_control
    from riftgate.local import daemons
    from xds_server import event_loop

    instance = Instance(args.instance)
    instance.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _log_to_stderr()
    # Without root there are no pods either.
    with contextlib.suppress(PermissionError, LocalError):
        daemons.enroll(instance, "control")
    wake_at_once()
    event_loop.run(serve_control(instance, args.policies, lambda: daemons.say_ready(args.ready_fd)))
    return exits.OK


def fault_server(args: argparse.Namespace) -> int:
    """`riftgate fault-server`: until SIGTERM, Ctrl-C or the end of its standard input."""
    from riftgate.control.fault_process import serve_faults
    from xds_server import event_loop

    _log_to_stderr()
    wake_at_once()
    event_loop.run(serve_faults(Instance(args.instance)))
    return exits.OK


def agent(args: argparse.Namespace) -> int:
    """`riftgate agent`: the agent, until SIGTERM or Ctrl-C."""
    from riftgate.local import lean

    lean.import_libraries()
    import asyncio

    from bpf.acceleration import Acceleration
    from riftgate.cli.host import require_host
    from riftgate.local import daemons
    from riftgate.local.agent import run_agent

    require_host()
    _log_to_stderr()
    instance = Instance(args.instance)

    def ready() -> None:
        daemons.enroll(instance, "agent")
        daemons.say_ready(args.ready_fd)

    asyncio.run(run_agent(instance, tuple(args.dns_upstream), Acceleration(args.acceleration), ready))
    return exits.OK


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
