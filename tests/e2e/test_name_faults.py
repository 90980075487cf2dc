# SPDX-License-Identifier: Apache-2.0
"""Chaos in names on a real mesh: what the C library and a client see, who is spared, and that it ends. Needs root."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.rcode
import pytest

from l7filters.faults import FaultTarget, Which
from l7filters.labels import Selector
from l7filters.name_faults import NameEffect, NameFault
from l7filters.peers import FqdnPattern
from l7filters.source import SourceLocation
from riftgate.local.cgroups import processes
from tests.delays import at_least
from tests.dns_upstream import Upstream, running_upstream
from tests.mesh_faults import activate, on
from tests.mesh_harness import (
    Mesh,
    Talk,
    ask,
    command,
    eventually,
    kill_and_wait,
    pod_manifest,
    running_mesh,
    service_manifest,
)

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80,)),
        pod_manifest("friend", "client", {"role": "friend"}),
        pod_manifest("other", "client", {"role": "other"}),
        service_manifest("vault", {"app": "vault"}, (80,)),
    )
)
NAMES = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: names}
spec:
  endpointSelector: {matchLabels: {role: friend}}
  egress:
  - toEntities: [cluster]
    toPorts:
    - ports: [{port: "53", protocol: ANY}]
      rules: {dns: [{matchPattern: "*.example"}]}
  - toFQDNs: [{matchPattern: "*.example"}]
"""
FRIEND = FaultTarget("default", Selector.of({"role": "friend"}))
VAULT = "vault.default.svc.cluster.local"
LATE = 3000
"""Milliseconds."""
LEASE = 4.0


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream({"api.example": ("192.0.2.1",)}) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("name-faults")
    with running_mesh(folder, MANIFESTS, "--dns-upstream", f"127.0.0.1:{upstream.port}") as mesh:
        yield mesh


def fault(effect: NameEffect, *names: str, percent: int = 100, **more: object) -> NameFault:
    patterns = tuple(FqdnPattern(name, True) for name in names)
    return NameFault(
        "lies", "names", SourceLocation("lies.yaml", 3), FRIEND, effect, patterns, (), percent * 10_000, **more
    )  # type: ignore[arg-type]


def hits(mesh: Mesh) -> int:
    return int(ask(mesh.instance.agent_socket, "/v1/faults")["hits"].get("lies/names", 0))


def code(talk: Talk, name: str = VAULT, kind: str = "A", seconds: float = 10.0) -> dns.rcode.Rcode | None:
    """What is answered to a query over UDP; None: nothing."""
    wired = dns.message.make_query(name, kind).to_wire().decode("latin-1")
    answer = talk("datagram", "192.0.2.53", 53, wired, False, seconds)
    if answer == {"error": "timed out"}:
        return None
    return dns.message.from_wire(answer["heard"].encode("latin-1")).rcode()


def test_no_such_name(mesh: Mesh, friend: Talk, other: Talk) -> None:
    """Selected by pod, name and record type; a client that knows the address is none the wiser."""
    before = hits(mesh)
    with on(mesh, fault(NameEffect.NXDOMAIN, "**.cluster.local")):
        assert friend("resolve", VAULT, 0) == {"error": "no such name"}
        assert len(other("resolve", VAULT, 0)["addresses"]) == 2, "another pod"
        assert friend("resolve", "api.example", 4) == {"addresses": ["192.0.2.1"]}, "another name"
        assert friend("http", "GET", mesh.service_addresses("vault")[0], 80, "/", {}, 0)["status"] == 200
        eventually(lambda: hits(mesh) > before)
    assert len(friend("resolve", VAULT, 0)["addresses"]) == 2, "and it is over"


def test_one_record_type(mesh: Mesh, friend: Talk) -> None:
    only = NameFault("lies", "names", SourceLocation("l", 1), FRIEND, NameEffect.SERVFAIL, types=("AAAA",))
    with on(mesh, only):
        assert code(friend, kind="AAAA") == dns.rcode.SERVFAIL
        assert code(friend, kind="A") == dns.rcode.NOERROR


def test_no_answer(mesh: Mesh, friend: Talk) -> None:
    with on(mesh, fault(NameEffect.NO_ANSWER)):
        assert code(friend, seconds=1.0) is None


def test_a_late_answer_is_the_right_one(mesh: Mesh, friend: Talk, other: Talk) -> None:
    with on(mesh, fault(NameEffect.DELAY, milliseconds=LATE)):
        began = time.monotonic()
        assert code(friend) == dns.rcode.NOERROR
        took = time.monotonic() - began
        assert took >= at_least(LATE / 1000)
        assert code(other, seconds=LATE / 1000) == dns.rcode.NOERROR, "in less time"


