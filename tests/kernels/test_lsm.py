# SPDX-License-Identifier: Apache-2.0
"""The ways out of a pod that only a security module can close, tried as root in an app's container: with the
capabilities that a container runtime gives by default, and with all of them. Needs a kernel that asks BPF.

Every way is tried first without the programs: one that does not get out there proves nothing. What got out is asked at
the far end, on the machine, and not only of the app.
"""

import contextlib
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from riftgate.local.capabilities import CAPABILITIES, DEFAULT_CAPABILITIES
from riftgate.local.netns import in_netns
from riftgate.local.sandbox import FileMount
from tests.kernels.pods import Machine, Pod, machine
from tests.mesh_harness import PATIENCE, Talk, eventually

VSOCK_PORT = 9000
ETH_P_ALL, ETHERTYPE = 3, 0x88B5
HANDOVER = "/tmp/handover"
OUTSIDE = "outside"
LETTING_GO = 240.0
CONTAINERS = {"default": DEFAULT_CAPABILITIES, "all": frozenset(CAPABILITIES)}


class FarEnd:
    """What arrives on the machine: streams, datagrams, frames and files."""

    def __init__(self, folder: Path, pod: Pod) -> None:
        self.folder = folder
        self.stream = _listening(socket.AF_UNIX, str(folder / "stream"))
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.bind(str(folder / "datagrams"))
        self.datagrams.setblocking(False)
        self.vsock = _listening(socket.AF_VSOCK, (socket.VMADDR_CID_ANY, VSOCK_PORT))
        self.tcp = _listening(socket.AF_INET, ("127.0.0.1", 0))
        self.frames: socket.socket = in_netns(pod.network.node_netns, lambda: _sniff(pod.network.host_interface))

    def heard(self) -> set[str]:
        """All that has arrived since the last question."""
        found: set[str] = set()
        for listener in (self.stream, self.vsock, self.tcp):
            with contextlib.suppress(BlockingIOError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(PATIENCE)
                        found.add(connection.recv(64).decode())
        with contextlib.suppress(BlockingIOError):
            while True:
                found.add(self.datagrams.recv(64).decode())
        with contextlib.suppress(BlockingIOError):
            while True:
                frame = self.frames.recv(2048)
                if frame[12:14] == ETHERTYPE.to_bytes(2, "big"):
                    found.add(frame[14:].strip(b"\0").decode())
        for file in self.folder.glob("*.txt"):
            found.add(file.read_text())
            file.unlink()
        return found - {""}

    def close(self) -> None:
        for each in (self.stream, self.datagrams, self.vsock, self.tcp, self.frames):
            each.close()


def _listening(family: int, address: object) -> socket.socket:
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    listener.setblocking(False)
    return listener


def _sniff(interface: str) -> socket.socket:
    """The host's end of the link, before tc drops all that is no TCP: here it counts that nothing was sent at all."""
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    frames.bind((interface, ETH_P_ALL))
    frames.setblocking(False)
    return frames


@dataclass(slots=True)
class App:
    """A container, and who tries to get out of it."""

    pod: Pod
    name: str
    talk: Talk
    far: FarEnd
    words: int = field(default=0)

    def word(self) -> str:
        """What nobody has said before."""
        self.words += 1
        return f"{self.name}-{self.words}"

    def hand_over(self, *descriptors: int) -> int:
        """As a process of the machine: how many of them arrive."""
        root = Path(f"/proc/{self.pod.containers[self.name].state.init_pid}/root")
        self.talk.send("take", "handover")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(root / HANDOVER.lstrip("/")))
            socket.send_fds(connection, [b"x"], descriptors)
            taken: int = self.talk.answer()["taken"]
        return taken


Way = Callable[[App], tuple[str | None, bool]]
"""What the app saw (an errno's name, None: it worked), and whether anything arrived at the far end."""


def said(verb: str, *arguments: object) -> Way:
    """A verb whose last argument is a word that the far end may hear."""

    def way(app: App) -> tuple[str | None, bool]:
        word = app.word()
        error = app.talk(verb, *arguments, word).get("error")
        return error, word in _heard(app, error)

    return way


def _heard(app: App, error: str | None) -> set[str]:
    # What the app believes to have said is waited for, here as where nothing arrives: then it comes to this time.
    return app.far.heard() if error else eventually(app.far.heard)


def handed_socket(app: App) -> tuple[str | None, bool]:
    word = app.word()
    with socket.create_connection(app.far.tcp.getsockname()) as connection:
        taken = app.hand_over(connection.fileno())
        error = app.talk("speak", word).get("error") if taken else "not received"
    return error, word in app.far.heard()


def handed_namespace(app: App) -> tuple[str | None, bool]:
    """That of the node, where the host's ends of all links are."""
    with app.pod.network.node_netns.open("rb") as namespace:
        if not app.hand_over(namespace.fileno()):
            return "not received", False
    entered = app.talk("enter")
    return entered.get("error"), app.pod.network.host_interface in entered.get("interfaces", ())


