# SPDX-License-Identifier: Apache-2.0
"""The effects that Envoy has itself, on a real one: what the caller gets, and what the app."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from random import Random

from l7filters.faults import (
    Abort,
    ConcurrencyLimit,
    Family,
    Fault,
    HeaderEdits,
    Headers,
    HttpMatch,
    Inject,
    Mirror,
    PathRewrite,
    RandomDelay,
    Redirect,
    Reset,
    RewriteRequest,
    RewriteStatus,
    Which,
    faults_of,
)
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from scenarios.attribution import fired_faults
from scenarios.world import Flow
from tests.deathstar_faults import DEATHSTAR, LANDING_ONLY, fault
from tests.envoy_harness import Answer, Sidecar, exchange, next_flow, request_bytes, running_envoy
from tests.envoy_steering import inbound_of, outbound_of
from tests.private_network import TIMEOUT
from tests.recording_app import APP_ADDRESS, RecordingApp
from xds_server.ext_proc import FaultServer
from xds_server.flow import FlowRecord, Kind
from xds_server.server import GrpcServer

ENDOR = Workload("default", "endor", {"class": "moon"}, ("10.0.0.9",), (WorkloadPort(8080),))
TIE = "10.0.0.2"
WORLD = World(
    workloads=(DEATHSTAR, ENDOR, Workload("default", "tiefighter", {"org": "empire"}, (TIE,))),
    services=(Service("default", "endor", ("10.96.0.9",), (ServicePort(80, 8080),), {"class": "moon"}),),
)
LANDING = request_bytes("POST", "/v1/request-landing", "deathstar", [("x-ship", "tie"), ("etag", "7")])


@asynccontextmanager
async def under(directory: Path, *faults: Fault) -> AsyncIterator[Sidecar]:
    """A sidecar with these faults on and the policy in force, its app, and the app of another service."""
    policies = parse_documents(LANDING_ONLY, "policy.yaml").policies
    resources = translate_workload(WORLD, DEATHSTAR, policies, faults)
    apps = [(APP_ADDRESS, 80), ("10.0.0.9", 8080)]
    async with running_envoy(directory, DEATHSTAR, resources, inbound_of(DEATHSTAR, (80,)), apps) as sidecar:
        await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}))
        yield sidecar


async def one(sidecar: Sidecar, request: bytes = LANDING) -> tuple[Answer, FlowRecord]:
    with sidecar.flows() as flows:
        answer = await sidecar.send(TIE, 80, request)
        return answer, await next_flow(flows)


async def denied(sidecar: Sidecar) -> Answer:
    """What the policy refuses meets the same routes, and nothing of the fault."""
    answer, flow = await one(sidecar, request_bytes("PUT", "/v1/request-landing", "deathstar"))
    assert (answer.status, answer.body, flow.kind) == (403, b"Access denied", Kind.DENIED)
    assert (answer.headers["x-riftgate-verdict"], answer.headers.get("x-riftgate-fault")) == ("denied", None)
    return answer


async def app_saw(sidecar: Sidecar, requests: int) -> None:
    """Until the apps have that many."""
    async with asyncio.timeout(TIMEOUT):
        while len(sidecar.app.seen) < requests:  # noqa: ASYNC110 - the app runs in threads of its own
            await asyncio.sleep(0.01)


def fired(flow: FlowRecord, *faults: Fault) -> tuple[str, ...]:
    seen = Flow(
        *("", 0.0, 0.0, "", "", 80, flow.method, flow.path, flow.status),
        faults=flow.faults,
        flags=frozenset(flow.flags),
        effects=frozenset(flow.effects),
    )
    return fired_faults(seen, {each.id: each for each in faults})


async def test_the_headers_of_an_abort(tmp_path: Path) -> None:
    closed = fault("closed", Abort(503, body="full", headers=(("retry-after", "5"), ("x-bay", 'a "b" \\ c'))))
    async with under(tmp_path, closed) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body) == (503, b"full")
        assert (answer.headers["retry-after"], answer.headers["x-bay"]) == ("5", 'a "b" \\ c')
        assert fired(flow, closed) == ("trouble/closed",)
        assert "retry-after" not in (await denied(sidecar)).headers


async def test_headers_of_request_and_response(tmp_path: Path) -> None:
    request = HeaderEdits(set=(("x-ship", "x-wing"),), add=(("x-bay", "7"),), remove=("etag",))
    response = HeaderEdits(
        set=(("server", "rebels"),), add=(("set-cookie", "a=1"), ("set-cookie", "b=2")), remove=("x-from-the-app",)
    )
    garbled = fault("garbled", Headers(request, response))
    both = request_bytes("POST", "/v1/request-landing", "deathstar", [("x-ship", "tie"), ("etag", "7"), ("x-bay", "1")])
    async with under(tmp_path, garbled) as sidecar:
        sidecar.app.headers = (("x-from-the-app", "1"), ("set-cookie", "app=0"))
        head = await head_of(sidecar, both)
        (seen,) = sidecar.app.seen
        assert (seen.header("x-ship"), seen.header("etag")) == ("x-wing", None)
        assert [value for name, value in seen.headers if name == "x-bay"] == ["1", "7"], "added to what is there"
        assert (head.get_all("server"), head.get_all("x-from-the-app")) == (["rebels"], None)
        assert head.get_all("set-cookie") == ["app=0", "a=1", "b=2"]
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body, answer.headers["server"]) == (200, RecordingApp.body, "rebels")
        assert answer.headers["x-riftgate-fault"] == "trouble/garbled"
        assert (flow.kind, fired(flow, garbled)) == (Kind.INJECTED, ("trouble/garbled",))
        assert "set-cookie" not in (await denied(sidecar)).headers


async def head_of(sidecar: Sidecar, request: bytes) -> Message:
    """All fields of the response's head, those that come several times too."""
    with await sidecar.open(TIE, 80) as connection:
        head = await sidecar.talk(connection, request)
    return message_from_bytes(head.partition(b"\r\n")[2].partition(b"\r\n\r\n")[0])


