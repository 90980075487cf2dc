# SPDX-License-Identifier: Apache-2.0
"""Faults of connections in a mesh whose processes die or stand still meanwhile: what is held goes on, and what was on
ends, or is on again. Needs root."""

import os
import signal
from pathlib import Path

import pytest

from l7filters.connection_faults import Existing
from riftgate.control import wire
from riftgate.local.cgroups import processes
from tests.mesh_connection_faults import (
    FRIEND,
    ROUND_TRIP,
    SILENT,
    SLOW,
    fault,
    fault_servers,
    get,
    hits,
    kernel_entries,
    on,
    seconds,
)
from tests.mesh_faults import activate, deactivate, held_still
from tests.mesh_harness import Mesh, Talk, ask, eventually, kill_and_wait, pod_manifest

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        pod_manifest("friend", "client", {"role": "friend"}),
    )
)


def test_a_fault_that_is_turned_on_waits_for_the_fault_server(mesh: Mesh, friend: Talk) -> None:
    """Which has just died: once it is said to be on, it has been, though the next one may take as long as its lease."""
    vault = mesh.addresses("vault")[0]
    friend("open", "before", vault, 7000)
    assert friend("say", "before", "hello") == {"heard": "hello"}
    kill_and_wait(fault_servers(mesh))
    activate(mesh, fault(SLOW, source=FRIEND, existing=Existing.RESET), lease=2.0)
    assert friend("say", "before", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
    deactivate(mesh, "siege")
    friend("close", "before")


def test_open_connections_are_reset_by_the_word_of_each_control_server(
    mesh: Mesh, friend: Talk, tmp_path: Path
) -> None:
    """The agent outlives them, and has done as much for the one before."""
    vault = mesh.addresses("vault")[0]
    for _ in range(2):
        mesh.kill_control()
        mesh.up(tmp_path, MANIFESTS)
        friend("open", "before", vault, 7000)
        assert friend("say", "before", "hello") == {"heard": "hello"}
        with on(mesh, SLOW, existing=Existing.RESET):
            assert friend("say", "before", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
        friend("close", "before")


@pytest.mark.parametrize("dead", [("control",), ("control", "agent")])
def test_a_blackhole_and_its_end_when_others_die(
    mesh: Mesh, friend: Talk, tmp_path: Path, dead: tuple[str, ...]
) -> None:
    """The fault server dies with the control server: the agent knows at once, the kernel soon after, and the sidecar
    lets go of what it held. The lease would be of an hour."""
    vault = mesh.addresses("vault")[0]
    body = {"faults": wire.faults_to_json((fault(SILENT, source=FRIEND),)), "lease": 3600}
    ask(mesh.instance.control_socket, "/v1/faults/on", body)
    friend("open", "held", vault, 7000)
    assert friend("say", "held", "hello", 1.0) == {"error": "timed out"}
    assert kernel_entries(mesh) == 1
    pids = {part: processes(mesh.instance.process_cgroup(part)) for part in dead}
    kill_and_wait(tuple(pid for part in reversed(dead) for pid in pids[part]))
    assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
    assert get(friend, vault).get("status") == 200
    assert friend("say", "held", "again") == {"heard": "again"}
    if "agent" not in dead:
        eventually(lambda: kernel_entries(mesh) == 0)
    friend("close", "held")
    mesh.up(tmp_path, MANIFESTS)
    assert get(friend, vault)["status"] == 200
    assert mesh.ok("fault", "list") == "no fault is on\n"


def test_a_lease_ends_it_without_control_server_and_agent(mesh: Mesh, friend: Talk) -> None:
    """Both stand still: sidecar and kernel know the end, and what was held goes on."""
    vault = mesh.addresses("vault")[0]
    activate(mesh, fault(SILENT, source=FRIEND), lease=4.0)
    friend("open", "held", vault, 7000)
    assert friend("say", "held", "hello", 1.0) == {"error": "timed out"}
    standing = [
        pid
        for part in ("control", "agent")
        for pid in processes(mesh.instance.process_cgroup(part))
        if pid not in fault_servers(mesh)
    ]
    for pid in standing:
        os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: get(friend, vault).get("status") == 200)
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
    finally:
        for pid in standing:
            os.kill(pid, signal.SIGCONT)
        deactivate(mesh, "siege")
    friend("close", "held")


def test_a_sidecar_that_stood_still_lets_go_by_itself(mesh: Mesh, friend: Talk) -> None:
    """When it goes on past the fault's end, with the agent, that would have ended it, standing still as well."""
    vault = mesh.addresses("vault")[0]
    activate(mesh, fault(SILENT, source=FRIEND), lease=3.0)
    friend("open", "held", vault, 7000)
    assert friend("say", "held", "hello", 0.5) == {"error": "timed out"}
    with held_still(mesh, "agent"):
        standing = mesh.sidecar_pids("vault")
        for pid in standing:
            os.kill(pid, signal.SIGSTOP)
        try:
            eventually(lambda: ask(mesh.instance.control_socket, "/v1/faults") == [])
        finally:
            for pid in standing:
                os.kill(pid, signal.SIGCONT)
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
        assert get(friend, vault)["status"] == 200
    friend("close", "held")


def test_connections_go_on_when_the_fault_server_dies(mesh: Mesh, friend: Talk) -> None:
    """kill -9: those that it has decided about let go of what they hold, new ones take their usual way until the next
    one knows the fault, and then it is on again. Not one of them fails."""
    vault = mesh.addresses("vault")[0]
    with on(mesh, SILENT):
        friend("open", "held", vault, 7000)
        assert friend("say", "held", "hello", 0.5) == {"error": "timed out"}
        kill_and_wait(fault_servers(mesh))
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
    with on(mesh, SLOW):
        assert seconds(friend, vault) >= ROUND_TRIP
        kill_and_wait(fault_servers(mesh))
        before = hits(mesh)

        def hit_again() -> bool:
            assert get(friend, vault).get("status") == 200
            return hits(mesh) > before

        eventually(hit_again)
        assert seconds(friend, vault) >= ROUND_TRIP
        assert friend("say", "held", "again") == {"heard": "again"}
    friend("close", "held")


def test_a_fault_server_that_stands_still_holds_nothing(mesh: Mesh, friend: Talk) -> None:
    """SIGSTOP, under a lease of an hour: the kernel kills it, the sidecar lets go of what it held, another one takes
    its place, and whoever reads flows is told."""
    vault = mesh.addresses("vault")[0]
    with mesh.flows() as flows:
        body = {"faults": wire.faults_to_json((fault(SILENT, source=FRIEND),)), "lease": 3600}
        ask(mesh.instance.control_socket, "/v1/faults/on", body)
        friend("open", "held", vault, 7000)
        assert friend("say", "held", "hello", 0.5) == {"error": "timed out"}
        standing = fault_servers(mesh)
        for pid in standing:
            os.kill(pid, signal.SIGSTOP)
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
        eventually(lambda: fault_servers(mesh) and not set(fault_servers(mesh)) & set(standing))
        mesh.ok("fault", "off", "--all")
        assert friend("say", "held", "again") == {"heard": "again"}
        friend("close", "held")
        assert get(friend, vault, "/after")["status"] == 200
        flows.find(log="inbound", path="/after")
        (told,) = (each["note"] for each in flows.records if "note" in each)
        assert "it stood still" in told


def test_connections_are_hit_again_after_a_sidecar_has_died(mesh: Mesh, friend: Talk) -> None:
    """kill -9 of the target's Envoy: its successor's listener registers itself, and the fault is on as before."""
    vault = mesh.addresses("vault")[0]
    with on(mesh, SLOW):
        kill_and_wait(mesh.sidecar_pids("vault"))
        eventually(lambda: get(friend, vault).get("status") == 200)
        assert seconds(friend, vault) >= ROUND_TRIP
    assert get(friend, vault)["status"] == 200
