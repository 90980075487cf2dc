# SPDX-License-Identifier: Apache-2.0
"""The agent's process: the pods of this machine, their sidecars, and the datapath that guards them.

It answers the commands on its own unix socket and follows the control server, from which it needs nothing to keep
enforcing: when that is away, tables and pods stay as they are.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from aiohttp import web
from pyroute2.netlink.exceptions import NetlinkError

from bpf import structs
from bpf.acceleration import Acceleration, Accelerator
from bpf.datapath import Datapath, mount_bpffs
from bpf.events import EventCounts
from bpf.libbpf import BpfError
from l7filters.l4_tables import L4Tables
from l7filters.local_tables import LocalRights
from l7filters.source import InputError
from l7filters.world import World
from riftgate.callers import Callers
from riftgate.control.tables import tables_from_json
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import lean, netns, saved_plan
from riftgate.local.enforcement import not_enforced
from riftgate.local.errors import LocalError
from riftgate.local.events import EventLog, Names
from riftgate.local.following import LONG_POLL, follow
from riftgate.local.host_faults import HostFaultsApplied
from riftgate.local.local_rights import not_bound, rights_of
from riftgate.local.lock import held
from riftgate.local.mesh import Mesh, Progress
from riftgate.local.packet_queues import PacketQueues
from riftgate.local.plan import Plan
from riftgate.local.planning import plan_apart
from riftgate.local.pod import RunningPod
from riftgate.local.remains import can_adopt, remove_pods
from riftgate.local.resolver import Resolver
from riftgate.local.saved_plan import PlanSource
from riftgate.local.self_test import Findings, findings_on_this_host
from riftgate.local.standing_sidecars import end_standing
from xds_server.admin import AdminError, AdminServer, stream_json_lines
from xds_server.admin_client import AdminClient, ServerUnreachable

log = logging.getLogger(__name__)


class Agent:
    """The handlers of the agent's socket, and the task that follows the control server."""

    def __init__(
        self,
        instance: Instance,
        control: AdminClient,
        datapath: Datapath,
        resolver: Resolver,
        tasks: asyncio.TaskGroup,
        accelerator: Accelerator,
        *,
        exec_sessions: str | None = None,
    ) -> None:
        """`exec_sessions`: why they are not told apart, if they are not."""
        self._exec_sessions = exec_sessions
        self._instance = instance
        self._control = control
        self._datapath = datapath
        self._resolver = resolver
        self._applying = asyncio.Lock()
        self._tasks = tasks
        self._accelerator = accelerator
        self._mesh = Mesh(
            instance,
            datapath,
            tasks,
            accelerator,
            publish_world=self._publish_world,
            wait_configured=self._wait_configured,
        )
        queues = PacketQueues(netns.node_path(instance.name))
        self.faults = HostFaultsApplied(
            datapath.packet_faults,
            queues,
            datapath.connection_faults,
            resolver,
            control,
            lambda: self._mesh.pods,
            instance.frozen,
        )
        self.events = EventLog(datapath, control, self._names, self._name_of_address)
        self._tables_version = 0
        self._tables: L4Tables | None = None
        self._rights: dict[int, LocalRights] = {}
        self._tested: Findings | str = "the self-test has not ended yet"
        self._working: set[asyncio.Task[None]] = set()

    @property
    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/manifests", self._apply),
            web.post("/v1/sidecars/restart", self._restart_sidecar),
            web.get("/v1/status", self._status),
            web.get("/v1/faults", self.faults.answer),
            web.post("/v1/connections", self.faults.answer_open),
            web.get("/v1/events", self.events.answer),
            web.get("/metrics", self.events.metrics),
        ]

    async def follow_control(self) -> None:
        """Puts each new version of the tables in force and says so; tells a restarted control server what runs."""
        told = False

        async def next_tables() -> None:
            nonlocal told
            if not told:
                if self._mesh.pods:
                    await self._publish_world(self._mesh.plan.world)
                told = True
            await self._next_tables()

        def lost() -> None:
            nonlocal told
            told = False

        await follow(next_tables, lost)

    async def adopt(self, plan: Plan) -> None:
        """Takes over what an agent before this one has left. Raises LocalError or BpfError."""
        await self._mesh.adopt(plan)

    async def test_host(self) -> None:
        """Finds out whether the datapath holds here; once per boot, kernel and version of the programs."""
        # The datapath takes one attach at a time.
        async with self._applying:
            try:
                self._tested = await asyncio.to_thread(
                    findings_on_this_host, self._instance, self._datapath, structs.SCRATCH_SLOT
                )
            except (LocalError, BpfError, NetlinkError, OSError) as error:
                log.error("%s", error)
                self._tested = str(error)
        lean.give_back()

    async def end_standing_sidecars(self) -> None:
        """For as long as the agent runs."""
        await end_standing(lambda: [(key, pod.sidecar.cgroup) for key, pod in self._mesh.pods.items()])

    async def remove_all(self) -> None:
        """Breaks off what is under way, and removes every pod."""
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        await self._mesh.remove_all()

    async def _next_tables(self) -> None:
        answer = await self._control.get("/v1/tables", {"after": str(self._tables_version)}, timeout=LONG_POLL)
        if answer["tables"] is None:
            return
        problem = None
        try:
            tables = tables_from_json(answer["tables"])
            self._put_in_force(tables)
            await self._resolver.set_tables(tables)
        except (BpfError, ValueError) as error:
            # The tables before stay in force, and whoever asked for the change is told.
            log.error("tables %s: %s", answer["version"], error)
            problem = str(error)
        await self._control.post(f"/v1/tables/{answer['version']}", {"error": problem})
        # Only now: a server that did not hear of it gives them again.
        self._tables_version = answer["version"]

    def _unbound(self, pod: RunningPod) -> tuple[str, ...]:
        local = () if self._tables is None else self._tables.local
        return not_bound(pod, local, self._datapath.isolation, self._datapath.unix_names)

    def _put_in_force(self, tables: L4Tables) -> None:
        rights = rights_of(tables.local, self._mesh.pods.values())
        self._datapath.tables.replace(tables, rights)
        self._tables, self._rights = tables, rights

    def _names(self, slot: int, cgroup: int) -> Names:
        for pod in self._mesh.pods.values():
            if pod.slot == slot:
                return Names(pod.key, pod.part_of(cgroup))
        return Names(None, None)

    def _name_of_address(self, address: str) -> str | None:
        world = self._mesh.plan.world
        workload = world.workload_by_address(address) or world.workload_by_exec_address(address)
        if workload is not None:
            return workload.key
        return next((service.key for service in world.services if address in service.addresses), None)

    async def _publish_world(self, world: World) -> None:
        await self._resolver.set_world(world)
        await self._control.post("/v1/world", world.to_dict(), timeout=LONG_POLL)

    async def _wait_configured(self, nodes: tuple[str, ...]) -> None:
        await self._control.post("/v1/wait", {"nodes": list(nodes)}, timeout=LONG_POLL)
        # Pods that are new may have the tables of before, which hold the cgroups of others.
        if self._tables is not None and rights_of(self._tables.local, self._mesh.pods.values()) != self._rights:
            self._put_in_force(self._tables)

    async def _apply(self, request: web.Request) -> web.StreamResponse:
        """{files: [{file, text}], images?: {file, text}} to JSON lines: progress, then `done` or `error`."""
        source = PlanSource.from_request(await request.json())
        try:
            plan = await asyncio.to_thread(plan_apart, self._instance, source, self._mesh.plan.allocation)
        except InputError as error:
            problems = [str(problem) for problem in error.problems]
            raise AdminError(422, "bad_input", "nothing has changed:", problems) from error
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        # A task of the agent's, not of this request: who asked may leave, and the work goes on to its end.
        work = self._tasks.create_task(self._bring_up(source, plan, events))
        self._working.add(work)
        work.add_done_callback(self._working.discard)
        return await stream_json_lines(request, _until_settled(events))

    async def _bring_up(self, source: PlanSource, plan: Plan, events: asyncio.Queue[dict[str, Any]]) -> None:
        async with self._applying:
            try:
                remember = partial(saved_plan.save, self._instance.plan, source, plan.allocation)
                async for progress in self._mesh.apply(plan, remember):
                    events.put_nowait(_progress(progress))
                await self.faults.pods_have_changed()
            except (LocalError, BpfError, AdminError, ServerUnreachable, TimeoutError) as error:
                log.error("%s", error)
                events.put_nowait({"error": str(error) or type(error).__name__})
            except Exception as error:
                # A defect: whoever waits is told, and the pods that run go on under this agent.
                log.exception("bringing the pods up failed")
                events.put_nowait({"error": f"the agent failed: {error!r}; see its log"})
            else:
                events.put_nowait({"done": True, "pods": len(plan.pods), "notes": list(plan.notes)})
            lean.give_back()

    async def _restart_sidecar(self, request: web.Request) -> web.Response:
        """`riftgate sidecar restart`: {pod, envoy, drain} to {pod, epoch, drains} once the new Envoy serves."""
        asked = await request.json()
        namespace, _, name = asked["pod"].rpartition("/")
        key = f"{namespace or 'default'}/{name}"
        pod = self._mesh.pods.get(key)
        if pod is None:
            known = ", ".join(self._mesh.pods) or "none"
            raise AdminError(404, "not_found", f"there is no pod {key}; there are: {known}")
        # A task of the agent's: a new Envoy is not given up because somebody left.
        work = self._tasks.create_task(_outcome(pod.sidecar.restart(asked["envoy"], asked["drain"])))
        epoch = await asyncio.shield(work)
        if isinstance(epoch, str):
            raise AdminError(409, "not_restarted", epoch)
        return web.json_response({"pod": key, "epoch": epoch, "drains": asked["drain"] or pod.planned.drain})

    async def _status(self, _request: web.Request) -> web.Response:
        drops, events = self._datapath.drops(), self._datapath.event_counts()
        return web.json_response(
            {
                "pods": [
                    {
                        **pod.status(),
                        "drops": {reason.text: count for reason, count in drops.get(pod.slot, {}).items()},
                        "events": asdict(events.get(pod.slot, EventCounts())),
                        "notEnforced": [
                            *not_enforced(pod.planned, self._tested, self._datapath.isolation),
                            *self._unbound(pod),
                        ],
                    }
                    for pod in self._mesh.pods.values()
                ],
                "services": [
                    {
                        "service": service.key,
                        "addresses": list(service.addresses),
                        "ports": [port.port for port in service.ports],
                    }
                    for service in self._mesh.plan.world.services
                ],
                "selfTest": self._tested.to_dict() if isinstance(self._tested, Findings) else {"error": self._tested},
                "resolver": self._resolver.status(),
                "securityModule": asdict(self._datapath.isolation),
                "execSessions": self._exec_sessions,
                "tablesVersion": self._tables_version,
                "generation": self._datapath.tables.generation,
                "acceleration": {
                    "default": self._accelerator.default,
                    "selfTest": self._accelerator.finding,
                    "checks": [{**asdict(check), "same": check.same} for check in self._accelerator.test.checks],
                },
            }
        )


