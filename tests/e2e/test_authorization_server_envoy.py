# SPDX-License-Identifier: Apache-2.0
"""Requests that a real Envoy asks a server of the users' own about."""

import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

from envoy_api.config.core.v3 import HeaderValue, HeaderValueOption
from envoy_api.google.rpc import Status
from envoy_api.service.auth.v3 import CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse
from envoy_api.type.v3 import HttpStatus, StatusCode
from l7filters.decide import Connection, Request
from l7filters.parse import parse_policies
from l7filters.translate import translate_workload
from l7filters.world import Service, ServicePort, Workload, World
from tests.e2e.test_ext_authz_envoy import annotated
from tests.e2e.test_truth_table_envoy import PORTS
from tests.envoy_harness import Observed, Sidecar, running_sidecar
from tests.private_network import TIMEOUT, PrivateNetwork
from tests.truth_row import EMPIRE, SERVER, TIE, WORLD, XWING, http
from xds_server.ext_authz import SERVICE
from xds_server.flow import RuleVerdict

PORT = 9000
JUDGE = Workload("default", "judge", {"app": "judge"}, ("10.0.0.9",))
MESH = World(
    workloads=(*WORLD.workloads, JUDGE),
    services=(Service("default", "judge", ("10.96.0.9",), (ServicePort(PORT, PORT),), {"app": "judge"}),),
    namespaces=WORLD.namespaces,
)
NAMED = {"riftgate.io/authorization": "ext_authz", "riftgate.io/authorization-server": f'"grpc://judge:{PORT}"'}
OPEN = NAMED | {"riftgate.io/failure-mode": "open"}
QUICK = {"riftgate.io/authorization-timeout": "200ms"}
AUDIT = {"riftgate.io/enforcement": "audit"}
LOOKING = http("looking", '{method: GET, path: "/v1/.*"}', peers=EMPIRE)
LANDING = http("landing", '{method: POST, path: "/v1/request-landing"}', peers=EMPIRE)
RULE = "default/looking#0"
GRANTED = ("X-Clearance", "granted")


@dataclass
class Judge:
    """A gRPC server of the users' own: it allows what has clearance, and sends the others to a login."""

    network: PrivateNetwork
    checks: list[CheckRequest] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    delay: float = 0.0
    """Seconds before each answer."""
    server: grpc.Server | None = None

    def start(self) -> None:
        server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        method = grpc.unary_unary_rpc_method_handler(self.check)
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"Check": method})])
        # The socket belongs to the network of the thread that makes it.
        assert self.network.run(lambda: server.add_insecure_port(f"0.0.0.0:{PORT}"))
        server.start()
        self.server = server

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop(None).wait(TIMEOUT)
            self.server = None

    def check(self, encoded: bytes, context: grpc.ServicerContext) -> bytes:
        request = CheckRequest.FromString(encoded)
        self.checks.append(request)
        threading.Event().wait(self.delay)
        if self.silent.is_set():
            gone = threading.Event()
            if context.add_callback(gone.set):
                gone.wait(TIMEOUT)
        headers = {each.key: each.raw_value for each in request.attributes.request.http.header_map.headers}
        response = CheckResponse()
        # What it says of itself must not pass for our own verdict.
        response.dynamic_metadata.update({"verdict": "allowed", "rule": "forged"})
        if headers.get("x-clearance") == b"granted":
            names = (":path", "x-riftgate-source", "x-user")
            added = [HeaderValueOption(header=HeaderValue(key=name, value="/judged")) for name in names]
            response.ok_response.CopyFrom(OkHttpResponse(headers=added))
            return response.SerializeToString()
        response.status.CopyFrom(Status(code=grpc.StatusCode.PERMISSION_DENIED.value[0]))
        location = HeaderValueOption(header=HeaderValue(key="location", value="/login"))
        response.denied_response.CopyFrom(
            DeniedHttpResponse(status=HttpStatus(code=StatusCode.Found), headers=[location], body="who are you?")
        )
        return response.SerializeToString()


@pytest.fixture
async def sidecar(tmp_path: Path) -> AsyncIterator[Sidecar]:
    resources = translate_workload(MESH, SERVER, (), ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS) as sidecar:
        yield sidecar


@pytest.fixture
def judge(sidecar: Sidecar) -> Iterator[Judge]:
    judge = Judge(sidecar.network)
    judge.start()
    try:
        yield judge
    finally:
        judge.silent.clear()
        judge.stop()


async def apply(sidecar: Sidecar, *texts: str) -> None:
    policies = tuple(policy for text in texts for policy in parse_policies(text, "p.yaml"))
    await sidecar.apply(translate_workload(MESH, SERVER, policies, ()))


def request(source: str, method: str, path: str, *headers: tuple[str, str]) -> Request:
    return Request(Connection(source, SERVER.key, 80), method, path, "deathstar", headers)


async def one(sidecar: Sidecar, sent: Request) -> Observed:
    (observed,) = await sidecar.observe_all([sent])
    return observed


LOOK = request(TIE, "GET", "/v1/", GRANTED)
PEEP = request(TIE, "GET", "/v1/")
LAND = request(TIE, "POST", "/v1/request-landing")


