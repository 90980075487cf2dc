# SPDX-License-Identifier: Apache-2.0
"""The chapters of the story, in order. Each makes claims, looks, and adds its rows."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from rich.console import Console

from l7filters.fault_levels import AnyFault
from riftgate.client import MeshClient
from riftgate.demo.observer import observe
from riftgate.demo.ship import EXHAUST, LANDING, Seen, Ship
from riftgate.demo.table import Rows
from riftgate.demo.witness import Witness
from riftgate.instance import Instance
from riftgate.local.cgroups import processes
from riftgate.local.containers import PodFiles
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.netns import pod_namespaces
from riftgate.scenario_world import MeshWorld
from scenarios.agreement import CLOCK_GRAIN_MS
from scenarios.journal import FileJournal
from scenarios.parse import read_scenarios
from scenarios.report import Report
from scenarios.runner import run_scenario

LIBRARY = Path(str(resources.files("scenarios"))) / "library"
CURL_TIMED_OUT = 28
MAX_LEASE = 10.0
STEADY = 10
"""Landings that prove a steady state."""

PATH_TRICKS = (
    f"PUT /{EXHAUST} HTTP/1.1\r\nhost: deathstar\r\n\r\n",
    "PUT /v1/./exhaust-port HTTP/1.1\r\nhost: deathstar\r\n\r\n",
    "PUT /v1/%2e%2e/v1/exhaust-port HTTP/1.1\r\nhost: deathstar\r\n\r\n",
    "PUT /v1%2fexhaust-port HTTP/1.1\r\nhost: deathstar\r\n\r\n",
    f"PUT {EXHAUST} HTTP/1.1\r\nhost: deathstar:80\r\n\r\n",
    f"PUT {EXHAUST} HTTP/1.1\r\nhost: DeathStar.Default.SVC\r\n\r\n",
    f"PUT {LANDING}/..{EXHAUST.removeprefix('/v1')} HTTP/1.1\r\nhost: deathstar\r\n\r\n",
    f"POST {LANDING}/../exhaust-port HTTP/1.1\r\nhost: deathstar\r\n\r\n",
)


class Chapters:
    """Everything that the chapters share."""

    def __init__(
        self, instance: Instance, client: MeshClient, console: Console, rows: Rows, files: Path, folder: Path
    ) -> None:
        self._instance = instance
        self._client = client
        self._console = console
        self._rows = rows
        self._files = files
        self._folder = folder
        self._tie = Ship(instance, "tiefighter")
        self._xwing = Ship(instance, "xwing")
        self._witness = Witness(client)

    async def tell(self) -> None:
        """All chapters. Raises what the mesh raises when it cannot go on."""
        async with self._witness:
            await self._no_policy()
            await self._layer_4("networkpolicy.yaml")
            async with self._in_force("cnp-l4.yaml"):
                await self._x_wing_hangs("cnp-l4.yaml")
                await self._exhaust_port()
                async with self._tie.connection() as connection:
                    await connection.request("POST", LANDING)
                    await self._apply("cnp-l7.yaml")
                    await self._layer_7(connection)
            await self._path_tricks()
            await self._around()
            await self._scenario()
            await self._delete("cnp-l7.yaml")
            await self._dialect()
        await self._dead_man()

    async def _no_policy(self) -> None:
        self._title("No policy: everybody lands, on both replicas")
        for ship in (self._tie, self._xwing):
            seen = await ship.many("POST", LANDING, STEADY, 2)
            self._rows.add(
                f"1. {ship.name} lands",
                "200 Ship landed, from both replicas",
                f"{_statuses(seen)}, from {', '.join(_served_by(seen))}",
                await self._witness.decided(ship.key, "POST", LANDING),
                holds=_all_landed(seen) and len(_served_by(seen)) == 2,
            )

    async def _layer_4(self, file: str) -> None:
        async with self._in_force(file):
            await self._x_wing_hangs(file)

    async def _x_wing_hangs(self, file: str) -> None:
        self._title(f"{file}: only the empire gets through")
        code, said = await self._xwing.curl("POST", LANDING)
        self._rows.add(
            f"2. x-wing, {file}",
            "connect times out: a silent drop",
            f"curl exits {code}: {said}",
            await self._witness.decided(self._xwing.key, "POST", LANDING),
            holds=code == CURL_TIMED_OUT,
        )
        seen = await self._tie.many("POST", LANDING, STEADY, 2)
        self._rows.add(
            f"2. tie fighter, {file}",
            "200 Ship landed",
            _statuses(seen),
            await self._witness.decided(self._tie.key, "POST", LANDING),
            holds=_all_landed(seen),
        )

    async def _exhaust_port(self) -> None:
        self._title("The one weakness: L4 policy cannot tell a landing from the exhaust port")
        before = await self._restarts()
        seen = (await self._tie.many("PUT", EXHAUST))[0]
        after = await self._wait_for_restart(before)
        restarted = [pod for pod in after if after[pod] > before[pod]]
        landed = await self._wait_for_landing()
        self._rows.add(
            "3. tie fighter's PUT /v1/exhaust-port",
            "500 with a panic; that process dies and is restarted",
            f"{_outcome(seen)}; restarted: {', '.join(restarted)}",
            await self._witness.decided(self._tie.key, "PUT", EXHAUST),
            holds=seen["status"] == 500
            and "Panic" in seen.get("body", "")
            and restarted == [f"default/{seen.get('x-served-by')}"]
            and landed,
        )

    async def _layer_7(self, connection: Any) -> None:
        self._title("cnp-l7.yaml: landings yes, the exhaust port no")
        seen = await connection.request("PUT", EXHAUST)
        self._rows.add(
            "4. PUT on a connection from before",
            "403 Access denied, on the same connection",
            f"{seen['status']} {seen.get('body', '').strip()}, "
            f"{'the same' if seen.get('same_connection') else 'another'} connection, "
            f"x-riftgate-verdict: {seen.get('x-riftgate-verdict')}",
            await self._witness.logged(seen["id"]),
            holds=_is_denied(seen) and bool(seen.get("same_connection")),
        )
        seen = (await self._tie.many("POST", LANDING))[0]
        self._rows.add(
            "4. tie fighter lands",
            "200 Ship landed",
            _statuses([seen]),
            await self._witness.logged(seen["id"]),
            holds=_all_landed([seen]),
        )
        code, said = await self._xwing.curl("POST", LANDING)
        self._rows.add(
            "4. x-wing",
            "connect times out",
            f"curl exits {code}: {said}",
            await self._witness.decided(self._xwing.key, "POST", LANDING),
            holds=code == CURL_TIMED_OUT,
        )

    async def _path_tricks(self) -> None:
        self._title("Path tricks: // /./ %2e%2e %2f, a port and capitals in Host")
        logs = self._app_logs()
        before = {path: path.stat().st_size for path in logs}
        seen = await self._tie.raw(80, PATH_TRICKS)
        landed = await self._tie.many("POST", LANDING)
        lines = [line for path in logs for line in path.read_bytes()[before[path] :].splitlines()]
        foreign = [line for line in lines if LANDING.encode() not in line or b"POST" not in line]
        self._rows.add(
            "4. path tricks",
            "403 or 400, and the app sees none of them",
            f"{_statuses(seen)}; the app logged {len(lines)} request(s), {len(foreign)} of them tricks",
            await self._witness.decided(self._tie.key, "PUT", EXHAUST),
            holds=all(each["status"] in (400, 403) for each in seen)
            and len(seen) == len(PATH_TRICKS)
            and _all_landed(landed)
            and len(lines) == 1
            and not foreign,
        )

    async def _around(self) -> None:
        self._title("Around the sidecar: TCP, UDP and raw sockets, IPv4 and IPv6")
        world = await self._client.world()
        target, rebel = world.workload("default/deathstar-0"), world.workload(self._xwing.key)
        friend = world.workload(self._tie.key)
        assert target is not None and rebel is not None and friend is not None
        name = PodName(self._instance.name, target.namespace, target.name)
        with observe(pod_namespaces(name, self._instance.state).net) as observer:
            tries = await self._xwing.around(target.addresses)
            # That the observer sees what does arrive is part of the proof.
            await self._tie.many("POST", LANDING, STEADY, 2)
            hostile = observer.frames_from(rebel.calling_addresses)
            friendly = observer.frames_from(friend.calling_addresses)
        reached = [each for each in tries if "answer" in each]
        self._rows.add(
            "8. x-wing goes around its sidecar",
            "nothing answers, and no packet arrives",
            f"{len(tries)} ways, {len(reached)} answered, {hostile} packets arrived "
            f"({friendly} of the tie fighter's did)",
            await self._refusals(self._xwing.key),
            holds=len(tries) == 6 and not reached and hostile == 0 and friendly > 0,
        )

    async def _scenario(self) -> None:
        self._title("A scenario: half of the landings 1 s late, a fifth answered 503, while 200 requests run")
        scenario = read_scenarios(LIBRARY / "landing-trouble.yaml")[0]
        async with MeshWorld(self._client) as world:
            with FileJournal(self._folder / "scenario.jsonl") as journal:
                report = await run_scenario(scenario, world, journal, on_event=None)
        self._rows.add(
            "5. the report",
            "agrees with the client, request by request",
            _summary(report),
            ", ".join(f"fault {each.fault.id} ({_place(each.fault)})" for each in scenario.faults),
            holds=report.exit_code == 0 and _agrees(report),
        )
        await self._all_land("5. after the scenario")

    async def _dialect(self) -> None:
        for file, share, what, hit in (
            ("delay.yaml", 0.5, "1 s late", _is_late),
            ("rewrite-status.yaml", 0.8, "504", _is_rewritten),
        ):
            self._title(f"chaos-dialect/{file}, as it is")
            async with self._in_force(f"../chaos-dialect/{file}"):
                seen = await self._tie.many("POST", LANDING, 100, 25)
                fault = await self._witness.fault_of(seen)
            hits = [each for each in seen if hit(each)]
            marked = [each for each in seen if "x-riftgate-fault" in each]
            wanted = share * len(seen)
            # Five standard deviations: by chance alone outside once in two million stories.
            room = 5 * (len(seen) * share * (1 - share)) ** 0.5
            self._rows.add(
                f"6. {file}",
                f"{share:.0%} of the landings {what}",
                f"{len(hits)} of {len(seen)}, {len(marked)} marked as injected",
                fault,
                holds=abs(len(hits) - wanted) <= room
                and {each["id"] for each in hits} == {each["id"] for each in marked}
                and all(each["status"] == 200 for each in seen if each not in hits),
            )
        await self._all_land("6. after the dialect")

    async def _dead_man(self) -> None:
        self._title("kill -9 of the control server while a fault is on")
        await self._apply("cnp-l7.yaml")
        scenario = read_scenarios(self._files / "siege.yaml")[0]
        denied = await self._witness.decided(self._tie.key, "PUT", EXHAUST)
        async with MeshWorld(self._client) as world:
            await world.activate(scenario.name, tuple(each.fault for each in scenario.faults), MAX_LEASE)
        during = (await self._tie.many("POST", LANDING))[0]
        started = time.monotonic()
        for pid in processes(self._instance.process_cgroup("control")):
            os.kill(pid, signal.SIGKILL)
        put = (await self._tie.many("PUT", EXHAUST))[0]
        landed = await self._wait_for_landing()
        seconds = time.monotonic() - started
        put_after = (await self._tie.many("PUT", EXHAUST))[0]
        code, _ = await self._xwing.curl("POST", LANDING)
        self._rows.add(
            "7. the fault",
            "503 before, and gone within its lease of 10 s",
            f"{during['status']} before, landing again after {seconds:.1f} s",
            "the runtime layer's TTL in each sidecar",
            holds=during["status"] == 503 and landed and seconds <= MAX_LEASE,
        )
        self._rows.add(
            "7. the policy",
            "still enforced without a control server",
            f"PUT {put['status']} and {put_after['status']}, x-wing: curl exits {code}",
            denied,
            holds=_is_denied(put) and _is_denied(put_after) and code == CURL_TIMED_OUT,
        )

    async def _all_land(self, step: str) -> None:
        seen = await self._tie.many("POST", LANDING, STEADY, 2)
        clean = not any("x-riftgate-fault" in each for each in seen)
        self._rows.add(step, "all land again", _statuses(seen), "no fault is on", holds=_all_landed(seen) and clean)

    def _title(self, text: str) -> None:
        self._console.print(f"[bold]{text}[/]", highlight=False)

    async def _apply(self, file: str) -> None:
        path = (self._files / "starwars" / file).resolve()
        self._console.print(f"  riftgate policy apply -f {path.name}", highlight=False)
        body = {"files": [{"file": path.name, "text": path.read_text()}], "lease": 60.0}
        await self._client.change("/v1/policies/apply", body)

    async def _delete(self, file: str) -> None:
        name = (self._files / "starwars" / file).resolve().name
        documents = await self._client.documents()
        gone = [{key: each[key] for key in ("kind", "namespace", "name")} for each in documents if each["file"] == name]
        if gone:
            self._console.print(f"  riftgate policy delete -f {name}", highlight=False)
            await self._client.change("/v1/policies/delete", {"documents": gone})

    @asynccontextmanager
    async def _in_force(self, file: str) -> AsyncIterator[None]:
        """While the context lasts, unless another file of the same policy takes its place meanwhile."""
        await self._apply(file)
        yield
        await self._delete(file)

    async def _pods(self) -> list[dict[str, Any]]:
        pods: list[dict[str, Any]] = (await self._client.agent_status())["pods"]
        return pods

    async def _restarts(self) -> dict[str, int]:
        return {pod["pod"]: sum(each["restarts"] for each in pod["containers"].values()) for pod in await self._pods()}

    async def _wait_for_restart(self, before: dict[str, int]) -> dict[str, int]:
        async with asyncio.timeout(MAX_LEASE):
            while (after := await self._restarts()) == before:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)
        return after

    async def _wait_for_landing(self) -> bool:
        """True once landings succeed again, twice as often in a row as there are replicas."""
        deadline = time.monotonic() + 2 * MAX_LEASE
        while time.monotonic() < deadline:
            if _all_landed(await self._tie.many("POST", LANDING, 4, 4)):
                return True
            await asyncio.sleep(0.1)
        return False

    async def _refusals(self, pod: str) -> str:
        drops = next(each["drops"] for each in await self._pods() if each["pod"] == pod)
        return "datapath: " + ", ".join(f"{reason} {count}" for reason, count in sorted(drops.items()))

    def _app_logs(self) -> list[Path]:
        names = (PodName(self._instance.name, "default", f"deathstar-{number}") for number in range(2))
        logs = [PodFiles.of(self._instance, name).container_log("deathstar") for name in names]
        if not all(path.exists() for path in logs):
            raise LocalError("a death star has no log")
        return logs


def _statuses(seen: Sequence[Seen]) -> str:
    counts = Counter(_outcome(each) for each in seen)
    return ", ".join(f"{count} × {outcome}" for outcome, count in sorted(counts.items()))


def _outcome(seen: Seen) -> str:
    if not seen["status"]:
        return str(seen.get("error", "no answer"))
    body = str(seen.get("body", "")).strip().splitlines()
    return f"{seen['status']} {body[0]}" if body else str(seen["status"])


def _served_by(seen: Sequence[Seen]) -> list[str]:
    return sorted({str(each["x-served-by"]) for each in seen if "x-served-by" in each})


def _all_landed(seen: Sequence[Seen]) -> bool:
    return bool(seen) and all(each["status"] == 200 and each["body"] == "Ship landed\n" for each in seen)


def _is_denied(seen: Seen) -> bool:
    return (
        seen["status"] == 403
        and seen.get("body", "").strip() == "Access denied"
        and seen.get("x-riftgate-verdict") == "denied"
    )


def _is_late(seen: Seen) -> bool:
    return seen["status"] == 200 and float(seen["ms"]) >= 1000 - CLOCK_GRAIN_MS


def _is_rewritten(seen: Seen) -> bool:
    return bool(seen["status"] == 504)


def _place(fault: AnyFault) -> str:
    return f"{Path(fault.location.file).name}:{fault.location.line}"


def _summary(report: Report) -> str:
    counts = report.counts
    return (
        f"{report.outcome}: {counts.injected} injected, {counts.genuine_ok} genuine and well, "
        f"{counts.genuine_failed} genuine and failed; {report.agreement.agreed} requests agree"
    )


def _agrees(report: Report) -> bool:
    return not report.agreement.differences and report.agreement.agreed == 200
