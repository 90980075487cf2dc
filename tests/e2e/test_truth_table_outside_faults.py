# SPDX-License-Identifier: Apache-2.0
"""The truth table of calls to servers outside of the mesh, with a fault of each kind on every one of them, by name and
by network: what policy refuses never leaves the pod and knows of no fault, and what it allows no fault can deny. What a
fault sends elsewhere is judged as the caller's. On a real mesh; needs root."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import groupby
from typing import Any

import pytest

from l7filters.decide import Connection, decide
from l7filters.faults import Fault, FaultTarget, HttpMatch, Inject, Mirror, Outside, Redirect, Which, parse_outside
from l7filters.http_match import HeaderMatch
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import World
from riftgate.control import wire
from tests.dns_upstream import running_upstream
from tests.e2e.test_truth_table_faults_envoy import EFFECTS, KIND_HEADER
from tests.mesh_harness import Flows, Mesh, Talk, ask, eventually, pod_manifest, running_mesh, service_manifest
from tests.outside_servers import OutsideServers
from tests.outside_truth_table import (
    GUEST,
    NAMES,
    NETWORK,
    OUTSIDE_ROWS,
    PLACES,
    VAULT,
    OutsideRow,
    parse_all,
)
from tests.truth_row import Outcome

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80,)),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("herald", "client", {"role": "herald"}),
        service_manifest("vault", {"app": "vault"}, (80,)),
    )
)
ELSEWHERE = {"redirect": Redirect(VAULT, 80), "mirror": Mirror(VAULT, 80)}
SEEN = frozenset(EFFECTS) - {"abort", "reset", "redirect", "rewrite", "concurrency"}
"""What these hit comes to the server outside, by its own path."""
BREAKS = frozenset({"reset", "reset-after"})
"""The caller gets no whole answer."""
NAME = "name"
ANSWER_SECONDS, NO_ANSWER_SECONDS = 20.0, 1.0


def faults(by: str, outside: Outside) -> list[Fault]:
    """Of each kind, each for the calls that name it in a header."""
    kinds = [(kind, ELSEWHERE.get(kind, effect), None) for kind, effect in EFFECTS.items()]
    kinds.append(("drawn", EFFECTS["rewrite-status"], Which(every=1)))
    return [
        Fault(
            "by-hand",
            f"{by}-{kind}",
            SourceLocation("scenario.yaml", 1),
            FaultTarget("default", port=80, outside=outside),
            (effect,),
            source=Selector.of({"role": "guest"}),
            match=HttpMatch(headers=(HeaderMatch(KIND_HEADER, f"{by}-{kind}"),)),
            which=which,
            inject=Inject.CLIENT,
        )
        for kind, effect, which in kinds
    ]


FAULTS = (*faults(NAME, parse_outside("*.example")), *faults("network", parse_outside(NETWORK)))


@dataclass(frozen=True, slots=True)
class Call:
    """One request under a fault, or (None) under none."""

    row: OutsideRow
    number: int
    """Of the row."""
    fault: Fault | None

    @property
    def path(self) -> str:
        return f"/{self.number}/{self.fault.name if self.fault else 'plain'}"

    @property
    def kind(self) -> str:
        return self.fault.name.partition("-")[2] if self.fault else ""

    @property
    def leads_elsewhere(self) -> bool:
        return self.hit and self.kind in ELSEWHERE

    @property
    def hit(self) -> bool:
        """Whether the fault is for this place, if policy lets the call pass."""
        by_name = self.fault is not None and self.fault.name.startswith(NAME)
        return (
            self.fault is not None
            and self.row.port == 80
            and (by_name or ip_address(self.row.address) in ip_network(NETWORK))
        )

    def verb(self, seconds: float) -> list[Any]:
        """Whatever the row is about, the Host is one that toFQDNs rules allow, and that the faults are for."""
        headers = {"host": "api.example"} | ({KIND_HEADER: self.fault.name} if self.fault else {})
        return ["http", "GET", self.row.address, self.row.port, self.path, headers, 0, seconds]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("outside-truth")
    with (
        running_upstream(NAMES) as upstream,
        running_mesh(folder, MANIFESTS, "--dns-upstream", f"127.0.0.1:{upstream.port}") as mesh,
    ):
        yield mesh


def test_every_row_under_every_kind_of_fault(mesh: Mesh) -> None:
    control = mesh.instance.control_socket
    ask(control, "/v1/faults/on", {"faults": wire.faults_to_json(FAULTS), "lease": 600})
    differences: list[str] = []
    numbered = list(enumerate(OUTSIDE_ROWS))
    with (
        closing(OutsideServers(mesh, PLACES)) as outside,
        mesh.talk("guest") as guest,
        mesh.talk("herald") as herald,
        mesh.flows() as flows,
    ):
        judge = Judge(mesh, outside, guest, herald, flows)
        for policies, group in groupby(numbered, key=lambda each: each[1].policies):
            calls = [Call(row, number, fault) for number, row in group for fault in (None, *FAULTS)]
            differences.extend(judge.differences(policies, calls))
    assert not differences, "\n".join(differences)


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything that sees what becomes of a call."""

    mesh: Mesh
    outside: OutsideServers
    guest: Talk
    herald: Talk
    flows: Flows

    def differences(self, policies: tuple[str, ...], calls: list[Call]) -> list[str]:
        """All that is not as these policies, those of the calls' rows, would have it."""
        control = self.mesh.instance.control_socket
        self.mesh.delete_policies()
        if policies:
            files = [{"file": f"{number}.yaml", "text": text} for number, text in enumerate(policies)]
            ask(control, "/v1/policies/apply", {"files": files, "lease": 60})
        for name, addresses in NAMES.items():
            if any("toFQDNs" in each for each in policies):
                assert self.guest("resolve", name, 0) == {"addresses": sorted(addresses)}
        world = World.from_dict(ask(control, "/v1/world"))
        open_to_vault = decide(world, parse_all(policies), Connection(GUEST, VAULT, 80)).allowed
        stopped = [call for call in calls if call.leads_elsewhere and not open_to_vault]
        verbs = [call.verb(NO_ANSWER_SECONDS if call in stopped else ANSWER_SECONDS) for call in calls]
        answers = self.guest("together", verbs)["answers"]
        found: list[str] = []
        for call, answer in zip(calls, answers, strict=True):
            if call.row.outcome is Outcome.DROPPED:
                what = self._of_dropped(call, answer)
            elif call in stopped and call.kind == "redirect":
                what = [] if answer.get("status") in (None, 503) else [f"answered {answer}"]
            else:
                what = self._of_allowed(call, answer)
            found.extend(f"{call.row.id} under {call.path}: {each}" for each in what)
        return found + self._at_the_vault(calls, open_to_vault)

    def _of_dropped(self, call: Call, answer: dict[str, Any]) -> list[str]:
        found = [] if answer == {"error": "timed out"} else [f"answered {answer}"]
        if any(path == call.path for _, path in self.outside.seen):
            found.append("the server outside saw it")
        return found

    def _of_allowed(self, call: Call, answer: dict[str, Any]) -> list[str]:
        if answer == {"error": "timed out"}:
            # Where so many are on their way at once; what policy refuses is never answered.
            eventually(lambda: self.guest(*call.verb(ANSWER_SECONDS)) != answer)
            answer = self.guest(*call.verb(ANSWER_SECONDS))
        headers = answer.get("headers", {})
        found = [f"refused: {answer}"] if "x-riftgate-verdict" in headers or "timed out" in answer.values() else []
        if not call.hit:
            if (answer.get("status"), headers.get("x-riftgate-fault")) != (200, None):
                found.append(f"none of its faults is for it: {answer}")
            return found
        flow = self.flows.find(log="outbound", path=call.path)
        assert call.fault is not None
        if (flow["kind"] == "denied", flow["faults"]) != (False, [call.fault.id]):
            found.append(f"the fault did not happen: {flow}")
        if ("error" in answer) != (call.kind in BREAKS):
            found.append(f"answered {answer}")
        if call.kind in SEEN and all(path != call.path for _, path in self.outside.seen):
            found.append("the server outside did not see it")
        return found

    def _at_the_vault(self, calls: list[Call], open_to_vault: bool) -> list[str]:
        """What a fault sends there from a pod that may not call it stays away."""
        wanted = {each.path for each in calls if each.leads_elsewhere and each.row.outcome is Outcome.ALLOWED}
        if open_to_vault:
            for path in wanted:
                self.flows.find(log="inbound", path=path)
            return []
        # Behind it in the vault's log nothing comes that was there before it.
        marker = f"/marker/{calls[0].number}"
        assert self.herald("http", "GET", self.mesh.addresses("vault")[0], 80, marker, {}, 0)["status"] == 200
        self.flows.find(log="inbound", path=marker)
        came = {each["path"] for each in self.flows.records if each["log"] == "inbound"}
        return [f"{path} came to the vault" for path in sorted(wanted & came)]
