# SPDX-License-Identifier: Apache-2.0
"""A pod of its own that containers can be started in, without a mesh. Needs root."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from riftgate.local import cgroups, netns
from riftgate.local.capabilities import effective_capabilities
from riftgate.local.mountinfo import cgroup2_mount, read_mounts
from riftgate.local.names import PodName
from riftgate.local.sandbox import Container, ContainerSpec, ContainerState, exec_argv, spawn

DEFAULT = effective_capabilities((), ())
ADDRESSES = ("10.201.0.1", "fd72:6966:7467:1::1")
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Box:
    """A pod that containers can be started in."""

    name: PodName
    state: Path
    cgroup: Path
    namespaces: netns.PodNamespaces

    @property
    def hosts(self) -> Path:
        return self.state / "hosts"

    @property
    def log(self) -> Path:
        return self.state / "log"

    async def start(self, *command: str, **changes: object) -> Container:
        spec = ContainerSpec("app", command, (("COLOUR", "red"),), DEFAULT)
        return await spawn(
            replace(spec, **changes),  # type: ignore[arg-type]
            cgroup=self.cgroup,
            namespaces=self.namespaces,
            hosts=self.hosts,
            resolv_conf=self.state / "resolv.conf",
            log=self.log,
            hidden=[self.state],
        )


@pytest.fixture
def box() -> Iterator[Box]:
    instance = f"box{os.getpid()}n{next(_numbers)}"
    # Not under /run, which a container has of its own anyway: the folder must be found and covered.
    state = Path("/var/lib") / instance
    cgroup = cgroup2_mount(read_mounts()) / instance
    name = PodName(instance, "default", "falcon")
    try:
        state.mkdir()
        cgroup.mkdir()
        netns.create_node(instance)
        network = netns.create_pod(name, ADDRESSES, "falcon", state)
        (state / "hosts").write_text("127.0.0.1 localhost\n10.202.0.1 deathstar\n")
        (state / "resolv.conf").write_text("search default.svc.cluster.local\n")
        yield Box(name, state, cgroup, network.namespaces)
    finally:
        cgroups.remove_tree(cgroup)
        netns.purge(instance, state)
        shutil.rmtree(state)


def execute(state: ContainerState, script: str) -> tuple[int, str]:
    """Run a shell script in a running container as `riftgate exec` does."""
    done = subprocess.run(
        exec_argv(state, ("sh", "-c", script)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