async def test_rewritten_path_query_and_method(tmp_path: Path) -> None:
    rewrite = RewriteRequest(
        PathRewrite("^/v1/(.*)$", r"/v2/\1/x"), "DELETE", (("bay", "7 & 8"), ("ship", "tie")), ("page",)
    )
    lost = fault("lost", rewrite)
    async with under(tmp_path, lost) as sidecar:
        for asked, got in (
            ("?page=2&bay=1&bay=2&z", "?z&bay=7%20%26%208&ship=tie"),
            ("", "?bay=7%20%26%208&ship=tie"),
        ):
            # Policy has judged what was asked, and the log tells that; the app gets something else.
            request = f"/v1/request-landing{asked}"
            sidecar.app.seen.clear()
            allow = request_bytes("POST", request, "deathstar")
            if asked:
                await sidecar.apply(translate_workload(WORLD, DEATHSTAR, (), (lost,)))
            answer, flow = await one(sidecar, allow)
            (seen,) = sidecar.app.seen
            assert (answer.status, seen.method, seen.path) == (200, "DELETE", f"/v2/request-landing/x{got}")
            assert (flow.method, flow.path) == ("POST", request)
            assert fired(flow, lost) == ("trouble/lost",)


async def test_redirect_to_another_service(tmp_path: Path) -> None:
    astray = fault("astray", Redirect("default/endor", 80))
    async with under(tmp_path, astray) as sidecar:
        answer, flow = await one(sidecar)
        (seen,) = sidecar.app.seen
        assert (answer.status, seen.address) == (200, ("10.0.0.9", 8080))
        assert fired(flow, astray) == ("trouble/astray",)
        await denied(sidecar)
        assert len(sidecar.app.seen) == 1
        # The service goes away while the fault is on: nothing is done to anybody.
        await sidecar.apply(translate_workload(replace(WORLD, services=()), DEATHSTAR, (), (astray,)))
        answer, _ = await one(sidecar)
        assert (answer.status, sidecar.app.seen[1].address) == (200, (APP_ADDRESS, 80))


async def test_mirror_to_another_service(tmp_path: Path) -> None:
    spied = fault("spied", Mirror("default/endor", 80))
    async with under(tmp_path, spied) as sidecar:
        answer, flow = await one(sidecar)
        assert answer.status == 200
        assert fired(flow, spied) == ("trouble/spied",)
        await app_saw(sidecar, 2)
        hosts = {seen.address: seen.header("host") for seen in sidecar.app.seen}
        assert hosts == {(APP_ADDRESS, 80): "deathstar", ("10.0.0.9", 8080): "deathstar"}
        await denied(sidecar)


