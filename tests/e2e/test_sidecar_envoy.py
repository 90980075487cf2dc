# SPDX-License-Identifier: Apache-2.0
"""A translated sidecar on a real Envoy: what passes unchanged, what is refused, what a change does to connections."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from l7filters.labels import FrozenMap
from l7filters.parse import parse_documents
from l7filters.translate import translate_workload
from l7filters.translate.inbound import INBOUND_PORT
from l7filters.world import EscapedSlashes, Service, ServicePort, Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, next_flow, request_bytes, running_envoy, running_sidecar
from tests.envoy_steering import outbound_of
from tests.recording_app import RecordingApp

EMPIRE = FrozenMap({"org": "empire", "class": "deathstar"})
DEATHSTAR = Workload("default", "deathstar-0", EMPIRE, ("10.0.0.1", "fd00::1"), (WorkloadPort(80), WorkloadPort(25)))
TWIN = Workload("default", "deathstar-1", EMPIRE, ("10.0.0.2",), (WorkloadPort(80),))
TIE = "10.0.0.3"
XWING = "10.0.0.4"
VIRTUAL = "10.96.0.1"
VIRTUAL_V6 = "fd00:96::1"
WORLD = World(
    workloads=(
        DEATHSTAR,
        TWIN,
        Workload("default", "tiefighter", {"org": "empire"}, (TIE,)),
        Workload("default", "xwing", {"org": "alliance"}, (XWING,)),
    ),
    services=(Service("default", "deathstar", (VIRTUAL, VIRTUAL_V6), (ServicePort(80, 80),), EMPIRE),),
)
LANDING_ONLY = parse_documents(
    """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: rule1}
spec:
  endpointSelector: {matchLabels: {class: deathstar}}
  ingress:
  - fromEndpoints: [{matchLabels: {org: empire}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: "POST|PURGE", path: /v1/request-landing, host: "deathstar(\\\\.default)?"}]}
