# SPDX-License-Identifier: Apache-2.0
"""Requests that a real Envoy asks the control server about."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import grpc
import pytest

from l7filters.decide import Connection, Request
from l7filters.parse import parse_policies
from l7filters.policy import FailureMode, Policy
from l7filters.translate import translate_workload
from l7filters.world import World
from riftgate.control.judge import Judge
from tests.e2e.test_truth_table_envoy import PORTS, wrong
from tests.envoy_harness import Observed, Sidecar, running_sidecar
from tests.truth_row import EMPIRE, SERVER, TIE, WORLD, XWING, Row, http
from tests.truth_table import ROWS
from xds_server.ext_authz import SERVICE, Check, Context, ExternalAuthorization
from xds_server.flow import RuleVerdict

ASKED = {"riftgate.io/authorization": "ext_authz"}
OPEN = ASKED | {"riftgate.io/failure-mode": "open"}


@dataclass
class Intended:
    """What a Judge sees of an Intent."""

    world: World = WORLD
    policies: tuple[Policy, ...] = ()


@dataclass
class Recorder:
    """Judges by decide(), and remembers what it was asked."""

    intent: Intended
    checks: list[Check] = field(default_factory=list)
    broken: bool = False

    def __call__(self, check: Check) -> RuleVerdict:
        self.checks.append(check)
        if self.broken:
            raise RuntimeError("broken")
        return Judge(lambda: self.intent)(check)


def annotated(text: str, annotations: dict[str, str]) -> str:
    written = ", ".join(f"{name}: {value}" for name, value in annotations.items())
    return text.replace("metadata: {", f"metadata: {{annotations: {{{written}}}, ", 1)


def delegated(row: Row) -> tuple[Policy, ...]:
    """The row's policies, all their HTTP rules judged by the control server."""
    return tuple(
        replace(
            policy,
            rules=tuple(
                rule if rule.http is None else replace(rule, delegated=FailureMode.CLOSED) for rule in policy.rules
            ),
        )
        for policy in row.parse()
    )


async def test_the_truth_table(tmp_path: Path) -> None:
    differences: list[str] = []
    recorder = Recorder(Intended())
    asked = 0
    resources = translate_workload(WORLD, SERVER, (), ())
    services = [ExternalAuthorization(recorder)]
    async with running_sidecar(tmp_path, SERVER, resources, PORTS, services=services) as sidecar:
        for (world, _), group in groupby(ROWS, key=lambda row: (row.world, row.policies)):
            rows = list(group)
            server = world.workload(SERVER.key)
            assert server is not None
            recorder.intent = Intended(world, delegated(rows[0]))
            await sidecar.apply(translate_workload(world, server, recorder.intent.policies, ()))
            for row, observed in zip(rows, await sidecar.observe_all([row.request for row in rows]), strict=True):
                differences.extend(f"{row.id}: {each}" for each in wrong(row, observed))
        asked = len(recorder.checks)
    assert not differences, "\n".join(differences)
    assert asked > len(ROWS) / 3


LANDING = http("landing", '{method: POST, path: "/v1/request-landing"}', peers=EMPIRE)
LOOKING = http("looking", '{method: GET, path: "/v1/.*", headers: ["X-Clearance: granted"]}', peers=EMPIRE)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(Intended())


@pytest.fixture
async def sidecar(tmp_path: Path, recorder: Recorder) -> AsyncIterator[Sidecar]:
    services = [ExternalAuthorization(recorder)]
    resources = translate_workload(WORLD, SERVER, (), ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS, services=services) as sidecar:
        yield sidecar


async def apply(sidecar: Sidecar, recorder: Recorder, *texts: str) -> None:
    recorder.intent = Intended(WORLD, tuple(policy for text in texts for policy in parse_policies(text, "p.yaml")))
    await sidecar.apply(translate_workload(WORLD, SERVER, recorder.intent.policies, ()))


def request(source: str, method: str, path: str, *headers: tuple[str, str]) -> Request:
    return Request(Connection(source, SERVER.key, 80), method, path, "deathstar", headers)


async def one(sidecar: Sidecar, sent: Request) -> Observed:
    (observed,) = await sidecar.observe_all([sent])
    return observed


LOOK = request(TIE, "GET", "/v1/", ("X-Clearance", "granted"))
PEEP = request(TIE, "GET", "/v1/")
LAND = request(TIE, "POST", "/v1/request-landing")


