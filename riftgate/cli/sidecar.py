# SPDX-License-Identifier: Apache-2.0
"""`riftgate sidecar restart`."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
from typing import Any

from riftgate.cli import exits
from riftgate.cli.durations import seconds
from riftgate.cli.exits import CommandError
from riftgate.client import MeshClient, dump
from riftgate.instance import Instance
from riftgate.local.sidecar import LONGEST_DRAIN

_POLL_SECONDS = 1.0


def restart(args: argparse.Namespace) -> int:
    """Another Envoy takes the pod's connections over; exit code 1, and the one before goes on, if it does not serve."""
    envoy = None
    if args.envoy is not None:
        envoy = str(args.envoy.absolute())
        if not os.access(envoy, os.X_OK):
            raise CommandError(f"{envoy} is no program; give the path of an Envoy", exits.BAD_INPUT)
    drain = None
    if args.drain is not None:
        drain = math.ceil(seconds("--drain", args.drain))
        if drain > LONGEST_DRAIN:
            raise CommandError(f"--drain: {args.drain} is too long; write 24h at most", exits.BAD_INPUT)
    client = MeshClient(Instance(args.instance))
    answer = asyncio.run(client.restart_sidecar(args.pod, envoy, drain))
    if args.json:
        dump(answer)
    else:
        print(
            f"{answer['pod']}: restart epoch {answer['epoch']} serves; "
            f"what is open at the Envoy before it ends within {answer['drains']} s",
            flush=True,
        )
    if args.wait:
        asyncio.run(_drained(client, answer["pod"], quiet=args.json))
    return exits.OK


async def _drained(client: MeshClient, pod: str, *, quiet: bool) -> None:
    """Until no Envoy before the one that runs is left; says how many connections they have when that has changed."""
    said = None
    while True:
        status = await client.agent_status()
        left: list[dict[str, Any]] = next((each["draining"] for each in status["pods"] if each["pod"] == pod), [])
        if not left:
            break
        connections = sum(each["connections"] for each in left)
        if connections != said and not quiet:
            seconds_left = max(each["seconds"] for each in left)
            print(f"{pod}: {connections} still open, for {seconds_left:.0f} s at most", flush=True)
        said = connections
        await asyncio.sleep(_POLL_SECONDS)
    if not quiet:
        print(f"{pod}: no Envoy before it is left")
