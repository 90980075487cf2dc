# SPDX-License-Identifier: Apache-2.0
"""`riftgate events`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from datetime import datetime
from typing import Any

from l7filters.ports import ICMP_PROTOCOLS
from riftgate.cli import exits
from riftgate.client import MeshClient
from riftgate.instance import Instance


def events(args: argparse.Namespace) -> int:
    """What the datapath refused, a line per event; with --follow also what comes, until Ctrl-C."""

    async def show() -> None:
        client = MeshClient(Instance(args.instance))
        async with contextlib.aclosing(client.events(follow=args.follow)) as lines:
            async for line in lines:
                if line.get("forgotten") == 0:
                    continue
                print(json.dumps(line) if args.json else event_line(line), flush=True)

    asyncio.run(show())
    return exits.OK


def event_line(line: dict[str, Any]) -> str:
    if "lost" in line:
        return f"({line['lost']} events lost: this reader was too slow)"
    if "forgotten" in line:
        return f"({line['forgotten']} earlier events are not kept)"
    when = datetime.fromtimestamp(line["time"]).strftime("%H:%M:%S")
    who = line["pod"] or "?"
    if line["container"]:
        who += f"/{line['container']}"
    if line["pid"]:
        who += f" {line['comm']}({line['pid']}{', exec' if line['process'] == 'exec' else ''})"
    if line["kind"] == "exec":
        return f"{when} {line['kind']:11} {who}"
    rule = f" by {line['rule']} ({line['file']}:{line['line']})" if line["rule"] else ""
    return f"{when} {line['kind']:11} {who}{_target(line)}: {line['reason']}{rule}"


def _target(line: dict[str, Any]) -> str:
    if line["socket"] is not None:
        return f" {'on' if line['reason'] == 'local-listen' else '->'} socket {line['socket']}"
    if line["reason"] == "local-listen":
        return f" on port {line['source_port']}/{line['protocol']}"
    address = line["destination"]
    if address is None:
        return f" {line['protocol']}"
    written = f"[{address}]" if ":" in address else address
    port = f":{line['port']}" if line["port"] else ""
    name = f" {line['destination_name']}" if line["destination_name"] else ""
    if line["protocol"] in ICMP_PROTOCOLS:
        return f" ->{name} {address}/{line['protocol']} type {line['port']}"
    return f" ->{name} {written}{port}/{line['protocol']}"