def test_a_wrong_address(mesh: Mesh, friend: Talk) -> None:
    wrong = ("192.0.2.99", "2001:db8::99")
    with on(mesh, fault(NameEffect.WRONG_ADDRESS, addresses=wrong)):
        assert friend("resolve", VAULT, 0) == {"addresses": sorted(wrong)}
    assert friend("resolve", VAULT, 4) == {"addresses": [mesh.service_addresses("vault")[0]]}


def test_a_part_of_the_queries(mesh: Mesh, friend: Talk) -> None:
    """200 queries at 30 %: outside of 30..90 once in more than a million runs."""
    before = hits(mesh)
    with on(mesh, fault(NameEffect.SERVFAIL, percent=30)):
        seen = [code(friend) for _ in range(200)]
    assert 30 <= seen.count(dns.rcode.SERVFAIL) <= 90
    assert seen.count(dns.rcode.SERVFAIL) + seen.count(dns.rcode.NOERROR) == 200
    # The report's count is the client's.
    eventually(lambda: hits(mesh) - before == seen.count(dns.rcode.SERVFAIL))


def test_by_number(mesh: Mesh, friend: Talk) -> None:
    """The first two of every second query; turned on anew, it counts anew."""
    for _ in range(2):
        with on(mesh, fault(NameEffect.SERVFAIL, which=Which(every=2, first=2))):
            seen = [code(friend) == dns.rcode.SERVFAIL for _ in range(8)]
        assert seen == [False, True, False, True, False, False, False, False]


def test_policy_holds_while_a_fault_is_on(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """What policy refuses is refused; and no made-up address is learned for a toFQDNs rule."""
    mesh.apply(tmp_path, NAMES)
    try:
        with on(mesh, fault(NameEffect.WRONG_ADDRESS, addresses=("192.0.2.99",))):
            assert code(friend) == dns.rcode.REFUSED
            assert friend("resolve", "made-up.example", 4) == {"addresses": ["192.0.2.99"]}
            assert friend("resolve", "api.example", 4) == {"addresses": ["192.0.2.99"]}
        assert friend("resolve", "api.example", 4) == {"addresses": ["192.0.2.1"]}
        learned = eventually(lambda: mesh.agent_status()["resolver"]["learned"])
        assert [(each["address"], each["name"]) for each in learned] == [("192.0.2.1", "api.example")]
    finally:
        mesh.delete_policies()


@pytest.mark.parametrize("dead", ["nobody", "control", "agent", "resolver"])
def test_it_ends_with_its_lease_whoever_stands_still(mesh: Mesh, friend: Talk, dead: str) -> None:
    """Guards the end that the resolver itself holds: nobody can tell it any more. A killed resolver comes back with the
    fault, and with its end."""
    activate(mesh, fault(NameEffect.SERVFAIL), LEASE)
    assert code(friend) == dns.rcode.SERVFAIL
    held = processes(mesh.instance.process_cgroup(dead)) if dead in ("control", "agent") else ()
    try:
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        if dead == "resolver":
            kill_and_wait(processes(mesh.instance.process_cgroup("resolver")))
        eventually(lambda: code(friend, seconds=0.5) == dns.rcode.NOERROR)
    finally:
        for pid in held:
            # A fault server that stands still is killed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


SCENARIO = """
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: lost-names}
spec:
  for: 4s
  steadyState:
  - name: the name is known
    command: {in: friend, run: [getent, hosts, vault]}
    when: [before, after]
  faults:
  - name: servfail
    target: {selector: {matchLabels: {role: friend}}}
    dns: {names: ["**.cluster.local"], types: [A], answer: SERVFAIL}
"""


def test_a_scenario_counts_what_the_client_saw(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """The steady state holds before and after; in between, the report's count is the client's."""
    file = tmp_path / "lost-names.yaml"
    file.write_text(SCENARIO)
    argv = command(mesh.name, "--json", "scenario", "run", "--journal", str(tmp_path / "journal.jsonl"), str(file))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as running:
        seen = 0
        while running.poll() is None:
            seen += code(friend) == dns.rcode.SERVFAIL
        output = running.communicate()[0]
    assert running.returncode == 0, output
    (report,) = json.loads(output) if output.lstrip().startswith("[") else [json.loads(output)]
    (fault_report,) = report["faults"]
    assert seen > 0
    assert fault_report["fired"] == seen
    assert fault_report["effects"] == ["**.cluster.local (A): SERVFAIL"]
