# SPDX-License-Identifier: Apache-2.0
"""`riftgate flows`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from typing import Any

from riftgate.cli import exits
from riftgate.client import MeshClient
from riftgate.instance import Instance


def flows(args: argparse.Namespace) -> int:
    """One line per request as it ends, until Ctrl-C or --count."""

    async def follow() -> None:
        seen = 0
        async with contextlib.aclosing(MeshClient(Instance(args.instance)).flows()) as lines:
            async for line in lines:
                if "subscribed" in line:
                    continue
                print(json.dumps(line) if args.json else flow_line(line), flush=True)
                seen += not line.keys() & {"lost", "note"}
                if seen == args.count:
                    return

    asyncio.run(follow())
    return exits.OK


def flow_line(line: dict[str, Any]) -> str:
    if "lost" in line:
        return f"({line['lost']} records lost: this reader was too slow)"
    if "note" in line:
        return f"({line['note']})"
    who = line["source_workload"] or (line["source"] or {}).get("address", "?")
    to = line["destination_workload"] or (line["destination"] or {}).get("address", "?")
    rule = (line["enforced"] or {}).get("rule")
    audit = line["would_be_denied_by"]
    notes = [
        *(["exec session"] if line["process"] == "exec" else []),
        *(f"fault {fault}" for fault in line["faults"]),
        *([f"rule {rule}"] if rule else []),
        *([f"would be denied by {audit}"] if audit else []),
    ]
    request = f"{line['method']} {line['path']}" if line["method"] or line["path"] else line["protocol"]
    return (
        f"{line['log']:8} {who} -> {to} {request} {line['status']} {line['duration_ms']:.0f} ms "
        f"{line['kind']}{' (' + ', '.join(notes) + ')' if notes else ''}"
    )
