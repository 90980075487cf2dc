# SPDX-License-Identifier: Apache-2.0
"""`riftgate metrics`."""

from __future__ import annotations

import argparse
import asyncio

from riftgate.cli import exits
from riftgate.client import MeshClient
from riftgate.instance import Instance


def metrics(args: argparse.Namespace) -> int:
    """What the control server counts, once; nothing is added for people."""
    print(asyncio.run(MeshClient(Instance(args.instance)).metrics()), end="")
    return exits.OK
