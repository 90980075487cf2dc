# SPDX-License-Identifier: Apache-2.0
"""The story of the death star, told with real Envoys, real BPF and pods that are network namespaces."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from importlib import resources
from pathlib import Path

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
    try:
        if asyncio.run(_until_terminated(_tell(instance, console, rows))):
            raise Terminated
    finally:
        console.print("[dim]cleaning up[/]")
        remove_everything(instance)
    if args.json:
        print(json.dumps({"rows": rows.to_json(), "ok": rows.hold}, indent=2))
    else:
        rows.print()
    return exits.OK if rows.hold else exits.FAILED


async def _until_terminated(story: Coroutine[None, None, None]) -> bool:
    """Whether SIGTERM cut the story short. It cancels, as asyncio.run has it for Ctrl-C: an exception out of a signal
    handler could strike inside asyncio. From the end of the story on both are ignored, so that a second one does not
    leave half of it behind."""
    loop = asyncio.get_running_loop()
    telling = loop.create_task(story)
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = telling.cancel() or terminated

    loop.add_signal_handler(signal.SIGTERM, terminate)
    try:
        await telling
    except asyncio.CancelledError:
        if not terminated:
            raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    return terminated


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