def handed_folder(app: App) -> tuple[str | None, bool]:
    word = app.word()
    folder = os.open(app.far.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not app.hand_over(folder):
            return "not received", word in app.far.heard()
    finally:
        os.close(folder)
    error = app.talk("write-below", f"{word}.txt", word).get("error")
    return error, word in app.far.heard()


def handed_cgroup(app: App) -> tuple[str | None, bool]:
    """Itself into the sidecar's."""
    procs = app.pod.sidecar_cgroup / "cgroup.procs"
    with procs.open("w") as file:
        if not app.hand_over(file.fileno()):
            return "not received", bool(procs.read_text())
    error = app.talk("write-taken", "0").get("error")
    arrived = procs.read_text().split()
    for pid in arrived:
        (app.pod.container_cgroup(app.name) / "cgroup.procs").write_text(pid)
    return error, bool(arrived)


def handed_process(app: App) -> tuple[str | None, bool]:
    """A pidfd, and with it a socket of that process."""
    word = app.word()
    with socket.create_connection(app.far.tcp.getsockname()) as connection:
        process = os.pidfd_open(os.getpid())
        try:
            assert app.hand_over(process) == 1
            error = app.talk("steal", connection.fileno(), word).get("error")
        finally:
            os.close(process)
    return error, word in app.far.heard()


def mounted(kind: str) -> Way:
    """A file system of the kernel's; the folder that the app makes in it is looked for on the machine."""

    def way(app: App) -> tuple[str | None, bool]:
        word = app.word()
        error = app.talk("mount", kind, f"/tmp/{word}", word).get("error")
        found = app.pod.container_cgroup(app.name) / word
        return error, found.exists() if kind == "cgroup2" else not error

    return way


def tried(verb: str, *arguments: object) -> Way:
    """Something of the kernel's, which has no other end than the kernel's answer."""

    def way(app: App) -> tuple[str | None, bool]:
        error = app.talk(verb, *arguments).get("error")
        return error, error is None

    return way


WAYS: dict[str, Way] = {
    "AF_PACKET": said("packet", "eth0"),
    "AF_VSOCK": said("vsock", VSOCK_PORT),
    "unix stream": said("stream", f"/{OUTSIDE}/stream"),
    "unix datagram": said("datagram", f"/{OUTSIDE}/datagrams"),
    "unix datagram, connected": said("connected-datagram", f"/{OUTSIDE}/datagrams"),
    "socket handed over": handed_socket,
    "network namespace handed over": handed_namespace,
    "folder handed over": handed_folder,
    "cgroup.procs handed over": handed_cgroup,
    "process handed over, pidfd_getfd": handed_process,
    "namespace opened": tried("open", "/proc/self/ns/net"),
    "cgroup2 mounted": mounted("cgroup2"),
    "bpffs mounted": mounted("bpf"),
    "bpf()": tried("bpf-map"),
}
# What takes capabilities that no runtime gives by default is refused without these programs as well.
NEEDS_MORE = {
    "network namespace handed over",
    "process handed over, pidfd_getfd",
    "cgroup2 mounted",
    "bpffs mounted",
    "bpf()",
}
NOT_RECEIVED = {way for way in WAYS if way.endswith("handed over")}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    # vsock over lo is there as soon as its module is.
    subprocess.run(["modprobe", "vsock_loopback"], check=True)
    with machine(tmp_path_factory.mktemp("machine")) as here:
        assert here.datapath.isolation.enforced, here.datapath.isolation
        yield here


@pytest.fixture(scope="module")
def apps(here: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, App]]:
    """Both containers, started while the programs are in force."""
    pod, folder = here.pod("app"), tmp_path_factory.mktemp("far")
    far = FarEnd(folder, pod)
    with contextlib.ExitStack() as ends:
        ends.callback(far.close)
        apps = {}
        for name, capabilities in CONTAINERS.items():
            here.start(pod, name, capabilities, FileMount(folder, PurePosixPath(f"/{OUTSIDE}")))
            talk = ends.enter_context(pod.talk(name, "reach.py"))
            apps[name] = App(pod, name, talk, far)
            assert talk("listen", "handover", HANDOVER) == {}
        yield apps


@contextlib.contextmanager
def lifted(here: Machine) -> Iterator[None]:
    """Without the programs: the links are gone when their pins are."""
    for pin in (here.instance.pins / "lsm").iterdir():
        pin.unlink()
    try:
        yield
    finally:
        assert here.datapath.isolate().enforced


@pytest.fixture(scope="module")
def open_ways(here: Machine, apps: dict[str, App]) -> dict[str, set[str]]:
    """By container, the ways that get out where the programs are not."""
    with lifted(here):
        # The kernel lets go of them one by one, some time after their pins are gone.
        for attempt in WAYS.values():
            eventually(lambda attempt=attempt: attempt(apps["all"])[1], LETTING_GO)
        return {name: {way for way, attempt in WAYS.items() if attempt(app)[1]} for name, app in apps.items()}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("way", WAYS)
def test_an_app_does_not_get_out(
    here: Machine, apps: dict[str, App], open_ways: dict[str, set[str]], container: str, way: str
) -> None:
    app = apps[container]
    before = here.drops(app.pod).get("outside", 0)

    saw, arrived = WAYS[way](app)

    assert not arrived
    assert saw == ("not received" if way in NOT_RECEIVED else "EPERM")
    if way in NEEDS_MORE and container == "default":
        assert way not in open_ways[container]
    else:
        assert way in open_ways[container]
        assert here.drops(app.pod)["outside"] > before


@pytest.mark.parametrize("container", CONTAINERS)
def test_within_its_pod_an_app_does_as_ever(apps: dict[str, App], container: str) -> None:
    app = apps[container]
    assert app.talk("own-sockets", "/tmp/own") == {}


def test_the_machine_does_as_ever(apps: dict[str, App]) -> None:
    """The programs run for every process: one of no pod may do all of it."""
    os.close(os.open("/proc/self/ns/net", os.O_RDONLY))
    word = apps["default"].word()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(apps["default"].far.folder / "stream"))
        client.sendall(word.encode())
    assert word in apps["default"].far.heard()
