# SPDX-License-Identifier: Apache-2.0
"""Faults on a real Envoy: what a hit does, how often it happens, who is told, and who cannot steer it."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Fault, FaultTarget, HttpMatch, ResponseRate, RewriteStatus
from l7filters.http_match import HeaderMatch
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.policy import Policy
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.deathstar_faults import fault
from tests.envoy_harness import Answer, Sidecar, next_flow, request_bytes, running_sidecar
from tests.recording_app import RecordingApp
from xds_server.flow import FlowRecord, Kind

DEATHSTAR = Workload(
    "default",
    "deathstar",
    {"org": "empire", "class": "deathstar"},
    ("10.0.0.1", "fd00::1"),
    (WorkloadPort(80), WorkloadPort(8080)),
)
TIE = "10.0.0.2"
TIE_V6 = "fd00::2"
XWING = "10.0.0.3"
WORLD = World(
    workloads=(
        DEATHSTAR,
        Workload("default", "tiefighter", {"org": "empire"}, (TIE, TIE_V6)),
        Workload("default", "xwing", {"org": "alliance"}, (XWING,)),
    )
)
LANDING_ONLY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: rule1}
spec:
  endpointSelector: {matchLabels: {class: deathstar}}
  ingress:
  - fromEndpoints: [{matchLabels: {org: empire}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: POST, path: /v1/request-landing}]}
"""
LANDING = request_bytes("POST", "/v1/request-landing", "deathstar")
REQUESTS = 1200


def everything(*faults: Fault) -> dict[str, object]:
    """The runtime layer with all of them on."""
    return runtime_layer(faults, {each.id: each.parts_per_million for each in faults})


def running(directory: Path, *faults: Fault, policies: tuple[Policy, ...] = ()) -> AbstractAsyncContextManager[Sidecar]:
    resources = translate_workload(WORLD, DEATHSTAR, policies, faults)
    return running_sidecar(directory, DEATHSTAR, resources, ports=(80, 8080))


@asynccontextmanager
async def under(directory: Path, *faults: Fault, policy: str = "") -> AsyncIterator[Sidecar]:
    """A sidecar with these faults on."""
    policies = parse_documents(policy, "policy.yaml").policies if policy else ()
    async with running(directory, *faults, policies=policies) as sidecar:
        await sidecar.set_runtime(everything(*faults))
        yield sidecar


async def one(sidecar: Sidecar, request: bytes = LANDING, source: str = TIE) -> tuple[Answer, FlowRecord]:
    """One request, as the caller saw it and as the sidecar logged it."""
    with sidecar.flows() as flows:
        answer = await sidecar.send(source, 80, request)
        return answer, await next_flow(flows)


async def test_faults_are_off_until_the_runtime_layer_says_otherwise(tmp_path: Path) -> None:
    abort = fault("closed", Abort(http_status=503))
    async with running(tmp_path, abort) as sidecar:
        answers = await sidecar.send_all(TIE, 80, [LANDING] * 50)
        assert {answer.status for answer in answers} == {200}
        await sidecar.set_runtime(everything(abort))
        assert (await sidecar.send(TIE, 80, LANDING)).status == 503
        await sidecar.set_runtime(runtime_layer([abort], {}))
        answers = await sidecar.send_all(TIE, 80, [LANDING] * 50)
        assert {answer.status for answer in answers} == {200}
        assert len(sidecar.app.seen) == 100


async def test_abort(tmp_path: Path) -> None:
    async with under(tmp_path, fault("closed", Abort(http_status=503, body="shields are up"))) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body) == (503, b"shields are up")
        assert answer.headers["x-riftgate-fault"] == "trouble/closed"
        assert "x-riftgate-verdict" not in answer.headers
        assert (flow.kind, flow.flags, flow.faults) == (Kind.INJECTED, ("FI",), ("trouble/closed",))
        assert sidecar.app.seen == []


async def test_delay_reaches_the_app(tmp_path: Path) -> None:
    async with under(tmp_path, fault("slow", Delay(1))) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body) == (200, RecordingApp.body)
        assert answer.headers["x-riftgate-fault"] == "trouble/slow"
        assert (flow.kind, flow.flags, flow.faults) == (Kind.INJECTED, ("DI",), ("trouble/slow",))
        assert len(sidecar.app.seen) == 1


async def test_delay_and_abort_of_one_fault(tmp_path: Path) -> None:
    async with under(tmp_path, fault("both", Delay(1), Abort(http_status=418))) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, flow.flags) == (418, ("DI", "FI"))