async def test_the_control_server_judges_by_the_whole_request(sidecar: Sidecar, recorder: Recorder) -> None:
    await apply(sidecar, recorder, annotated(LOOKING, ASKED))
    forged = (("X-Forwarded-For", XWING), ("X-Riftgate-Source", XWING), ("X-Odd", "\xff"))
    seen = await one(sidecar, replace(LOOK, headers=(*LOOK.headers, *forged)))
    assert seen.answer.status == 200
    assert seen.flow.enforced == RuleVerdict(True, "default/looking#0")
    (check,) = recorder.checks
    assert (check.source, str(check.destination)) == (TIE, "10.0.0.1:80")
    assert (check.method, check.path, check.host) == ("GET", "/v1/", "deathstar")
    assert ("x-clearance", "granted") in check.headers
    assert ("x-odd", "\ufffd") in check.headers
    assert not [name for name, _ in check.headers if name.startswith((":", "x-riftgate-"))]


async def test_a_denial_looks_like_any_other(sidecar: Sidecar, recorder: Recorder) -> None:
    await apply(sidecar, recorder, annotated(LOOKING, ASKED))
    seen = await one(sidecar, PEEP)
    assert (seen.answer.status, seen.answer.body) == (403, b"Access denied")
    assert seen.answer.headers["x-riftgate-verdict"] == "denied"
    assert seen.app_saw is None
    assert seen.flow.denied
    assert seen.flow.enforced == RuleVerdict(False, "default-deny/default/looking")


async def test_only_what_the_sidecar_cannot_allow_itself_is_asked(sidecar: Sidecar, recorder: Recorder) -> None:
    await apply(sidecar, recorder, LANDING, annotated(LOOKING, ASKED))
    assert (await one(sidecar, LAND)).answer.status == 200
    assert (await one(sidecar, request(XWING, "GET", "/v1/"))).answer.status == 403
    assert recorder.checks == []
    assert (await one(sidecar, LOOK)).answer.status == 200
    assert len(recorder.checks) == 1


@pytest.mark.parametrize(
    ("annotations", "status", "rule"),
    [(ASKED, 403, "ext_authz/default/looking#0"), (OPEN, 200, "ext_authz-open/default/looking#0")],
)
async def test_a_server_that_cannot_judge(
    sidecar: Sidecar, recorder: Recorder, annotations: dict[str, str], status: int, rule: str
) -> None:
    await apply(sidecar, recorder, LANDING, annotated(LOOKING, annotations))
    recorder.broken = True
    seen = await one(sidecar, LOOK)
    assert seen.answer.status == status
    assert seen.flow.enforced == RuleVerdict(status == 200, rule)
    assert (await one(sidecar, LAND)).answer.status == 200
    if status == 403:
        assert (seen.answer.body, seen.answer.headers["x-riftgate-verdict"]) == (b"Access denied", "denied")


async def test_the_strictest_failure_mode_counts(sidecar: Sidecar, recorder: Recorder) -> None:
    await apply(sidecar, recorder, annotated(LANDING, OPEN), annotated(LOOKING, ASKED))
    recorder.broken = True
    assert (await one(sidecar, LAND)).answer.status == 403


async def test_open_lifts_no_more_than_the_policy_speaks_of(sidecar: Sidecar, recorder: Recorder) -> None:
    await apply(sidecar, recorder, annotated(LOOKING, OPEN))
    recorder.broken = True
    assert (await one(sidecar, request(XWING, "GET", "/v1/"))).answer.status == 403
    assert recorder.checks == []


class Silent:
    """Takes checks and never answers."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def handler(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            SERVICE, {"Check": grpc.unary_unary_rpc_method_handler(self._check)}
        )

    async def _check(self, _encoded: bytes, _context: Context) -> bytes:
        self.asked += 1
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("annotations", "status"), [(ASKED, 403), (OPEN, 200)])
@pytest.mark.parametrize("services", [(), (Silent(),)], ids=["not there", "silent"])
async def test_no_answer(
    tmp_path: Path, services: tuple[Silent, ...], annotations: dict[str, str], status: int
) -> None:
    before = sum(each.asked for each in services)
    policies = parse_policies(annotated(LOOKING, annotations), "p.yaml")
    resources = translate_workload(WORLD, SERVER, policies, ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS, services=services) as sidecar:
        assert (await one(sidecar, LOOK)).answer.status == status
    assert sum(each.asked for each in services) - before == len(services)
