# SPDX-License-Identifier: Apache-2.0
"""A whole mesh under an instance name of its own, driven as people drive it: by the command line. Needs root.

with running_mesh(manifests) as mesh:      riftgate --instance ... up; `down` whatever happens
    mesh.run("policy", "apply", ...)       exit code, output
    with mesh.talk("falcon") as falcon:    a program in the pod that does what it is told, line by line
        falcon("http", "GET", ...)
"""

import contextlib
import http.client
import itertools
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bpf import structs
from bpf.libbpf import Map, library
from riftgate.instance import Instance
from riftgate.local.cgroups import processes
from riftgate.local.mountinfo import cgroup2_mount, read_mounts
from riftgate.local.names import PodName
from riftgate.local.namespaces import PodNamespaces
from riftgate.local.netns import node_path, pod_namespaces
from tests.mesh_remains import what_is_left

T = TypeVar("T")

PODS = Path(__file__).parent / "e2e" / "pods"
IMAGES = PODS / "images.yaml"
COMMAND_SECONDS = 300.0
PATIENCE = 60.0
"""Seconds after which something that should happen counts as not happening."""

_numbers = itertools.count()


def fresh_instance() -> str:
    """A name that no other mesh on this machine has."""
    return f"e2e{os.getpid()}n{next(_numbers)}"


def command(instance: str, *arguments: str) -> list[str]:
    """The command line of `riftgate` for one mesh, as this checkout has it."""
    return [sys.executable, "-m", "riftgate", "--instance", instance, *arguments]


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    output: str
    errors: str

    def json(self) -> Any:
        return json.loads(self.output)


