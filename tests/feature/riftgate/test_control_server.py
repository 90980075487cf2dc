# SPDX-License-Identifier: Apache-2.0
"""The whole control server on its two sockets, with scripted sidecars and a scripted agent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from google.protobuf.message import Message

from envoy_api.config.route.v3 import RouteConfiguration
from l7filters.faults import Abort, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.source import InputError, SourceLocation
from riftgate.client import MeshClient
from riftgate.control import rollout
from riftgate.control.server import serve
from riftgate.control.tables import tables_from_json
from riftgate.instance import Instance
from riftgate.scenario_world import MeshWorld
from scenarios.world import ControlLost
from tests.scripted_envoy import ScriptedAccessLog, ScriptedEnvoy, socket_target
from tests.scripted_mesh import WORLD, chaos, cnp
from xds_server import type_urls
from xds_server.admin import AdminError
from xds_server.admin_client import AdminClient, ServerUnreachable

DEATHSTAR = "default/deathstar"
FAULT = Fault(
    "siege",
    "full",
    SourceLocation("siege.yaml", 3),
    FaultTarget("default", Selector.of({"class": "deathstar"}), 80),
    (Abort(503),),
)


@dataclass
class Mesh:
    """A running control server and everything that talks to it."""

    instance: Instance
    policies: Path | None = None
    refusal: str | None = None
    """In these words the agent refuses tables."""
    tables: list[int] = field(default_factory=list)
    """How many entries the tables in force had, one after the other."""
    envoys: dict[str, ScriptedEnvoy] = field(default_factory=dict)
    channel: grpc.aio.Channel | None = None
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def client(self) -> MeshClient:
        return MeshClient(self.instance)

    @property
    def deathstar(self) -> ScriptedEnvoy:
        return self.envoys[DEATHSTAR]

    async def apply(self, text: str, file: str = "a.yaml", lease: float = 60) -> Any:
        body = {"files": [{"file": file, "text": text}], "lease": lease}
        return await self.client.change("/v1/policies/apply", body)

    async def follow_tables(self) -> None:
        version = "0"
        async with AdminClient(self.instance.control_socket) as client:
            while True:
                answer = await client.get("/v1/tables", {"after": version}, timeout=60)
                if answer["tables"] is not None:
                    if self.refusal is None:
                        self.tables.append(len(tables_from_json(answer["tables"]).entries))
                    await client.post(f"/v1/tables/{answer['version']}", {"error": self.refusal})
                version = str(answer["version"])


@contextlib.asynccontextmanager
async def serving(instance: Instance, policies: Path | None = None) -> AsyncIterator[None]:
    ready = asyncio.Event()
    server = asyncio.create_task(serve(instance, policies, ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({server, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.is_set():
        waiting.cancel()
        await server
    try:
        yield
    finally:
        server.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server


@contextlib.asynccontextmanager
async def running(mesh: Mesh) -> AsyncIterator[Mesh]:
    """With a world, an agent and a sidecar for each workload, all of them configured."""
    async with serving(mesh.instance, mesh.policies), contextlib.AsyncExitStack() as stack:
        target = socket_target(mesh.instance.xds_socket)
        mesh.channel = await stack.enter_async_context(grpc.aio.insecure_channel(target))
        mesh.envoys = {each.key: ScriptedEnvoy(each.key, mesh.channel) for each in WORLD.workloads}
        tasks = [asyncio.create_task(each.run()) for each in mesh.envoys.values()]
        tasks.append(asyncio.create_task(mesh.follow_tables()))
        try:
            await mesh.client.change("/v1/world", WORLD.to_dict())
            for envoy in mesh.envoys.values():
                await envoy.until(lambda envoy=envoy: bool(envoy.has.get(type_urls.LISTENER)))  # type: ignore[misc]
            await mesh.client.change("/v1/wait", {"nodes": list(mesh.envoys)})
            yield mesh
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = Instance("unit", tmp_path)
    instance.state.mkdir()
    return instance


@pytest.fixture
async def mesh(instance: Instance) -> AsyncIterator[Mesh]:
    async with running(Mesh(instance)) as mesh:
        yield mesh


def refusing(path: bytes, words: str) -> Callable[[Message], str | None]:
    """Refuses routes that speak of a path."""
    return lambda message: (
        words if isinstance(message, RouteConfiguration) and path in message.SerializeToString() else None
    )


def rbac_of(envoy: ScriptedEnvoy) -> int:
    """How much the inbound route configuration says: it is where policy is."""
    return len(envoy.has[type_urls.ROUTE]["inbound/80"].SerializeToString())


async def test_apply_is_answered_when_the_sidecar_has_the_policy(mesh: Mesh) -> None:
    await mesh.apply(cnp(path="/"))
    before, tables = rbac_of(mesh.deathstar), len(mesh.tables)
    mesh.deathstar.seen.clear()
    answer = await mesh.apply(cnp(path="/v1/request-landing", port=80, org="alliance"))
    assert answer["applied"] == ["CiliumNetworkPolicy default/rule1"]
    assert answer["nodes"] == sorted(mesh.envoys)
    assert mesh.deathstar.seen == [("route", "inbound/80", True)], "one push, and no listener is touched"
    assert rbac_of(mesh.deathstar) > before
    assert len(mesh.tables) == tables + 1
    status = await mesh.client.control_status()
    assert [each["name"] for each in status["documents"]] == ["rule1"]
    assert status["tables"]["applied"] == status["tables"]["newest"]


async def test_delete_takes_it_back(mesh: Mesh) -> None:
    before = rbac_of(mesh.deathstar)
    await mesh.apply(cnp(path="/v1/request-landing"))
    document = {"kind": "CiliumNetworkPolicy", "namespace": "default", "name": "rule1"}
    answer = await mesh.client.change("/v1/policies/delete", {"documents": [document]})
    assert answer["deleted"] == ["CiliumNetworkPolicy default/rule1"]
    assert rbac_of(mesh.deathstar) == before
    assert await mesh.client.documents() == []


async def test_a_nack_is_the_answer_and_the_old_configuration_is_back(mesh: Mesh) -> None:
    await mesh.apply(cnp(path="/v1/one"))
    before, tables = rbac_of(mesh.deathstar), list(mesh.tables)
    mesh.deathstar.judge = refusing(b"/v1/two", "Invalid regex '/v1/(': missing )")
    mesh.deathstar.seen.clear()
    with pytest.raises(AdminError) as refused:
        await mesh.apply(cnp(path="/v1/two"))
    assert (refused.value.status, refused.value.code) == (502, "rejected")
    assert "default/deathstar refused route inbound/80: Invalid regex '/v1/(': missing )" in str(refused.value)
    await mesh.deathstar.until(lambda: len(mesh.deathstar.seen) == 2)
    assert mesh.deathstar.seen == [("route", "inbound/80", False), ("route", "inbound/80", True)]
    assert rbac_of(mesh.deathstar) == before
    assert mesh.tables == tables, "the datapath never heard of it"
    assert "/v1/one" in (await mesh.client.documents())[0]["text"]


async def test_the_agents_refusal_is_the_answer_and_the_old_configuration_is_back(mesh: Mesh) -> None:
    before = rbac_of(mesh.deathstar)
    mesh.refusal = "map verdict_by_pair: update: No space left on device"
    with pytest.raises(AdminError, match="the datapath refused the change: map verdict_by_pair") as refused:
        await mesh.apply(cnp(path="/v1/one"))
    assert refused.value.status == 502
    await mesh.deathstar.until(lambda: rbac_of(mesh.deathstar) == before)
    assert await mesh.client.documents() == []


async def test_bad_input_names_every_line_and_changes_nothing(mesh: Mesh) -> None:
    mesh.deathstar.seen.clear()
    with pytest.raises(AdminError) as refused:
        await mesh.apply("kind: What\n---\n" + cnp().replace("ingress", "ingres"), "bad.yaml")
    assert (refused.value.status, refused.value.code) == (422, "bad_input")
    assert len(refused.value.problems) == 2
    assert all(problem.startswith("bad.yaml:") for problem in refused.value.problems)
    assert mesh.deathstar.seen == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/policies/apply", {}),
        ("/v1/policies/apply", {"files": [], "lease": "long"}),
        ("/v1/policies/apply", {"files": [], "lease": float("nan")}),
        ("/v1/policies/apply", {"files": [], "lease": 0}),
        ("/v1/policies/apply", {"files": [{"file": "a"}], "lease": 1}),
        ("/v1/policies/apply", []),
        ("/v1/policies/delete", {"documents": [{"name": "a"}]}),
        ("/v1/world", {}),
        ("/v1/wait", {}),
        ("/v1/faults/reach", {"faults": [{}]}),
        ("/v1/scenarios/siege/renew", {"lease": -1}),
        ("/v1/tables/1", {}),
    ],
)
async def test_requests_that_make_no_sense(instance: Instance, path: str, body: object) -> None:
    async with serving(instance):
        with pytest.raises(AdminError) as refused:
            await MeshClient(instance).change(path, body)
    assert (refused.value.status, refused.value.code) == (400, "bad_request")


async def test_a_scenario_through_its_world(mesh: Mesh) -> None:
    async with MeshWorld(mesh.client) as world:
        reach = await world.activate("siege", (FAULT,), 5)
        assert reach.targets == {"siege/full": (DEATHSTAR,)}
        assert mesh.deathstar.routes["inbound/80"][0] == "fault/siege/full"
        assert set(mesh.deathstar.runtime) == {"riftgate.fault.siege/full"}
        assert mesh.envoys["default/tie"].runtime == {}
        await world.renew("siege", 5)
        await world.deactivate("siege")
        assert "fault/siege/full" not in mesh.deathstar.routes["inbound/80"]
        assert mesh.deathstar.runtime == {}


async def test_a_lease_runs_out_by_itself(mesh: Mesh) -> None:
    async with MeshWorld(mesh.client) as world:
        await world.activate("siege", (FAULT,), 0.2)
        await mesh.deathstar.until(lambda: mesh.deathstar.runtime == {})


async def test_the_chaos_dialect(mesh: Mesh) -> None:
    answer = await mesh.apply(chaos(), lease=30)
    assert answer["faults"] == {"default.late/rule0.0.80": 30}
    assert set(mesh.deathstar.runtime) == {"riftgate.fault.default.late/rule0.0.80"}
    (scenario,) = (await mesh.client.control_status())["scenarios"]
    assert (scenario["name"], scenario["document"]) == ("default.late", "CiliumNetworkPolicy default/late")
    assert 0 < scenario["endsInSeconds"] <= 30


async def test_conflicts(mesh: Mesh) -> None:
    with pytest.raises(AdminError) as refused:
        await mesh.client.change("/v1/scenarios/siege/renew", {"lease": 5})
    assert (refused.value.status, refused.value.code) == (409, "conflict")


async def test_a_restarted_server_enforces_what_was_applied(instance: Instance) -> None:
    async with running(Mesh(instance)) as mesh:
        await mesh.apply(cnp(path="/v1/one"))
        before = rbac_of(mesh.deathstar)
    async with running(Mesh(instance)) as restarted:
        assert rbac_of(restarted.deathstar) == before
        mesh.deathstar.seen.clear()


async def test_a_server_that_cannot_read_what_was_applied_does_not_start(instance: Instance) -> None:
    instance.documents.write_text("[{}]")
    with pytest.raises(InputError, match=r"documents\.json:1"):
        async with serving(instance):
            raise AssertionError("it serves")


async def test_without_a_world_sidecars_are_told_nothing(instance: Instance) -> None:
    async with serving(instance), grpc.aio.insecure_channel(socket_target(instance.xds_socket)) as channel:
        envoy = ScriptedEnvoy(DEATHSTAR, channel)
        task = asyncio.create_task(envoy.run())
        await envoy.until(lambda: type_urls.RUNTIME in envoy.has)
        assert set(envoy.has) == {type_urls.RUNTIME}, "an empty answer would delete what it runs on"
        task.cancel()


async def test_flows_arrive_with_the_names_of_their_ends(mesh: Mesh) -> None:
    assert mesh.channel is not None
    log = ScriptedAccessLog(DEATHSTAR, mesh.channel)
    async with contextlib.aclosing(mesh.client.flows()) as flows:
        assert await anext(flows) == {"subscribed": True}
        await log.log("r1", "/v1/request-landing", "10.0.0.2", "10.0.0.1")
        await log.log("r2", "/", "192.0.2.1", "10.0.0.1", 403)
        one, other = await anext(flows), await anext(flows)
    assert (one["request_id"], one["source_workload"], one["destination_workload"]) == ("r1", "default/tie", DEATHSTAR)
    assert (other["request_id"], other["source_workload"], other["status"]) == ("r2", None, 403)


async def test_flows_break_off_when_the_server_ends(instance: Instance) -> None:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(serving(instance))
        async with MeshWorld(MeshClient(instance)).flows() as flows:
            await stack.aclose()
            with pytest.raises(ControlLost):
                assert [flow async for flow in flows] == []


# The watched directory


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "policies"
    path.mkdir()
    return path


async def test_watched_files_come_and_go(instance: Instance, directory: Path) -> None:
    (directory / "a.yaml").write_text(cnp(path="/v1/one"))
    (directory / "odd.yaml").mkdir()
    async with running(Mesh(instance, directory)) as mesh:
        plain = rbac_of(mesh.envoys["default/deathstar"])
        status = await mesh.client.control_status()
        assert [(each["name"], each["watched"]) for each in status["documents"]] == [("rule1", True)]
        assert list(status["sourceProblems"]) == [str(directory / "odd.yaml")]
        with pytest.raises(AdminError, match="comes from the watched file") as refused:
            await mesh.apply(cnp(path="/v1/two"))
        assert refused.value.code == "conflict"
        (directory / "a.yaml").unlink()
        await mesh.deathstar.until(lambda: rbac_of(mesh.deathstar) < plain)


async def test_a_watched_policy_is_in_force_before_anything_else_is_said(instance: Instance, directory: Path) -> None:
    """A restarted server must not serve a moment without it: sidecars would open up."""
    (directory / "a.yaml").write_text(cnp(path="/v1/one"))
    async with running(Mesh(instance, directory)) as mesh:
        enforced = rbac_of(mesh.deathstar)
    async with running(Mesh(instance, directory)) as restarted:
        assert [entry for entry in restarted.deathstar.seen if entry[:2] == ("route", "inbound/80")] == [
            ("route", "inbound/80", True)
        ]
        assert rbac_of(restarted.deathstar) == enforced


async def test_a_watched_file_that_envoy_refuses_does_not_replace_the_live_one(
    instance: Instance, directory: Path
) -> None:
    (directory / "a.yaml").write_text(cnp(path="/v1/one"))
    async with running(Mesh(instance, directory)) as mesh:
        before = rbac_of(mesh.deathstar)
        mesh.deathstar.judge = refusing(b"/v1/two", "no such thing")
        mesh.deathstar.seen.clear()
        (directory / "a.yaml").write_text(cnp(path="/v1/two"))
        pushes = [("route", "inbound/80", False), ("route", "inbound/80", True)]
        await mesh.deathstar.until(lambda: mesh.deathstar.seen == pushes)
        assert rbac_of(mesh.deathstar) == before
        status = await mesh.client.control_status()
        assert "no such thing" in status["sourceProblems"][str(directory)]


async def test_nobody_listens(instance: Instance) -> None:
    with pytest.raises(ServerUnreachable, match="no server listens"):
        await MeshClient(instance).documents()


async def test_a_sidecar_that_says_nothing_is_named(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "ACK_TIMEOUT", 0.2)
    held = asyncio.Event()

    async def holding(*_args: object) -> None:
        await held.wait()

    monkeypatch.setattr(mesh.deathstar, "_take", holding)
    with pytest.raises(AdminError, match=r"not confirmed within 0.2 s: the sidecar of default/deathstar"):
        await mesh.apply(cnp(path="/v1/one"))
    held.set()
