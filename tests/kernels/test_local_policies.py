# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies about unix sockets where a security module sees them: who binds a name, who listens on it, and which
socket a name leads to. As root in containers of one pod. Needs a kernel that asks BPF.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from bpf import unix_sockets
from bpf.preflight import kernel_version
from bpf.structs import ANY_CONTAINER
from l7filters.l4_tables import L4Tables
from l7filters.local_tables import Granted, LocalRights
from riftgate.instance import POD_DEPTH
from riftgate.local.capabilities import CAPABILITIES, DEFAULT_CAPABILITIES
from riftgate.local.sandbox import FileMount, exec_argv
from tests.kernels.pods import PYTHON, Machine, Pod, machine
from tests.mesh_harness import PODS, Talk

CONTAINERS = {"web": DEFAULT_CAPABILITIES, "db": frozenset(CAPABILITIES), "spare": DEFAULT_CAPABILITIES}
TABLES = L4Tables((), (), ())
REFUSED = {"error": "EPERM"}

Containers = dict[str, Talk]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("machine")) as here:
        assert here.datapath.isolation.enforced, here.datapath.isolation
        yield here


@pytest.fixture(scope="module")
def pod(here: Machine) -> Pod:
    pod = here.pod("shop")
    for name, capabilities in CONTAINERS.items():
        here.start(pod, name, capabilities, FileMount(PODS, PurePosixPath("/pods")))
        here.datapath.attach_container(pod.slot, pod.container_cgroup(name))
    return pod


@pytest.fixture(scope="module")
def shop(pod: Pod) -> Iterator[Containers]:
    with contextlib.ExitStack() as ends:
        talks = {}
        for name, container in pod.containers.items():
            talks[name] = Talk(list(exec_argv(container.state, (*PYTHON, "/pods/neighbour.py"))))
            ends.callback(talks[name].close)
        yield talks


@contextlib.contextmanager
def rights(here: Machine, pod: Pod, **granted: LocalRights) -> Iterator[None]:
    """Of these containers; nobody else is restricted."""
    holders = {pod.container_cgroup(name).stat().st_ino: each for name, each in granted.items()}
    here.datapath.tables.replace(TABLES, holders | {ANY_CONTAINER | pod.slot: LocalRights(Granted(), Granted())})
    try:
        yield
    finally:
        here.datapath.tables.replace(TABLES)


def names(*granted: str) -> Granted:
    return Granted(names=tuple(granted))


@pytest.mark.parametrize("container", ["web", "db"])
@pytest.mark.parametrize("kind", ["stream", "dgram"])
def test_names_are_bound_by_who_may_listen_on_them(
    here: Machine, pod: Pod, shop: Containers, kind: str, container: str
) -> None:
    """With default and with all capabilities."""
    before = here.drops(pod).get("local-listen", 0)
    with rights(here, pod, **{container: LocalRights(listen=names("\0web", "/tmp/web"))}):
        for name in ("@web", "/tmp/web"):
            assert shop[container]("listen", name, kind, name) == {}
        refused = ("@we", "@web2", "/tmp/other", "/tmp/../tmp/web2")
        for name in refused:
            assert shop[container]("listen", name, kind, name) == REFUSED, name
            assert shop["spare"]("listen", name, kind, name) == {}, "it is not restricted"
            shop["spare"]("close", name)
        assert shop[container]("pair") == {}
    assert here.drops(pod)["local-listen"] == before + len(refused)
    for name in ("@web", "/tmp/web"):
        shop[container]("close", name)


def test_listening_on_what_was_bound_before_the_rule(here: Machine, pod: Pod, shop: Containers) -> None:
    """And on what the kernel has named: it is among no rules."""
    assert shop["web"]("listen-late", "older", "stream", "@older") == {}
    with rights(here, pod, web=LocalRights(listen=names("\0web"))):
        assert shop["web"]("start", "older") == REFUSED
        assert shop["web"]("listen-late", "unnamed", "stream", "") == {}
        assert shop["web"]("start", "unnamed") == REFUSED
    shop["web"]("close", "older")
    shop["web"]("close", "unnamed")


@pytest.mark.parametrize("kind", ["stream", "dgram"])
def test_a_socket_is_reached_by_who_may_connect_to_it(here: Machine, pod: Pod, shop: Containers, kind: str) -> None:
    """Nothing arrives of what is refused; and a server that may connect nowhere answers."""
    for name in ("@db", "@other"):
        assert shop["db"]("listen", name, kind, name) == {}
    with rights(here, pod, web=LocalRights(connect=names("\0db")), db=LocalRights(connect=names())):
        assert shop["web"]("open", "allowed", kind, "@db") == {}
        assert shop["web"]("say", "allowed", "hello") == {"heard": "hello"}
        assert shop["web"]("open", "refused", kind, "@other") == REFUSED
        assert shop["db"]("open", "refused", kind, "@db") == REFUSED
        if kind == "dgram":
            assert shop["web"]("send", kind, "@other", "x") == REFUSED
        assert shop["db"]("heard", "@db") == {"heard": ["hello"]}
        assert shop["db"]("heard", "@other") == {"heard": []}
        shop["web"]("close", "allowed")
    for name in ("@db", "@other"):
        shop["db"]("close", name)


def test_a_path_that_leads_elsewhere(here: Machine, pod: Pod, shop: Containers) -> None:
    """What counts is the name under which the other end is bound, whatever a path has become since."""
    for path in ("/tmp/mine", "/tmp/theirs"):
        assert shop["web"]("listen", path, "stream", path) == {}
    with rights(here, pod, web=LocalRights(connect=names("/tmp/mine"))):
        assert shop["web"]("open", "c", "stream", "/tmp/mine") == {}
        assert shop["web"]("open", "c", "stream", "/tmp/theirs") == REFUSED
        assert shop["web"]("swap", "/tmp/mine", "/tmp/theirs") == {}
        assert shop["web"]("open", "c", "stream", "/tmp/mine") == REFUSED
    for path in ("/tmp/mine", "/tmp/theirs"):
        shop["web"]("close", path)


def test_a_server_that_is_older_than_the_rule(here: Machine, pod: Pod, shop: Containers) -> None:
    """Nobody reaches it any more, be it that the caller is not restricted."""
    assert shop["web"]("listen", "older", "stream", "@older") == {}
    with rights(here, pod, web=LocalRights(listen=names())):
        assert shop["spare"]("open", "c", "stream", "@older") == REFUSED
    assert shop["spare"]("open", "c", "stream", "@older") == {}
    shop["web"]("close", "older")


def test_who_was_judged_by_the_names_that_they_write_no_longer_is(here: Machine, pod: Pod) -> None:
    """The attach of an agent that security modules obey, after one that they did not."""
    links = here.instance.pins / "links" / str(pod.slot)
    names = unix_sockets.load(here.instance.pins, POD_DEPTH)
    assert isinstance(names, str) == (kernel_version(os.uname().release) < (6, 7)), names
    if not isinstance(names, str):
        with contextlib.closing(names):
            for program in unix_sockets.PROGRAMS:
                names.attach_cgroup(program, pod.cgroup, links / program)
    here.attach(pod)
    assert not {pin.name for pin in links.iterdir()} & set(unix_sockets.PROGRAMS)
