# SPDX-License-Identifier: Apache-2.0
"""`up`, `down`, `exec`, `status` and `flows`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.cli.files import read_files
from riftgate.cli.host import require_host
from riftgate.client import MeshClient, dump
from riftgate.instance import Instance
from riftgate.local import cgroups, daemons
from riftgate.local.images import ImageTable, parse_images
from riftgate.local.lock import held
from riftgate.local.manifests import parse_manifests
from riftgate.local.plan import make_plan
from riftgate.local.remains import remove_everything


def up(args: argparse.Namespace) -> int:
    """Starts what does not run yet of the mesh's own processes, then brings the pods to what the manifests say."""
    instance = Instance(args.instance)
    files = read_files(args.file)
    # Before anything is touched: all that is wrong with the manifests and the images.
    manifests = parse_manifests((text, file) for file, text in files)
    images = ImageTable()
    for file, text in read_files([args.images] if args.images else []):
        images = parse_images(text, Path(file).absolute())
    make_plan(manifests, images)
    require_host()
    start_processes(instance, args)
    asyncio.run(bring_up(MeshClient(instance), files, args))
    return exits.OK


def start_processes(instance: Instance, args: argparse.Namespace) -> None:
    """The control server and the agent, if they do not run; an agent takes over what one before it has left.

    One at a time: a second `up` waits until the first one has them started.
    """
    with held(instance.lock("up"), "an `up` of this mesh", wait=True):
        _start_missing(instance, args)


def _start_missing(instance: Instance, args: argparse.Namespace) -> None:
    if args.restart_agent:
        cgroups.kill_all(instance.process_cgroup("agent"))
    if daemons.is_running(instance, "control"):
        if args.policies is not None:
            print("--policies is read when the control server starts, and it runs already", file=sys.stderr)
    else:
        watched = () if args.policies is None else ("--policies", str(args.policies.absolute()))
        daemons.start(instance, "control", ("serve", *watched))
    if not daemons.is_running(instance, "agent"):
        upstreams = (word for each in args.dns_upstream for word in ("--dns-upstream", each))
        daemons.start(instance, "agent", ("agent", "--acceleration", args.acceleration or "auto", *upstreams))
        return
    for option, given in (("--dns-upstream", args.dns_upstream), ("--acceleration", args.acceleration)):
        if given:
            print(f"{option} is read when the agent starts, and it runs already", file=sys.stderr)


async def bring_up(client: MeshClient, files: list[tuple[str, str]], args: argparse.Namespace) -> None:
    """Shows each step. Raises CommandError when one fails; what runs until then stays, and `up` can be repeated."""
    async for event in client.bring_up(files, args.images):
        if args.json:
            print(json.dumps(event), flush=True)
        elif "step" in event:
            details = ", ".join(" ".join(event[key]) for key in event if key not in ("pod", "step"))
            print(f"{event['pod']}: {event['step']}{f' ({details})' if details else ''}", flush=True)
        elif "done" in event:
            for note in event["notes"]:
                print(note, file=sys.stderr)
            print(f"{event['pods']} pods are up", flush=True)
        if "error" in event:
            raise CommandError(event["error"])


def down(args: argparse.Namespace) -> int:
    """Ends everything, however the mesh or parts of it ended before. Nothing there is success."""
    removed = remove_everything(Instance(args.instance))
    if args.json:
        dump({"removed": removed})
    elif not removed:
        print("nothing of this mesh is there")
    return exits.OK