def eventually(what: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true answer. For what other processes do and nobody announces; everything else is waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s, at last: {answer!r}"
        time.sleep(0.05)
    return answer


class Talk:
    """A program of `pods` that talks in lines of JSON: each call is one line to it, and its answer."""

    def __init__(self, argv: list[str]) -> None:
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @property
    def pid(self) -> int:
        """Of what was started; a program that executes another one passes it on."""
        return self._process.pid

    def __call__(self, verb: str, *arguments: Any) -> dict[str, Any]:
        self.send(verb, *arguments)
        return self.answer()

    def send(self, verb: str, *arguments: Any) -> None:
        """Begins it; `answer` waits for its end."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([verb, *arguments]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the program in the pod has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.communicate()


def open_socket(path: Path) -> http.client.HTTPConnection:
    """HTTP to one of the mesh's own processes: a command line takes most of a second to start."""
    connection = http.client.HTTPConnection("mesh")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(PATIENCE)
    connection.sock.connect(str(path))
    return connection


def ask(path: Path, question: str, body: object = None) -> Any:
    """What a process of the mesh answers to GET, or to POST with a body."""
    with contextlib.closing(open_socket(path)) as connection:
        if body is None:
            connection.request("GET", question)
        else:
            connection.request("POST", question, json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        return json.loads(content)


class Flows:
    """The flow records of a mesh from the moment this exists, or another stream of records."""

    def __init__(self, path: Path, question: str) -> None:
        self._connection = open_socket(path)
        self._connection.request("GET", question)
        self._lines = self._connection.getresponse()
        assert json.loads(self._lines.readline())["subscribed"]
        self.records: list[dict[str, Any]] = []

    def find(self, **wanted: Any) -> dict[str, Any]:
        """The first record with these values, now or when it comes."""
        for known in self.records:
            if wanted.items() <= known.items():
                return known
        while True:
            line = self._lines.readline()
            assert line, "the stream of flow records has ended"
            if not line.strip():  # a sign of life
                continue
            record: dict[str, Any] = json.loads(line)
            self.records.append(record)
            if wanted.items() <= record.items():
                return record

    def close(self) -> None:
        self._connection.close()


@dataclass(slots=True)
class Mesh:
    """One mesh, from outside."""

    name: str = field(default_factory=fresh_instance)

    @property
    def instance(self) -> Instance:
        return Instance(self.name)

    def run(self, *arguments: str, given: str | None = None) -> Done:
        """A command to its end."""
        argv = command(self.name, *arguments)
        done = subprocess.run(
            argv,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str, given: str | None = None) -> str:
        """What a command says that must succeed."""
        done = self.run(*arguments, given=given)
        assert done.code == 0, f"riftgate {' '.join(arguments)}: exit code {done.code}\n{done.output}{done.errors}"
        return done.output

    def up(self, folder: Path, manifests: str, *arguments: str) -> None:
        """Makes the mesh run exactly `manifests`; the images are those of `pods/images.yaml`."""
        file = folder / f"{self.name}.yaml"
        file.write_text(manifests)
        self.ok("up", "-f", str(file), "--images", str(IMAGES), *arguments)

    def apply(self, folder: Path, *policies: str) -> None:
        """Puts policies in force. The file has the name of the first policy in it."""
        for policy in policies:
            named = re.search(r"name: ([-a-z0-9]+)", policy)
            assert named is not None
            file = folder / f"{named[1]}.yaml"
            file.write_text(policy)
            self.ok("policy", "apply", "-f", str(file))

    def delete_policies(self) -> None:
        """Takes all out of force."""
        keys = [{key: each[key] for key in ("kind", "namespace", "name")} for each in self.policies()]
        if keys:
            ask(self.instance.control_socket, "/v1/policies/delete", {"documents": keys})

    def policies(self) -> list[dict[str, Any]]:
        """What is in force."""
        found: list[dict[str, Any]] = ask(self.instance.control_socket, "/v1/policies")
        return found

    def agent_status(self) -> dict[str, Any]:
        found: dict[str, Any] = ask(self.instance.agent_socket, "/v1/status")
        return found

    def control_status(self) -> dict[str, Any]:
        found: dict[str, Any] = ask(self.instance.control_socket, "/v1/status")
        return found

    def pod(self, name: str) -> dict[str, Any]:
        """A pod's entry in the status of the agent."""
        pods = {each["pod"]: each for each in self.agent_status()["pods"]}
        found: dict[str, Any] = pods[f"default/{name}"]
        return found

    def addresses(self, pod: str) -> tuple[str, str]:
        """IPv4 and IPv6."""
        ipv4, ipv6 = self.pod(pod)["addresses"]
        return ipv4, ipv6

    def service_addresses(self, service: str) -> tuple[str, str]:
        """IPv4 and IPv6."""
        services = {each["service"]: each["addresses"] for each in self.agent_status()["services"]}
        ipv4, ipv6 = services[f"default/{service}"]
        return ipv4, ipv6

    def namespaces(self, pod: str) -> PodNamespaces:
        return pod_namespaces(PodName(self.name, "default", pod), self.instance.state)

    @property
    def node_netns(self) -> Path:
        return node_path(self.name)

    def pod_cgroup(self, pod: str, part: str) -> Path:
        """`part`: `sidecar`, or `container-NAME`."""
        return self.instance.pods_cgroup / f"default.{pod}" / part

    def sidecar_pids(self, pod: str) -> tuple[int, ...]:
        return processes(self.pod_cgroup(pod, "sidecar"))

    def log(self, pod: str, container: str = "app") -> str:
        """What the container has written."""
        return (self.instance.state / "pods" / f"default.{pod}" / f"{container}.log").read_text()

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """What this process starts meanwhile counts as started by the agent: in the container that it joins it is the
        container's own, and no exec session."""
        pin = self.instance.pins / "maps" / "home_by_process"
        fd = library().bpf_obj_get(os.fsencode(pin))
        assert fd >= 0, f"no map is pinned at {pin}"
        homes = Map(pin.name, fd, 4, 8)
        try:
            homes.update(structs.word(os.getpid()), structs.cgroup_id(0))
            yield
        finally:
            homes.delete(structs.word(os.getpid()))
            os.close(fd)

    @contextmanager
    def talk(
        self, pod: str, program: str = "talk.py", *, session: bool = False, container: str | None = None
    ) -> Iterator[Talk]:
        """A program of `pods` in the pod's first container, or in `container`: as what the container has of its own, or
        as an exec session."""
        into = () if container is None else ("-c", container)
        with contextlib.nullcontext() if session else self.trusted():
            talk = Talk(command(self.name, "exec", *into, pod, "--", "/usr/bin/python3", f"/app/{program}"))
        try:
            yield talk
        finally:
            talk.close()

    @contextmanager
    def flows(self) -> Iterator[Flows]:
        flows = Flows(self.instance.control_socket, "/v1/flows")
        try:
            yield flows
        finally:
            flows.close()

    @contextmanager
    def events(self) -> Iterator[Flows]:
        """What the datapath has refused and does refuse."""
        events = Flows(self.instance.agent_socket, "/v1/events?follow=1")
        try:
            yield events
        finally:
            events.close()

    @contextmanager
    def agent_held(self) -> Iterator[None]:
        """The agent stands still meanwhile."""
        agents = processes(self.instance.process_cgroup("agent"))
        for pid in agents:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in agents:
                os.kill(pid, signal.SIGCONT)

    def kill_control(self) -> None:
        """kill -9, and on return it is gone."""
        kill_and_wait(processes(self.instance.process_cgroup("control")))

    @contextmanager
    def sidecar_down(self, pod: str) -> Iterator[None]:
        """kill -9 of a pod's Envoy; the agent is held still meanwhile, or it would have another one up at once."""
        with self.agent_held():
            kill_and_wait(self.sidecar_pids(pod))
            yield


def kill_and_wait(pids: tuple[int, ...]) -> None:
    """SIGKILL, and on return none of them has a thread or a socket left."""
    assert pids
    handles = []
    try:
        for pid in pids:
            # One may end with another, and be gone.
            with contextlib.suppress(ProcessLookupError):
                handles.append(os.pidfd_open(pid))
        for handle in handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in handles:
            # Readable once the last of its threads has ended, be it that nobody has taken note yet.
            readable, _, _ = select.select([handle], [], [], PATIENCE)
            assert readable
    finally:
        for handle in handles:
            os.close(handle)


@contextmanager
def running_mesh(folder: Path, manifests: str, *arguments: str) -> Iterator[Mesh]:
    """A mesh with these pods, and nothing of it when the context ends."""
    mesh = Mesh()
    try:
        mesh.up(folder, manifests, *arguments)
        yield mesh
    finally:
        mesh.run("down")
    assert what_is_left(mesh.name) == []


def cgroup_root() -> Path:
    return cgroup2_mount(read_mounts())


def pod_manifest(name: str, image: str, labels: Mapping[str, str], ports: tuple[int, ...] = ()) -> str:
    """A pod with one container, `app`."""
    declared = ", ".join(f"{{containerPort: {port}}}" for port in ports)
    written = ", ".join(f"{key}: {value}" for key, value in labels.items())
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{{written}}}}}
spec:
  containers: [{{name: app, image: {image}, ports: [{declared}]}}]
---"""


def service_manifest(name: str, selector: Mapping[str, str], ports: tuple[int, ...]) -> str:
    selected = ", ".join(f"{key}: {value}" for key, value in selector.items())
    listed = ", ".join(f"{{name: p{port}, port: {port}}}" for port in ports)
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{{selected}}}, ports: [{listed}]}}
---"""
