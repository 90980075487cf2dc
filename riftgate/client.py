# SPDX-License-Identifier: Apache-2.0
"""What commands ask the two processes of a mesh, and what they do in its pods without asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from l7filters.world import World
from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.pod import PodFiles, read_container
from riftgate.local.sandbox import ContainerState, exec_argv
from xds_server.admin_client import AdminClient

_CHANGE_TIMEOUT = 90.0
"""Seconds for a change that every sidecar confirms, a roll-back included."""


class MeshClient:
    """One mesh, from outside. Raises AdminError and ServerUnreachable."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    async def control_status(self) -> Any:
        async with AdminClient(self.instance.control_socket) as client:
            return await client.get("/v1/status")

    async def agent_status(self) -> Any:
        async with AdminClient(self.instance.agent_socket) as client:
            return await client.get("/v1/status")

    async def world(self) -> World:
        async with AdminClient(self.instance.control_socket) as client:
            return World.from_dict(await client.get("/v1/world"))

    async def change(self, path: str, body: object) -> Any:
        """POST to the control server; the answer comes when every sidecar has confirmed the change."""
        async with AdminClient(self.instance.control_socket) as client:
            return await client.post(path, body, timeout=_CHANGE_TIMEOUT)

    async def documents(self) -> Any:
        async with AdminClient(self.instance.control_socket) as client:
            return await client.get("/v1/policies")

    async def flows(self) -> AsyncIterator[dict[str, Any]]:
        """The first item says that the subscription is live."""
        async with AdminClient(self.instance.control_socket) as client:
            async for line in client.lines("/v1/flows"):
                yield line

    async def bring_up(self, files: Iterable[tuple[str, str]], images: Path | None) -> AsyncIterator[dict[str, Any]]:
        """Progress of `up`; the last item has `done` or `error`."""
        body: dict[str, Any] = {"files": [{"file": file, "text": text} for file, text in files]}
        if images is not None:
            body["images"] = {"file": str(images.absolute()), "text": images.read_text()}
        async with AdminClient(self.instance.agent_socket) as client:
            async for line in client.lines("/v1/manifests", body=body):
                yield line


def find_container(instance: Instance, pod: str, container: str | None = None) -> ContainerState:
    """The running container of a pod, `NAME` or `NAMESPACE/NAME`. Raises LocalError with what there is instead."""
    namespace, _, name = pod.rpartition("/")
    pod_name = PodName(instance.name, namespace or "default", name)
    files = PodFiles.of(instance, pod_name)
    if not files.directory.is_dir():
        known = sorted(each.name.replace(".", "/", 1) for each in (instance.state / "pods").glob("*"))
        raise LocalError(f"there is no pod {pod_name.namespace}/{name}; there are: {', '.join(known) or 'none'}")
    containers = sorted(each.stem for each in files.directory.glob("*.json"))
    wanted = container or (containers[0] if containers else None)
    if wanted is None or wanted not in containers:
        raise LocalError(f"{pod} has no container {wanted}; it has: {', '.join(containers) or 'none'}")
    state = read_container(instance, pod_name, wanted)
    if state is None:
        raise LocalError(f"container {wanted} of {pod} is not running; its log is {files.container_log(wanted)}")
    return state


async def run_in_pod(instance: Instance, pod: str, argv: tuple[str, ...]) -> tuple[int, str, str]:
    """Exit status, output and error output of a command in the pod's first container. Raises LocalError.

    Cancelling it ends the command.
    """
    state = await asyncio.to_thread(find_container, instance, pod)
    process = await asyncio.create_subprocess_exec(
        *exec_argv(state, argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace"), errors.decode(errors="replace")


def dump(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=2))
