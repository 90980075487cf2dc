# SPDX-License-Identifier: Apache-2.0
"""One mesh on this machine: its name, and by that name everything of it that the machine holds.

/run/<name>/               state: sockets, logs, the applied documents, the bpffs with the pins   (mode 0700)
<cgroup2>/<name>/control   the control server
<cgroup2>/<name>/agent     the agent
<cgroup2>/<name>/pods/     a directory per pod, below it one per container and `sidecar`
network namespaces         <name>-node and <name>-<namespace>.<pod>
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riftgate.local.mountinfo import cgroup2_mount, read_mounts
from riftgate.local.names import INSTANCE

DEFAULT = "riftgate"
POD_DEPTH = 3
"""Depth of a pod's cgroup below the root of cgroup2: <name>/pods/<pod>."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Where one mesh keeps its things. ``name`` is a letter and up to 31 letters or digits, else ValueError."""

    name: str = DEFAULT
    run: Path = Path("/run")
    """Where the state is kept; cleared when the machine starts."""

    def __post_init__(self) -> None:
        if not INSTANCE.fullmatch(self.name):
            raise ValueError(f"instance name '{self.name}' is not valid; use a letter and up to 31 letters or digits")

    @property
    def state(self) -> Path:
        return self.run / self.name

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def pins(self) -> Path:
        """Mount point of the instance's own bpffs."""
        return self.state / "bpf"

    @property
    def pod_files(self) -> Path:
        """A directory per pod: logs, names, the sidecar's bootstrap."""
        return self.state / "pods"

    @property
    def xds_socket(self) -> Path:
        """xDS and access logs: what the sidecars dial."""
        return self.state / "xds.sock"

    @property
    def faults_socket(self) -> Path:
        """What the sidecars ask about requests that a fault hits, where Envoy cannot do it alone."""
        return self.state / "faults.sock"

    @property
    def control_socket(self) -> Path:
        """Admin API of the control server."""
        return self.state / "control.sock"

    @property
    def agent_socket(self) -> Path:
        """Admin API of the agent."""
        return self.state / "agent.sock"

    @property
    def documents(self) -> Path:
        """What was applied: a restarted control server lifts no rule."""
        return self.state / "documents.json"

    @property
    def tested(self) -> Path:
        """What a self-test has found on this machine, for every mesh of it; the last one takes it away."""
        return self.run / "riftgate-tested.json"

    @property
    def plan(self) -> Path:
        """What the pods were planned from: an agent that starts takes them over by it."""
        return self.state / "plan.json"

    @property
    def frozen(self) -> Path:
        """A note per frozen container: until when."""
        return self.state / "frozen"

    @property
    def resolver_knowledge(self) -> Path:
        """What the resolver was told last: an agent that takes over begins with it."""
        return self.state / "resolver.json"

    @property
    def cgroup(self) -> Path:
        return cgroup2_mount(read_mounts()) / self.name

    @property
    def pods_cgroup(self) -> Path:
        return self.cgroup / "pods"

    def lock(self, name: str) -> Path:
        """Held by the one process that may do something: ``agent`` for its life, ``up`` while it starts others."""
        return self.state / f"{name}.lock"

    def process_cgroup(self, process: str) -> Path:
        """The cgroup of ``control`` or ``agent``: a later `down` ends what runs there."""
        return self.cgroup / process
