# SPDX-License-Identifier: Apache-2.0
"""The story of the death star, told with real Envoys, real BPF and pods that are network namespaces."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from importlib import resources
from pathlib import Path
from types import FrameType

from rich.console import Console

from riftgate.cli import exits
from riftgate.cli.exits import CommandError, Terminated
from riftgate.cli.files import read_files
from riftgate.client import MeshClient
from riftgate.demo.chapters import Chapters
from riftgate.demo.table import Rows
from riftgate.instance import Instance
from riftgate.local import daemons
from riftgate.local.remains import remove_everything

FILES = Path(str(resources.files("riftgate.demo")))


def tell(args: argparse.Namespace) -> int:
    """Exit code 0 only when every row of the story is as expected. Whatever happens, nothing stays behind."""
    instance = Instance(args.instance)
    if instance.state.exists() or instance.cgroup.exists():
        raise CommandError("a mesh is there already; end it first with: riftgate down", exits.BAD_INPUT)
    output = sys.stderr if args.json else sys.stdout
    # Not a terminal: wide enough for a log file to stay readable.
    console = Console(file=output, soft_wrap=True, width=None if output.isatty() else 160)
    rows = Rows(console)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        asyncio.run(_tell(instance, console, rows))
    finally:
        # A second Ctrl-C must not leave half of it behind.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        console.print("[dim]cleaning up[/]")
        remove_everything(instance)
    if args.json:
        print(json.dumps({"rows": rows.to_json(), "ok": rows.hold}, indent=2))
    else:
        rows.print()
    return exits.OK if rows.hold else exits.FAILED


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """Like Ctrl-C: both unwind, and unwinding cleans up."""
    raise Terminated


async def _tell(instance: Instance, console: Console, rows: Rows) -> None:
    client = MeshClient(instance)
    console.print("[bold]Starting the control server and the agent[/]")
    await asyncio.to_thread(daemons.start, instance, "control", ("serve",))
    await asyncio.to_thread(daemons.start, instance, "agent", ("agent",))
    console.print("[bold]Starting the pods of app.yaml, an Envoy beside each[/]")
    async for event in client.bring_up(read_files([FILES / "starwars" / "app.yaml"]), FILES / "images.yaml"):
        if "error" in event:
            raise CommandError(event["error"])
        if event.get("step") == "running":
            console.print(f"  {event['pod']} runs", highlight=False)
    # Among the mesh's own files: `down` removes it even when this process is killed.
    folder = instance.state / "demo"
    folder.mkdir()
    await Chapters(instance, client, console, rows, FILES, folder).tell()
