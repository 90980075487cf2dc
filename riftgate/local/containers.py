# SPDX-License-Identifier: Apache-2.0
"""A pod's files, and its running containers for processes other than the agent."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.sandbox import ContainerState, exec_argv


@dataclass(frozen=True, slots=True)
class PodFiles:
    """Where a pod's files are, for the agent that writes them and for commands that read them."""

    directory: Path

    @classmethod
    def of(cls, instance: Instance, name: PodName) -> PodFiles:
        return cls(instance.pod_files / name.file_name)

    @property
    def hosts(self) -> Path:
        return self.directory / "hosts"

    @property
    def resolv_conf(self) -> Path:
        return self.directory / "resolv.conf"

    @property
    def bootstrap(self) -> Path:
        return self.directory / "envoy.yaml"

    @property
    def envoy_admin(self) -> Path:
        return self.directory / "envoy.sock"

    @property
    def hot_restart(self) -> Path:
        """What the names of the sockets begin with by which one Envoy hands over to the next."""
        return self.directory / "hot"

    @property
    def base_id(self) -> Path:
        """The number by which Envoys of the pod name their shared memory; there once they have some."""
        return self.directory / "base-id"

    @property
    def envoy_log(self) -> Path:
        return self.directory / "envoy.log"

    @property
    def containers(self) -> Path:
        """The names of the containers, a line each, in the manifest's order."""
        return self.directory / "containers"

    def container_state(self, container: str) -> Path:
        """JSON of ContainerState, of its last start; there from the first one on."""
        return self.directory / f"{container}.json"

    def container_over(self, container: str) -> Path:
        """There once the container has ended and its restart policy has it stay so."""
        return self.directory / f"{container}.over"

    def container_log(self, container: str) -> Path:
        return self.directory / f"{container}.log"


def find_container(instance: Instance, pod: str, container: str | None = None) -> ContainerState:
    """The running container of a pod, `NAME` or `NAMESPACE/NAME`. Raises LocalError with what there is instead."""
    namespace, _, name = pod.rpartition("/")
    pod_name = PodName(instance.name, namespace or "default", name)
    containers = container_names(instance, pod_name)
    wanted = container or (containers[0] if containers else None)
    if wanted is None or wanted not in containers:
        raise LocalError(f"{pod} has no container {wanted}; it has: {', '.join(containers) or 'none'}")
    files = PodFiles.of(instance, pod_name)
    state = read_running(files, wanted)
    if state is None:
        raise LocalError(f"container {wanted} of {pod} is not running; its log is {files.container_log(wanted)}")
    return state


def container_names(instance: Instance, pod: PodName) -> tuple[str, ...]:
    """In the manifest's order. Raises LocalError when there is no such pod, with the pods that there are."""
    files = PodFiles.of(instance, pod)
    if not files.directory.is_dir():
        known = sorted(each.name.replace(".", "/", 1) for each in instance.pod_files.glob("*"))
        there = f"there are: {', '.join(known)}" if known else "none is up; start them with: riftgate up -f MANIFESTS"
        raise LocalError(f"there is no pod {pod.namespace}/{pod.pod}; {there}")
    return tuple(files.containers.read_text().split()) if files.containers.exists() else ()


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


def write_whole(path: Path, text: str) -> None:
    """Whoever reads the file sees this or what was there before, also when this process is killed meanwhile."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)


def write_state(files: PodFiles, state: ContainerState) -> None:
    """Notes that a container runs; whoever reads it sees this start or the one before."""
    write_whole(files.container_state(state.name), json.dumps(state.to_dict()))


def read_state(files: PodFiles, container: str) -> ContainerState | None:
    """The container as it was last started; None when it never was."""
    path = files.container_state(container)
    return ContainerState.from_dict(json.loads(path.read_text())) if path.exists() else None


def read_running(files: PodFiles, container: str) -> ContainerState | None:
    """The running container, for another process than the one that started it; None when it does not run."""
    state = read_state(files, container)
    return state if state is not None and state.is_alive() else None
