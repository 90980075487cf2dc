# SPDX-License-Identifier: Apache-2.0
"""`riftgate profile`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from riftgate.cli import durations, exits
from riftgate.cli.exits import CommandError
from riftgate.client import MeshClient
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import cgroups
from riftgate.local.containers import container_names
from riftgate.local.mountinfo import read_mounts
from riftgate.local.names import PodName
from riftgate.profile import bcc
from riftgate.profile.model import FORMAT_VERSION, Known, Profile
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable


def profile(args: argparse.Namespace) -> int:
    """Records until the time is over or Ctrl-C, then tells what was seen."""
    seconds = None if args.duration is None else durations.seconds("--for", args.duration)
    if missing := bcc.check(read_mounts()):
        raise CommandError("\n".join(str(each) for each in missing), exits.UNABLE)
    instance = Instance(args.instance)
    namespace, _, pod = args.pod.rpartition("/")
    name = PodName(instance.name, namespace or "default", pod)
    containers = {each: _cgroup(instance, name, each) for each in container_names(instance, name)}
    result = _record(f"{name.namespace}/{pod}", containers, seconds, _names(instance), quiet=args.json)
    text = json.dumps(result[0], indent=2)
    if args.output is not None:
        args.output.write_text(text + "\n")
    print(text if args.json else result[1])
    return exits.OK


def _record(
    pod: str,
    containers: dict[str, Path],
    seconds: float | None,
    name_of: Callable[[str], str | None],
    *,
    quiet: bool,
) -> tuple[dict[str, Any], str]:
    """The profile as JSON, and as a tree for people."""
    from riftgate.profile.tracer import Tracer

    folder = bcc.find_module()
    assert folder is not None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tracer = Tracer(bcc.load_module(folder), containers, POD_DEPTH + 1)
    except Exception as error:
        # bcc has no errors of its own; its compiler has said above what it did not like.
        raise CommandError(f"bcc could not start the tracer: {error}", exits.UNABLE) from error
    try:
        began, clock = datetime.now(UTC), time.monotonic()
        known = tuple(each for name, cgroup in containers.items() for each in _running(name, cgroup))
        found = Profile(tuple(containers), known)
        if not quiet:
            limit = "until Ctrl-C" if seconds is None else f"for {seconds:g} s"
            print(f"recording {pod} {limit}", file=sys.stderr, flush=True)
        try:
            for record in tracer.records(seconds):
                found.add(record)
        except KeyboardInterrupt:
            # The end that was asked for. What the kernel has ready still belongs to it.
            for record in tracer.drain():
                found.add(record)
        took, lost = time.monotonic() - clock, tracer.lost
    finally:
        tracer.close()
    body = {
        "version": FORMAT_VERSION,
        "pod": pod,
        "began": began.isoformat(timespec="milliseconds"),
        "seconds": round(took, 3),
        "lost": lost,
        "containers": found.to_dict(name_of),
    }
    lines = [*found.lines(name_of), *([f"({lost} records lost: too much at once)"] if lost else [])]
    return body, "\n".join(lines)


def _cgroup(instance: Instance, name: PodName, container: str) -> Path:
    return instance.pods_cgroup / name.file_name / f"container-{container}"


def _running(container: str, cgroup: Path) -> list[Known]:
    """What runs in a container now. A process that ends meanwhile is none."""
    found = []
    for pid in (pid for folder in (cgroup, *cgroup.rglob("*/")) for pid in cgroups.processes(folder)):
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # The command's name in parentheses may hold anything; the parent is the second field behind it.
        found.append(Known(container, pid, int(stat.rpartition(")")[2].split()[1]), tuple(arguments)))
    return found


def _names(instance: Instance) -> Callable[[str], str | None]:
    """Workloads and services by their addresses, as the agent knows them; none while it is away."""
    try:
        status = asyncio.run(MeshClient(instance).agent_status())
    except (AdminError, ServerUnreachable):
        return lambda _address: None
    names = {address: each["pod"] for each in status["pods"] for address in each["addresses"]}
    names |= {address: each["service"] for each in status["services"] for address in each["addresses"]}
    return lambda address: names.get(address.removeprefix("::ffff:"))