async def test_rewritten_status_keeps_the_apps_answer(tmp_path: Path) -> None:
    async with under(tmp_path, fault("wrong", RewriteStatus(504)), policy=LANDING_ONLY) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body, answer.headers["server"]) == (504, RecordingApp.body, "app")
        assert answer.headers["x-riftgate-fault"] == "trouble/wrong"
        assert (flow.status, flow.faults) == (504, ("trouble/wrong",))
        assert len(sidecar.app.seen) == 1
        # The way out of a denial leads through the same filter.
        answer, flow = await one(sidecar, request_bytes("PUT", "/v1/exhaust-port", "deathstar"))
        assert (answer.status, flow.status, flow.kind) == (403, 403, Kind.DENIED)
        assert "x-riftgate-fault" not in answer.headers


async def test_response_rate(tmp_path: Path) -> None:
    async with under(tmp_path, fault("thin-pipe", ResponseRate(1024))) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body) == (200, RecordingApp.body)
        assert answer.headers["x-riftgate-fault"] == "trouble/thin-pipe"
        assert flow.faults == ("trouble/thin-pipe",)
        assert await sidecar.counter("cluster.inbound/80/rate/trouble/thin-pipe.upstream_rq_total") == 1


async def test_grpc_abort_hits_grpc_alone(tmp_path: Path) -> None:
    async with under(tmp_path, fault("down", Abort(grpc_status=14, body="try Endor"))) as sidecar:
        grpc = request_bytes("POST", "/empire.Landing/Request", "deathstar", [("content-type", "application/grpc")])
        answer, flow = await one(sidecar, grpc)
        assert (answer.headers["grpc-status"], answer.headers["grpc-message"]) == ("14", "try Endor")
        assert answer.headers["x-riftgate-fault"] == "trouble/down"
        assert flow.grpc_status == 14
        answer, flow = await one(sidecar)
        assert (answer.status, flow.kind) == (200, Kind.GENUINE)


async def test_policy_comes_first(tmp_path: Path) -> None:
    async with under(tmp_path, fault("closed", Abort(http_status=503)), policy=LANDING_ONLY) as sidecar:
        answer, flow = await one(sidecar, source=XWING)
        assert (answer.status, answer.body) == (403, b"Access denied")
        assert answer.headers["x-riftgate-verdict"] == "denied"
        assert "x-riftgate-fault" not in answer.headers
        assert flow.kind is Kind.DENIED
        answer, _ = await one(sidecar)
        assert answer.status == 503


async def test_only_what_a_fault_matches_is_hit(tmp_path: Path) -> None:
    match = HttpMatch("POST", "/v1/ships/[0-9]+", (HeaderMatch("x-ship", "tie"), HeaderMatch("x-clearance")))
    async with under(tmp_path, fault("closed", Abort(http_status=503), match=match)) as sidecar:
        ship, cleared = ("X-Ship", "tie"), ("x-clearance", "")

        async def status(method: str, path: str, *headers: tuple[str, str]) -> int:
            request = request_bytes(method, path, "deathstar", headers)
            return (await sidecar.send(TIE, 80, request, method)).status

        assert await status("POST", "/v1/ships/7", ship, cleared) == 503
        assert await status("POST", "/v1//ships/./7?page=2", ship, cleared) == 503
        assert await status("PUT", "/v1/ships/7", ship, cleared) == 200
        assert await status("POST", "/v1/ships/x", ship, cleared) == 200
        assert await status("POST", "/v1/ships/7/crew", ship, cleared) == 200
        assert await status("POST", "/v1/ships/7", cleared) == 200
        assert await status("POST", "/v1/ships/7", ship) == 200
        assert await status("POST", "/v1/ships/7", ("x-ship", "tie,tie"), cleared) == 200
        # Of a header that occurs twice one value is enough: Envoy's routes look at each, its policies at all joined.
        assert await status("POST", "/v1/ships/7", ("x-ship", "wing"), ship, cleared) == 503


async def test_two_path_patterns_on_one_request(tmp_path: Path) -> None:
    faults = [
        fault("slow", Delay(1), match=HttpMatch(path="/v1/.*")),
        fault("wrong", RewriteStatus(500), match=HttpMatch(path=".*/request-[a-z]+")),
    ]
    async with under(tmp_path, *faults) as sidecar:
        answer, flow = await one(sidecar, request_bytes("POST", "/v1/request-landing?berth=3", "deathstar"))
        assert (answer.status, flow.faults) == (500, ("trouble/slow", "trouble/wrong"))
        answer, flow = await one(sidecar, request_bytes("POST", "/v2/request-landing", "deathstar"))
        assert (answer.status, flow.faults) == (500, ("trouble/wrong",))
        answer, flow = await one(sidecar, request_bytes("POST", "/v1/exhaust-port", "deathstar"))
        assert (answer.status, flow.faults) == (200, ("trouble/slow",))