async def test_the_named_server_judges_what_its_rules_fit(sidecar: Sidecar, judge: Judge) -> None:
    await apply(sidecar, LANDING, annotated(LOOKING, NAMED))
    seen = await one(sidecar, LOOK)
    assert (seen.answer.status, seen.flow.enforced) == (200, RuleVerdict(True, RULE))
    (check,) = judge.checks
    metadata = check.attributes.metadata_context.filter_metadata["envoy.filters.http.rbac"]
    assert metadata.fields["enforced_effective_policy_id"].string_value == f"ext_authz-server/{RULE}"

    # What a rule without a server allows, and what none fits, is no question.
    assert (await one(sidecar, LAND)).answer.status == 200
    assert (await one(sidecar, request(XWING, "GET", "/v1/", GRANTED))).answer.status == 403
    refused = await one(sidecar, request(TIE, "PUT", "/v1/", GRANTED))
    assert refused.flow.enforced == RuleVerdict(False, "default-deny/default/landing")
    assert len(judge.checks) == 1


async def test_a_denial_is_the_servers_own_answer(sidecar: Sidecar, judge: Judge) -> None:
    await apply(sidecar, annotated(LOOKING, NAMED))
    seen = await one(sidecar, PEEP)
    assert (seen.answer.status, seen.answer.body) == (302, b"who are you?")
    assert (seen.answer.headers["location"], seen.answer.headers["x-riftgate-verdict"]) == ("/login", "denied")
    assert seen.app_saw is None
    # `rule` in the server's metadata is no more than its word.
    assert (seen.flow.denied, seen.flow.enforced) == (True, RuleVerdict(False, RULE))


async def test_a_server_changes_no_path_and_none_of_our_headers(sidecar: Sidecar, judge: Judge) -> None:
    await apply(sidecar, annotated(LOOKING, NAMED))
    seen = await one(sidecar, LOOK)
    assert seen.app_saw == "/v1/"
    (received,) = sidecar.app.seen
    assert received.header("x-user") == "/judged"
    assert not [name for name, _ in received.headers if name.lower().startswith(("x-riftgate-", "x-envoy-"))]


@pytest.mark.parametrize("trouble", ["stopped", "silent"])
@pytest.mark.parametrize(
    ("annotations", "status", "rule"),
    [(NAMED, 403, f"ext_authz-server/{RULE}"), (OPEN, 200, f"ext_authz-server-open/{RULE}")],
    ids=["closed", "open"],
)
async def test_without_a_verdict_the_failure_mode_decides(
    sidecar: Sidecar, judge: Judge, trouble: str, annotations: dict[str, str], status: int, rule: str
) -> None:
    await apply(sidecar, LANDING, annotated(LOOKING, annotations | QUICK))
    assert (await one(sidecar, LOOK)).answer.status == 200
    if trouble == "stopped":
        judge.stop()
    else:
        judge.silent.set()
    seen = await one(sidecar, LOOK)
    assert (seen.answer.status, seen.flow.enforced) == (status, RuleVerdict(status == 200, rule))
    if status == 403:
        assert (seen.answer.body, seen.answer.headers["x-riftgate-verdict"]) == (b"Access denied", "denied")
    else:
        assert not [each for each in sidecar.app.seen[-1].headers if each[0].lower().startswith("x-envoy-")]
    assert (await one(sidecar, LAND)).answer.status == 200
    assert (await one(sidecar, request(XWING, "GET", "/v1/", GRANTED))).answer.status == 403


async def test_the_timeout_of_the_policy_counts(sidecar: Sidecar, judge: Judge) -> None:
    """A server that answers after a second is too late for one policy and in time for the other."""
    judge.delay = 1.2
    await apply(sidecar, annotated(LOOKING, NAMED | QUICK))
    assert (await one(sidecar, LOOK)).answer.status == 403
    await apply(sidecar, annotated(LOOKING, NAMED | {"riftgate.io/authorization-timeout": "15s"}))
    assert (await one(sidecar, LOOK)).answer.status == 200


async def test_audit_asks_and_lets_pass(sidecar: Sidecar, judge: Judge) -> None:
    await apply(sidecar, annotated(LOOKING, NAMED | AUDIT | QUICK))
    seen = [await one(sidecar, each) for each in (LOOK, PEEP, LAND)]
    judge.stop()
    seen.append(await one(sidecar, LOOK))
    assert [each.answer.status for each in seen] == [200] * 4
    assert [each.flow.enforced for each in seen] == [None] * 4
    assert [each.flow.would_be_denied_by for each in seen] == [
        None,
        RULE,
        "default-deny/default/looking",
        f"ext_authz-server/{RULE}",
    ]
    assert len(judge.checks) == 2
    await apply(sidecar, annotated(LOOKING, OPEN | AUDIT | QUICK))
    assert (await one(sidecar, LOOK)).flow.would_be_denied_by is None


async def test_a_second_server_on_one_port_is_not_asked_and_its_rules_allow_nothing(
    sidecar: Sidecar, judge: Judge
) -> None:
    """Nobody can apply that, but a world may bring it about."""
    other = {**OPEN, "riftgate.io/authorization-server": '"grpc://10.0.0.8:9000"'}
    await apply(sidecar, annotated(LANDING, NAMED), annotated(LOOKING, other))
    assert (await one(sidecar, request(TIE, "POST", "/v1/request-landing", GRANTED))).answer.status == 200
    seen = await one(sidecar, LOOK)
    assert (seen.answer.status, seen.flow.enforced) == (403, RuleVerdict(False, f"ext_authz-server-open/{RULE}"))


async def test_a_server_that_is_nowhere_denies(sidecar: Sidecar) -> None:
    nowhere = {**NAMED, "riftgate.io/authorization-server": '"grpc://nobody:9000"'}
    await apply(sidecar, annotated(LOOKING, nowhere))
    assert (await one(sidecar, LOOK)).answer.status == 403
