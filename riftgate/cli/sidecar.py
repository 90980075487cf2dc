# SPDX-License-Identifier: Apache-2.0
"""`riftgate sidecar restart`."""

from __future__ import annotations

import argparse
import asyncio
import os

from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.client import MeshClient, dump
from riftgate.instance import Instance


def restart(args: argparse.Namespace) -> int:
    """Another Envoy takes the pod's connections over; exit code 1, and the one before goes on, if it does not serve."""
    envoy = None
    if args.envoy is not None:
        envoy = str(args.envoy.absolute())
        if not os.access(envoy, os.X_OK):
            raise CommandError(f"{envoy} is no program; give the path of an Envoy", exits.BAD_INPUT)
    answer = asyncio.run(MeshClient(Instance(args.instance)).restart_sidecar(args.pod, envoy))
    if args.json:
        dump(answer)
    else:
        print(
            f"{answer['pod']}: restart epoch {answer['epoch']} serves; "
            f"what is open at the Envoy before it ends within {answer['drains']} s"
        )
    return exits.OK