""",
    "cnp.yaml",
).policies
LANDING = request_bytes("POST", "/v1/request-landing", "deathstar")
EXHAUST = request_bytes("PUT", "/v1/exhaust-port", "deathstar")
GREETING = b"220 deathstar\r\n"


@pytest.fixture
async def sidecar(tmp_path: Path) -> AsyncIterator[Sidecar]:
    """Without policy."""
    resources = translate_workload(WORLD, DEATHSTAR, (), ())
    ports = (80, 25, INBOUND_PORT)
    async with running_sidecar(tmp_path, DEATHSTAR, resources, ports, {25: GREETING}) as sidecar:
        yield sidecar


async def restrict(sidecar: Sidecar) -> None:
    await sidecar.apply(translate_workload(WORLD, DEATHSTAR, LANDING_ONLY, ()))


async def test_a_policy_takes_effect_on_open_connections_and_closes_none(sidecar: Sidecar) -> None:
    connection = await sidecar.open(TIE, 80)
    assert (await sidecar.exchange(connection, EXHAUST)).status == 200
    await restrict(sidecar)
    refused = await sidecar.exchange(connection, EXHAUST)
    assert (refused.status, refused.body) == (403, b"Access denied")
    assert refused.headers["x-riftgate-verdict"] == "denied"
    assert "connection" not in refused.headers
    assert (await sidecar.exchange(connection, LANDING)).status == 200
    await sidecar.apply(translate_workload(WORLD, DEATHSTAR, (), ()))
    assert (await sidecar.exchange(connection, EXHAUST)).status == 200
    connection.close()


LANDS, DENIED, REJECTED = 200, 403, 400
WAYS_TO_WRITE_IT = (
    ("/v1/request-landing", "deathstar", LANDS),
    ("/v1/request-landing", "DeathStar.DEFAULT:80", LANDS),
    ("//v1///request-landing", "deathstar", LANDS),
    ("/v1/./request-landing", "deathstar", LANDS),
    ("/v1/x/../request-landing", "deathstar", LANDS),
    ("/v1/%72equest-landing", "deathstar", LANDS),
    ("/v1/request-landing/", "deathstar", DENIED),
    ("/v1/request-landing?x", "deathstar", DENIED),
    ("/v1/request-landing;x", "deathstar", DENIED),
    ("/V1/request-landing", "deathstar", DENIED),
    ("/v1/request-landing", "endor", DENIED),
    ("/v1/request-landing", "deathstar:80:80", DENIED),
    ("/v1/x/%2e%2e/exhaust-port", "deathstar", DENIED),
    ("/../request-landing", "deathstar", DENIED),
    ("/v1%2frequest-landing", "deathstar", REJECTED),
    ("/v1%5crequest-landing", "deathstar", REJECTED),
    ("/v1/request-landing%00", "deathstar", REJECTED),
    ("/v1/request-landing#x", "deathstar", REJECTED),
)


async def test_ways_to_write_a_request(sidecar: Sidecar) -> None:
    """Whatever gets through is what the rule allows, and the app sees it in its plain form."""
    await restrict(sidecar)
    statuses = []
    for path, host, _ in WAYS_TO_WRITE_IT:
        statuses.append((path, host, (await sidecar.send(TIE, 80, request_bytes("POST", path, host))).status))
    assert statuses == list(WAYS_TO_WRITE_IT)
    landed = [status for _, _, status in WAYS_TO_WRITE_IT].count(LANDS)
    assert [request.path for request in sidecar.app.seen] == ["/v1/request-landing"] * landed


async def test_escaped_slashes_may_be_redirected(tmp_path: Path) -> None:
    lenient = replace(DEATHSTAR, escaped_slashes=EscapedSlashes.UNESCAPE_AND_REDIRECT)
    resources = translate_workload(World(workloads=(lenient,)), lenient, (), ())
    async with running_sidecar(tmp_path, lenient, resources, (80,)) as sidecar:
        answer = await sidecar.send(TIE, 80, request_bytes("GET", "/v1%2f..%2fexhaust-port?x=%2f", "deathstar"))
        assert (answer.status, answer.headers["location"]) == (307, "/exhaust-port?x=%2f")
        assert sidecar.app.seen == []


async def test_what_does_not_look_like_http_gets_around_nothing(sidecar: Sidecar) -> None:
    await restrict(sidecar)
    for bytes_sent in (b"\x16\x03\x01\n", b"hello deathstar\r\n\r\n", b"get /v1/exhaust-port\r\n\r\n"):
        connection = await sidecar.open(TIE, 80)
        assert not (await sidecar.talk(connection, bytes_sent)).startswith(b"HTTP/1.1 2")
        connection.close()
    assert sidecar.app.seen == []


@pytest.mark.parametrize(
    "request_text",
    [
        b"POST /v1/request-landing HTTP/1.0\r\nHost: deathstar\r\n\r\n",
        b"POST /v1/request-landing HTTP/1.1\r\nHost: deathstar\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/request-landing HTTP/1.1\r\n\r\n",
        b"POST /v1/request-landing HTTP/1.1\r\nHost : deathstar\r\n\r\n",
    ],
)
async def test_ambiguous_requests_are_refused(sidecar: Sidecar, request_text: bytes) -> None:
    await restrict(sidecar)
    answer = await sidecar.send(TIE, 80, request_text)
    assert 400 <= answer.status < 500
    assert sidecar.app.seen == []


async def test_other_protocols_pass_where_nothing_restricts_them(sidecar: Sidecar) -> None:
    connection = await sidecar.open(TIE, 80)
    assert await sidecar.talk(connection, b"hello deathstar\n") == b"hello deathstar\n"
    connection.close()


async def test_a_server_may_speak_first(sidecar: Sidecar) -> None:
    connection = await sidecar.open(TIE, 25)
    assert await sidecar.talk(connection, b"") == GREETING
    connection.close()


async def test_the_listeners_own_port_is_closed(sidecar: Sidecar) -> None:
    connection = await sidecar.open(TIE, INBOUND_PORT)
    assert await sidecar.talk(connection, b"hello\n") == b""
    connection.close()
    # Else it would be sent where it was going: to the listener, which would send it on, and so forth.
    assert await sidecar.counter("cluster.inbound/other.upstream_cx_total") == 0


async def test_an_unusual_method_is_passed_matched_and_logged(sidecar: Sidecar) -> None:
    await restrict(sidecar)
    with sidecar.flows() as flows:
        answer = await sidecar.send(TIE, 80, request_bytes("PURGE", "/v1/request-landing", "deathstar"))
        flow = await next_flow(flows)
    assert (answer.status, flow.method, sidecar.app.seen[0].method) == (200, "PURGE", "PURGE")


async def test_the_app_sees_what_the_caller_sent(sidecar: Sidecar) -> None:
    headers = [("x-request-id", "not-a-uuid"), ("user-agent", "tie/1"), ("accept", "*/*"), ("cookie", "a=1; b=2")]
    await sidecar.send(TIE, 80, request_bytes("GET", "/v1/?b=2&a=%20x", "DeathStar:80", headers))
    (seen,) = sidecar.app.seen
    assert (seen.method, seen.path, seen.header("host")) == ("GET", "/v1/?b=2&a=%20x", "DeathStar:80")
    assert set(headers) <= set(seen.headers)
    assert {name for name, _ in seen.headers} - {name for name, _ in headers} == {"host", "x-forwarded-proto"}


async def test_a_websocket(sidecar: Sidecar) -> None:
    headers = [("upgrade", "websocket"), ("connection", "upgrade")]
    connection = await sidecar.open(TIE, 80)
    switched = await sidecar.talk(connection, request_bytes("GET", "/comlink", "deathstar", headers))
    assert switched.startswith(b"HTTP/1.1 101 ")
    assert await sidecar.talk(connection, b"red five standing by\n") == b"red five standing by\n"
    connection.close()


async def test_http2_stays_http2(sidecar: Sidecar) -> None:
    """So that gRPC works. The app does not speak it, but gets its preface."""
    settings = bytes.fromhex("000000040000000000")
    # HPACK: POST, http, /, and the authority "d" as a literal.
    fields = bytes([0x83, 0x86, 0x84, 0x41, 0x01]) + b"d"
    headers = len(fields).to_bytes(3, "big") + bytes.fromhex("010500000001") + fields
    connection = await sidecar.open(TIE, 80)
    with sidecar.flows() as flows:
        await sidecar.talk(connection, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + headers)
        flow = await next_flow(flows)
    connection.close()
    assert flow.protocol == "HTTP/2"
    assert (sidecar.app.seen[0].method, sidecar.app.seen[0].path) == ("PRI", "*")


async def test_outbound_balances_a_service_over_its_backends(tmp_path: Path) -> None:
    tie = WORLD.workload("default/tiefighter")
    assert tie is not None
    resources = translate_workload(WORLD, tie, (), ())
    backends = [("10.0.0.1", 80), ("10.0.0.2", 80)]
    async with running_envoy(tmp_path, tie, resources, outbound_of(WORLD), backends) as sidecar:
        headers = [("x-envoy-upstream-rq-timeout-ms", "1"), ("x-request-id", "mine")]
        connection = await sidecar.open(TIE, 80, VIRTUAL)
        request = request_bytes("POST", "/v1/request-landing", "deathstar", headers)
        with sidecar.flows() as flows:
            answers = [await sidecar.exchange(connection, request) for _ in range(10)]
            flow = await next_flow(flows)
        connection.close()
        assert {(answer.status, answer.body) for answer in answers} == {(200, RecordingApp.body)}
        assert {answer.headers["x-request-id"] for answer in answers} == {"mine"}
        # The app of the other end may say what it likes about faults: that is checked at its own sidecar.
        assert {answer.headers["server"] for answer in answers} == {"app"}
        assert Counter(seen.address for seen in sidecar.app.seen) == {backends[0]: 5, backends[1]: 5}
        assert "x-envoy-upstream-rq-timeout-ms" not in {name for name, _ in sidecar.app.seen[0].headers}
        assert (flow.log, flow.route, flow.request_id) == ("outbound", "outbound/default/deathstar/80", "mine")
        assert str(flow.destination) == f"{VIRTUAL}:80"


async def test_outbound_takes_http10_and_other_protocols(tmp_path: Path) -> None:
    tie = WORLD.workload("default/tiefighter")
    assert tie is not None
    resources = translate_workload(WORLD, tie, (), ())
    backends = [("10.0.0.1", 80), ("10.0.0.2", 80)]
    async with running_envoy(tmp_path, tie, resources, outbound_of(WORLD), backends) as sidecar:
        connection = await sidecar.open("fd00::3", 80, VIRTUAL_V6)
        assert (await sidecar.exchange(connection, b"GET / HTTP/1.0\r\n\r\n")).status == 200
        connection.close()
        assert sidecar.app.seen[0].header("host") == "deathstar.default.svc.cluster.local"
        connection = await sidecar.open(TIE, 80, VIRTUAL)
        assert await sidecar.talk(connection, b"hello deathstar\n") == b"hello deathstar\n"
        connection.close()
