# SPDX-License-Identifier: Apache-2.0
"""The truth table once more, with a fault of each kind on the routes of every row: what policy refuses is refused to
the letter and knows of no fault, and what it allows no fault can deny."""

import asyncio
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from random import Random

from l7filters.decide import Request
from l7filters.faults import (
    Abort,
    Before,
    Body,
    ConcurrencyLimit,
    Delay,
    Edit,
    Effect,
    Family,
    Fault,
    FaultTarget,
    HeaderEdits,
    Headers,
    HttpMatch,
    Mirror,
    PathRewrite,
    RandomDelay,
    Redirect,
    Reset,
    ResponseRate,
    RewriteRequest,
    RewriteStatus,
    Which,
)
from l7filters.http_match import HeaderMatch
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Service, ServicePort, World
from tests.e2e.test_truth_table_envoy import PORTS, wrong
from tests.envoy_harness import Observed, running_sidecar
from tests.truth_row import SERVER, WORLD, Outcome, Row
from tests.truth_table import ROWS
from xds_server.ext_proc import FaultServer
from xds_server.flow import Kind
from xds_server.server import GrpcServer

KIND_HEADER = "x-test-fault"
# Nobody is behind it: what goes there is answered 503.
ELSEWHERE = Service("endor", "shuttle", ("10.96.0.9",), (ServicePort(80, 80),), {"class": "nobody"})
EFFECTS: dict[str, Effect] = {
    "delay": Delay(1),
    "random-delay": RandomDelay(Family.FIXED, (1.0,)),
    "late-response": RandomDelay(Family.FIXED, (1.0,), Before.RESPONSE),
    "abort": Abort(200, body="ok", headers=(("x-bay", "7"),)),
    "reset": Reset(),
    "reset-after": Reset(3),
    "rate": ResponseRate(1024),
    "rewrite-status": RewriteStatus(200),
    "headers": Headers(HeaderEdits(set=(("x-a", "1"),)), HeaderEdits(set=(("x-bay", "7"),))),
    # To what the policies of many rows allow.
    "rewrite": RewriteRequest(PathRewrite("^.*$", "/v1/request-landing"), "POST", set_query=(("a", "b"),)),
    "redirect": Redirect("endor/shuttle", 80),
    "mirror": Mirror("endor/shuttle", 80),
    "concurrency": ConcurrencyLimit(1),
    "body": Body(Edit.REPLACE, "replaced"),
    "truncate": Body(Edit.TRUNCATE, "1"),
}


def fault(kind: str, which: Which | None) -> Fault:
    return Fault(
        "all" if which is None else "drawn",
        kind,
        SourceLocation("scenario.yaml", 1),
        FaultTarget("default", Selector.of({"class": "deathstar"})),
        (EFFECTS[kind],),
        match=HttpMatch(headers=(HeaderMatch(KIND_HEADER, kind if which is None else f"drawn-{kind}"),)),
        which=which,
    )


FAULTS = (
    *(fault(kind, None) for kind in EFFECTS),
    fault("rewrite-status", Which(every=1)),
    fault("body", Which(first=9**6)),
)


SIDECARS = 8
"""They share the work, most of which is waiting: Envoy keeps an HTTP/1.1 connection that it has reset for a second."""


async def test_every_row_under_every_kind_of_fault(tmp_path: Path) -> None:
    groups = [list(rows) for _, rows in groupby(ROWS, key=lambda row: (row.world, row.policies))]
    folders = [tmp_path / str(number) for number in range(SIDECARS)]
    for folder in folders:
        folder.mkdir()
    parts = await asyncio.gather(*(judge(each, groups[n::SIDECARS]) for n, each in enumerate(folders)))
    differences = [each for part, _ in parts for each in part]
    assert not differences, "\n".join(differences)
    # Faults were on: each row that is allowed was hit by each of them.
    assert sum(hit for _, hit in parts) == len(FAULTS) * sum(row.outcome is Outcome.ALLOWED for row in ROWS)


async def judge(folder: Path, groups: list[list[Row]]) -> tuple[list[str], int]:
    """What differs from these rows, all of a group under the same policies, and how many requests faults have hit."""
    differences: list[str] = []
    hit = 0
    async with (
        GrpcServer([FaultServer(Random(7))], socket_path=folder / "faults.sock"),
        running_sidecar(folder, SERVER, translate_workload(with_service(WORLD), SERVER, (), FAULTS), PORTS) as sidecar,
    ):
        await sidecar.set_runtime(runtime_layer(FAULTS, {each.id: each.parts_per_million for each in FAULTS}))
        for rows in groups:
            world = rows[0].world
            server = world.workload(SERVER.key)
            assert server is not None
            await sidecar.apply(translate_workload(with_service(world), server, rows[0].parse(), FAULTS))
            asked = [(row, each) for row in rows for each in FAULTS]
            requests = [marked(row, each) for row, each in asked]
            for (row, each), observed in zip(asked, await sidecar.observe_all(requests), strict=True):
                hit += each.id in observed.flow.faults and observed.flow.kind is not Kind.DENIED
                differences.extend(f"{row.id} under {each.id}: {what}" for what in judged(row, each, observed))
    return differences, hit


def with_service(world: World) -> World:
    return replace(world, services=(*world.services, ELSEWHERE))


def marked(row: Row, each: Fault) -> Request:
    (condition,) = each.match.headers
    assert condition.value is not None
    return replace(row.request, headers=(*row.request.headers, (KIND_HEADER, condition.value)))


def judged(row: Row, each: Fault, observed: Observed) -> list[str]:
    """Everything that is not as policy alone would have it."""
    answer, flow = observed.answer, observed.flow
    if row.outcome is Outcome.ALLOWED:
        refused = flow.kind is Kind.DENIED or "x-riftgate-verdict" in answer.headers or answer.body == b"Access denied"
        return [f"refused: {answer.status} ({flow.details})"] if refused else []
    found = wrong(row, observed)
    if flow.effects or "x-riftgate-fault" in answer.headers or "x-bay" in answer.headers:
        found.append(f"the fault was felt: {flow.effects}, {answer.headers}")
    return found
