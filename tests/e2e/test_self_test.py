# SPDX-License-Identifier: Apache-2.0
"""`enforced` is what was tested: with a guard missing, the self-test says what gets out. Needs root."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bpf import datapath as datapath_module
from bpf import link_filter
from bpf.datapath import Datapath, PodAttachment
from riftgate.demo.observer import observe
from riftgate.instance import Instance
from riftgate.local import cgroups, netns, self_test
from riftgate.local.names import PodName
from riftgate.local.self_test import Findings, findings_on_this_host
from tests.mesh_harness import PODS, Mesh, Talk, eventually, pod_manifest, running_mesh

SLOT = 7
NEAR, FAR = ("10.201.8.1", "fd72:6966:7467:1::801"), ("10.201.8.2", "fd72:6966:7467:1::802")
STRANGER = ", by a process outside of the pod's cgroup"
# What no kernel is without.
BASIC = {"TCP", "TCP over IPv6", "UDP", "UDP over IPv6", "ICMP", "raw IP", "packet socket", "packet socket over IPv6"}
DROPPED = pod_manifest("meek", "client", {}).replace(
    "ports: []", "ports: [], securityContext: {capabilities: {drop: [NET_RAW]}}"
)
BOLD = pod_manifest("bold", "client", {}).replace(
    "ports: []", "ports: [], securityContext: {capabilities: {add: [NET_ADMIN]}}"
)


@pytest.fixture
def host(datapath: tuple[Instance, Datapath]) -> Iterator[tuple[Instance, Datapath]]:
    """Of whose scratch pod nothing is left."""
    instance, loaded = datapath
    yield datapath
    assert loaded.slots() == frozenset()
    assert [path for path in instance.pods_cgroup.iterdir() if path.is_dir()] == []
    assert [each.name for each in netns.NETNS_DIR.iterdir() if each.name.startswith(f"{instance.name}-")] == [
        f"{instance.name}-node"
    ]


def test_every_way_out_is_closed_here(host: tuple[Instance, Datapath]) -> None:
    """Each was open before the guard was put up: that is what makes it a test."""
    found = self_test.self_test(*host, SLOT)

    assert found.open == ()
    assert {*BASIC, *(way + STRANGER for way in BASIC)} <= set(found.closed)


def test_without_the_links_guard_packet_sockets_get_out(
    host: tuple[Instance, Datapath], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_filter, "attach", lambda *_arguments, **_programs: None)
    found = self_test.self_test(*host, SLOT)

    assert {"packet socket", "packet socket past the queue", f"TCP{STRANGER}", f"UDP{STRANGER}"} <= set(found.open)
    own = {"TCP", "TCP over IPv6", "UDP", "UDP over IPv6", "ICMP", "ICMPv6"}
    assert own <= set(found.open), "the link's guard is the one that denied connects, datagrams and ICMP meet"
    assert "raw IP" not in found.open, "the sockets' guard holds on its own"


def test_without_any_guard_all_of_it_gets_out(host: tuple[Instance, Datapath], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_filter, "attach", lambda *_arguments, **_programs: None)
    monkeypatch.setattr(datapath_module, "POD_PROGRAMS", ("sock_release",))
    found = self_test.self_test(*host, SLOT)

    assert set(found.open) >= BASIC
    assert found.closed == ()


def test_it_is_done_once_per_boot_kernel_and_programs(
    host: tuple[Instance, Datapath], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instance, datapath = host
    cached = Instance(instance.name, tmp_path)
    done: list[int] = []

    def test(_instance: Instance, _datapath: Datapath, slot: int) -> Findings:
        done.append(slot)
        return Findings((f"way {len(done)}",), (), ())

    monkeypatch.setattr(self_test, "self_test", test)
    for _ in range(2):
        assert findings_on_this_host(cached, datapath, SLOT) == Findings(("way 1",), (), ())
    known = tmp_path / "riftgate-tested.json"
    assert known.stat().st_mode & 0o777 == 0o600
    for place in range(3):
        content = json.loads(known.read_text())
        content["key"][place] = "another"
        known.write_text(json.dumps(content))
        assert findings_on_this_host(cached, datapath, SLOT).closed == (f"way {place + 2}",)
    known.write_text("{")
    assert findings_on_this_host(cached, datapath, SLOT).closed == ("way 5",)


@pytest.mark.parametrize("family", [0, 1])
def test_a_connection_older_than_the_attach_says_no_more(host: tuple[Instance, Datapath], family: int) -> None:
    """Guards tc, packet by packet: connect() was before there was anybody to ask."""
    instance, datapath = host
    near, far = (PodName(instance.name, "default", name) for name in ("near", "far"))
    cgroup = instance.pods_cgroup / near.file_name
    with ExitStack() as stack:
        for name in (near, far):
            stack.callback(netns.delete_pod, name, instance.state)
        stack.callback(datapath.detach, SLOT)
        stack.callback(cgroups.remove_tree, cgroup)
        here = netns.create_pod(near, NEAR, "near", instance.state)
        there = netns.create_pod(far, FAR, "far", instance.state)
        (cgroup / "container-app").mkdir(parents=True)
        serve = ["nsenter", f"--net={there.namespaces.net}", "/usr/bin/python3", str(PODS / "server.py")]
        server = stack.enter_context(subprocess.Popen(serve, stdout=subprocess.PIPE, text=True))
        stack.callback(server.kill)
        assert server.stdout is not None
        assert server.stdout.readline() == "listening\n"
        join = ("/bin/sh", "-c", 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"', "sh", str(cgroup / "container-app"))
        talk = Talk([*join, "nsenter", f"--net={here.namespaces.net}", "/usr/bin/python3", str(PODS / "talk.py")])
        stack.callback(talk.close)
        observer = stack.enter_context(observe(there.namespaces.net))
        talk("open", "old", FAR[family], 7000)
        assert talk("say", "old", "before") == {"heard": "before"}

        datapath.attach(PodAttachment(SLOT, cgroup, here.namespaces.net, here.node_netns, here.host_ifindex, *NEAR))
        seen = observer.frames_from(NEAR)
        assert seen > 0
        assert talk("say", "old", "after", 1) == {"error": "timed out"}
        assert observer.frames_from(NEAR) == seen


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("mesh"), DROPPED + BOLD) as mesh:
        yield mesh


def test_status_says_what_is_enforced_and_what_to_drop(mesh: Mesh) -> None:
    """Guards against a word that nothing stands behind."""
    eventually(lambda: "closed" in mesh.agent_status()["selfTest"])
    assert mesh.agent_status()["selfTest"]["open"] == []
    assert set(mesh.agent_status()["selfTest"]["closed"]) >= BASIC
    told_of = {json.loads(line)["pod"] for line in mesh.ok("--json", "events").splitlines()}
    assert told_of <= {"default/meek", "default/bold"}, "what the self-test tries is news to nobody"
    assert mesh.pod("meek")["notEnforced"] == []
    reason = "container app holds CAP_NET_RAW, CAP_NET_ADMIN and no LSM restricts it, drop: [NET_RAW, NET_ADMIN]"
    assert mesh.pod("bold")["notEnforced"] == [reason]

    told = mesh.ok("status")
    assert f"not enforced: {reason} (default/bold)" in told
    (meek,) = (line for line in told.splitlines() if line.startswith(" default/meek"))
    assert " enforced" in meek
    assert "not enforced" not in meek