@pytest.mark.parametrize("source", [TIE, TIE_V6])
async def test_a_fault_of_one_source_spares_the_others(tmp_path: Path, source: str) -> None:
    abort = fault("closed", Abort(http_status=503), source=Selector.of({"org": "empire"}))
    async with under(tmp_path, abort) as sidecar:
        assert (await sidecar.send(source, 80, LANDING)).status == 503
        assert (await sidecar.send(XWING, 80, LANDING)).status == 200
        assert (await sidecar.send("192.0.2.1", 80, LANDING)).status == 200


async def test_a_fault_of_one_port_spares_the_others(tmp_path: Path) -> None:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), 8080)
    abort = Fault("trouble", "closed", SourceLocation("s.yaml", 1), target, (Abort(http_status=503),))
    async with under(tmp_path, abort) as sidecar:
        assert (await sidecar.send(TIE, 80, LANDING)).status == 200
        assert (await sidecar.send(TIE, 8080, LANDING)).status == 503


async def test_callers_cannot_steer(tmp_path: Path) -> None:
    spoofed = [
        ("x-riftgate-source", XWING),
        ("X-RiftGate-Source", XWING),
        ("x-riftgate-fault", "trouble/closed"),
        ("x-riftgate-verdict", "allowed"),
        ("x-envoy-fault-abort-request", "500"),
        ("x-envoy-fault-abort-grpc-request", "14"),
        ("x-envoy-fault-delay-request", "60000"),
        ("x-envoy-fault-throughput-response", "1"),
        ("x-envoy-downstream-service-cluster", "rebels"),
        ("x-envoy-upstream-rq-timeout-ms", "1"),
        ("x-envoy-max-retries", "9"),
        ("x-envoy-decorator-operation", "luke"),
        ("x-forwarded-for", XWING),
    ]
    abort = fault("closed", Abort(http_status=503), source=Selector.of({"org": "alliance"}))
    async with under(tmp_path, abort) as sidecar:
        answer, flow = await one(sidecar, request_bytes("POST", "/v1/request-landing", "deathstar", spoofed))
        assert (answer.status, flow.kind, flow.flags) == (200, Kind.GENUINE, ())
        (seen,) = sidecar.app.seen
        assert sorted(name for name, _ in seen.headers) == [
            "content-length",
            "host",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-request-id",
        ]
        assert seen.header("x-forwarded-for") == XWING
        # What the app itself says about faults and verdicts does not get out.
        assert not {"x-riftgate-fault", "x-riftgate-verdict"} & set(answer.headers)
        assert answer.headers["server"] == "app"


async def test_two_faults_are_independent_and_each_hit_is_told_truly(tmp_path: Path) -> None:
    slow = fault("slow", Delay(1), parts_per_million=500_000)
    closed = fault("closed", Abort(http_status=503), parts_per_million=200_000)
    async with under(tmp_path, slow, closed) as sidecar:
        told: dict[str, tuple[int, tuple[str, ...]]] = {}
        with sidecar.flows() as flows:
            await asyncio.gather(*(tell(sidecar, told, number) for number in range(4)))
            logged = [await next_flow(flows) for _ in range(REQUESTS)]
        assert {flow.request_id: (flow.status, flow.faults) for flow in logged} == told
        counts = Counter(faults for _, faults in told.values())
        both, only_closed, only_slow = ("trouble/closed", "trouble/slow"), ("trouble/closed",), ("trouble/slow",)
        assert plausible(counts[both], 0.1)
        assert plausible(counts[only_closed], 0.1)
        assert plausible(counts[only_slow], 0.4)
        assert plausible(counts[()], 0.4)
        assert {faults for status, faults in told.values() if status == 503} == {both, only_closed}
        assert len(sidecar.app.seen) == counts[()] + counts[only_slow]


async def tell(sidecar: Sidecar, told: dict[str, tuple[int, tuple[str, ...]]], number: int) -> None:
    """A quarter of the requests, and what came back for each of them."""
    ids = [f"{number}-{count}" for count in range(REQUESTS // 4)]
    requests = [request_bytes("POST", "/v1/request-landing", "deathstar", [("x-request-id", each)]) for each in ids]
    for name, answer in zip(ids, await sidecar.send_all(TIE, 80, requests), strict=True):
        header = answer.headers.get("x-riftgate-fault", "")
        told[name] = answer.status, tuple(header.split(",")) if header else ()


def plausible(count: int, share: float) -> bool:
    """Within five standard deviations of a binomial distribution: false once in two million times by
    chance."""
    return abs(count - share * REQUESTS) <= 5 * math.sqrt(REQUESTS * share * (1 - share))