async def _outcome(work: Awaitable[int]) -> int | str:
    """What it comes to, or why it did not: nothing that fails here may end the agent."""
    try:
        return await work
    except (LocalError, OSError) as error:
        return str(error)


async def run_agent(
    instance: Instance, upstreams: tuple[str, ...], acceleration: Acceleration, ready: Callable[[], None]
) -> None:
    """Until SIGTERM or SIGINT; then every pod is removed, and nothing of the datapath stays.

    Pods of an agent that ended otherwise are taken over first. Raises LocalError when another agent runs, and
    LocalError or BpfError when the machine cannot do it; pods that were there go on then.
    """
    with held(instance.lock("agent"), f"an agent of mesh {instance.name}"):
        instance.state.chmod(0o700)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        plan = saved_plan.load(instance.plan, partial(plan_apart, instance)) if can_adopt(instance) else None
        if plan is None:
            # Of a start that broke off before there were pods.
            await asyncio.to_thread(remove_pods, instance)
        try:
            await _serve(instance, plan, upstreams, acceleration, stop, ready)
        finally:
            # An agent that fails leaves its pods to the next one.
            if stop.is_set() or not can_adopt(instance):
                await asyncio.to_thread(remove_pods, instance)


async def _serve(
    instance: Instance,
    adopted: Plan | None,
    upstreams: tuple[str, ...],
    acceleration: Acceleration,
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    if adopted is None:
        instance.pods_cgroup.mkdir(parents=True, exist_ok=True)
        instance.pins.mkdir(exist_ok=True)
        mount_bpffs(instance.pins)
    node = await asyncio.to_thread(netns.create_node, instance.name)
    datapath = Datapath.load(instance.pins, POD_DEPTH)
    unknown = datapath.follow_processes(os.getpid())
    if unknown is not None:
        log.error("exec sessions are not told apart, and count as the container's own processes: %s", unknown)
    try:
        accelerator = Accelerator(acceleration, await asyncio.to_thread(datapath.test_acceleration, node))
        log.info("acceleration (%s): %s", acceleration, accelerator.finding)
        async with AdminClient(instance.control_socket) as control, asyncio.TaskGroup() as tasks:
            resolver = Resolver(instance, upstreams, resume=adopted is not None)
            resolving = tasks.create_task(resolver.run())
            await resolver.wait_serving()
            agent = Agent(instance, control, datapath, resolver, tasks, accelerator, exec_sessions=unknown)
            if adopted is not None:
                await agent.adopt(adopted)
            lean.give_back()
            async with AdminServer(instance.agent_socket, agent.routes, Callers(instance.name).of_the_machine):
                work = (
                    agent.follow_control(),
                    agent.faults.follow(),
                    agent.events.follow(),
                    agent.end_standing_sidecars(),
                    agent.test_host(),
                )
                following = [tasks.create_task(each) for each in work]
                ready()
                await stop.wait()
                for task in following:
                    task.cancel()
            await agent.remove_all()
            resolving.cancel()
    except BaseExceptionGroup as group:
        # What the machine refuses is for people, one line.
        known, _ = group.split((LocalError, BpfError, OSError))
        raise (known.exceptions[0] if known else group) from None
    finally:
        datapath.close()


async def _until_settled(events: asyncio.Queue[dict[str, Any]]) -> AsyncGenerator[object, None]:
    while True:
        event = await events.get()
        yield event
        if "done" in event or "error" in event:
            return


def _progress(progress: Progress) -> dict[str, Any]:
    return {"pod": progress.pod, "step": progress.step, **progress.details}