async def test_concurrency_limit(tmp_path: Path) -> None:
    crowded = fault("crowded", ConcurrencyLimit(2))
    async with under(tmp_path, crowded) as sidecar:
        await sidecar.apply(translate_workload(WORLD, DEATHSTAR, (), (crowded,)))
        hold = request_bytes("GET", "/hold", "deathstar")
        with sidecar.flows() as flows:
            connections = [await sidecar.open(TIE, 80) for _ in range(5)]
            held = [asyncio.create_task(asyncio.to_thread(exchange, each, hold)) for each in connections[:2]]
            await app_saw(sidecar, 2)
            refused = [await asyncio.to_thread(exchange, each, hold) for each in connections[2:]]
            sidecar.app.release.set()
            answers = [*refused, *(await asyncio.gather(*held))]
            logged = [await next_flow(flows) for _ in answers]
        assert Counter(each.status for each in answers) == {503: 3, 200: 2}
        assert Counter((each.status, fired(each, crowded)) for each in logged) == {
            (503, ("trouble/crowded",)): 3,
            (200, ()): 2,
        }
        for each in connections:
            each.close()
        assert (await one(sidecar))[0].status == 200


CALLER = Workload("default", "tiefighter", {"org": "empire"}, (TIE,))
SERVICE = "10.96.0.1"
OUTSIDE = World(
    workloads=(CALLER, replace(DEATHSTAR, name="outsider")),
    services=(Service("default", "outsider", (SERVICE,), (ServicePort(80, 80),), {"class": "deathstar"}),),
)


async def test_at_the_callers_side(tmp_path: Path) -> None:
    """No sidecar stands before the app here."""
    HeaderEdits(set=(("x-ship", "x"),))
    more = {"source": Selector.of({"org": "empire"}), "inject": Inject.CLIENT}
    faults = (
        fault("a", Abort(503, body="no", headers=(("x-bay", "7"),)), match=HttpMatch(path="/abort"), **more),
        fault(
            "b", RewriteStatus(504), Headers(HeaderEdits(set=(("x-ship", "x"),))), match=HttpMatch(path="/b"), **more
        ),
        fault("c", Reset(), match=HttpMatch(path="/reset"), **more),
        fault("d", RandomDelay(Family.FIXED, (1.0,)), which=Which(first=1), match=HttpMatch(path="/d"), **more),
        fault("e", ConcurrencyLimit(1), match=HttpMatch(path="/hold"), **more),
        fault("f", Abort(500), source=Selector.of({"org": "rebels"}), inject=Inject.CLIENT),
    )
    mine = faults_of(OUTSIDE, CALLER, faults)
    assert [each.name for each in mine] == ["a", "b", "c", "d", "e"]
    resources = translate_workload(OUTSIDE, CALLER, (), faults)
    apps = [("10.0.0.1", 80)]
    async with (
        GrpcServer([FaultServer(Random(7))], socket_path=tmp_path / "faults.sock"),
        running_envoy(tmp_path, CALLER, resources, outbound_of(OUTSIDE), apps) as sidecar,
    ):
        await sidecar.set_runtime(runtime_layer(mine, {each.id: each.parts_per_million for each in mine}))

        async def ask(path: str) -> tuple[Answer, FlowRecord]:
            with sidecar.flows() as flows:
                connection = await sidecar.open(TIE, 80, SERVICE)
                with connection:
                    answer = await sidecar.exchange(connection, request_bytes("GET", path, "outsider"))
                return answer, await next_flow(flows)

        answer, flow = await ask("/abort")
        assert (answer.status, answer.body, answer.headers["x-bay"]) == (503, b"no", "7")
        assert (answer.headers["x-riftgate-fault"], flow.log, flow.faults) == ("trouble/a", "outbound", ("trouble/a",))
        assert sidecar.app.seen == []
        answer, _ = await ask("/b")
        (seen,) = sidecar.app.seen
        assert (answer.status, seen.header("x-ship"), seen.header("x-riftgate-drawn")) == (504, "x", None)
        answer, flow = await ask("/reset")
        assert (answer.status, flow.effects) == (0, ("trouble/c:reset",))
        assert [(await ask("/d"))[1].effects for _ in range(2)] == [("trouble/d:random-delay",), ()]
        answer, flow = await ask("/else")
        assert (answer.status, flow.faults) == (200, ())
        assert "x-riftgate-drawn" not in {name.lower() for each in sidecar.app.seen for name, _ in each.headers}
