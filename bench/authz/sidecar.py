# SPDX-License-Identifier: Apache-2.0
"""wrk against a real sidecar that answers by itself: nothing but policy and its log is between the two."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from bench.report import BenchError
from envoy_api import pack
from envoy_api.config.listener.v3 import Listener
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from envoy_api.service.auth.v3 import CheckResponse, OkHttpResponse
from l7filters.translate import Resources, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from riftgate.control.documents import Documents, parse_files
from riftgate.control.intent import Intent
from riftgate.control.judge import Judge
from tests.envoy_harness import Sidecar, running_sidecar
from xds_server.ext_authz import SERVICE, Context, ExternalAuthorization
from xds_server.server import GrpcService

PORT = 80
SERVER = Workload("default", "vault", {"app": "vault"}, ("127.0.0.2",), (WorkloadPort(PORT),))
GUEST = Workload("default", "guest", {"app": "guest"}, ("127.0.0.1",))
WORLD = World((SERVER, GUEST))
_REPORT = Path(__file__).parent.parent / "datapath" / "report.lua"
_MANAGER = "envoy.filters.network.http_connection_manager"


@dataclass(frozen=True, slots=True)
class Way:
    """How requests are judged, and whether they are logged."""

    name: str
    documents: Documents = field(default_factory=dict)
    always: bool = False
    """Who is asked says yes without looking: the transport alone."""
    logged: bool = False
    read: bool = False
    """Whether somebody follows the flow records."""


@dataclass(frozen=True, slots=True)
class Load:
    way: str
    connections: int
    per_second: float
    p50: float
    p99: float
    """Milliseconds."""


class Always:
    """An authorization server that says yes to everything."""

    _YES = CheckResponse(ok_response=OkHttpResponse()).SerializeToString()

    @property
    def handler(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            SERVICE, {"Check": grpc.unary_unary_rpc_method_handler(self._check)}
        )

    async def _check(self, _encoded: bytes, _context: Context) -> bytes:
        return self._YES

    def close(self) -> None:
        pass


def ways() -> tuple[Way, ...]:
    own, asked = _policy(""), _policy("riftgate.io/authorization: ext_authz")
    return (
        Way("no policy, no log"),
        Way("RBAC", own),
        Way("ext_authz, a server that always says yes", asked, always=True),
        Way("ext_authz, the control server", asked),
        Way("no policy, access log", logged=True),
        Way("no policy, access log, `riftgate flows`", logged=True, read=True),
    )


def _policy(annotation: str) -> Documents:
    text = f"""apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: bench, annotations: {{{annotation}}}}}
spec:
  endpointSelector: {{matchLabels: {{app: vault}}}}
  ingress:
  - fromEndpoints: [{{matchLabels: {{app: guest}}}}]
    toPorts: [{{ports: [{{port: "{PORT}", protocol: TCP}}], rules: {{http: [{{method: GET, path: /v1/.*}}]}}}}]
"""
    return parse_files([("bench.yaml", text)])


async def measure(way: Way, connections: Iterable[int], seconds: float) -> list[Load]:
    """Raises BenchError when an answer was not 200."""
    intent = Intent(world=WORLD, documents=way.documents)
    service: GrpcService = Always() if way.always else ExternalAuthorization(Judge(lambda: intent))
    resources = _answering(translate_workload(WORLD, SERVER, intent.policies, ()), logged=way.logged)
    with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
        async with running_sidecar(Path(folder), SERVER, resources, [PORT], services=[service]) as sidecar:
            if not way.read:
                return [await _load(sidecar, way, each, seconds) for each in connections]
            with sidecar.flows():
                return [await _load(sidecar, way, each, seconds) for each in connections]


async def _load(sidecar: Sidecar, way: Way, connections: int, seconds: float) -> Load:
    argv = [
        *("wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds:g}s", "--latency"),
        *("--script", str(_REPORT), f"http://{SERVER.addresses[0]}:{PORT}/v1/"),
    ]
    done = await sidecar.network.run_async(lambda: subprocess.run(argv, capture_output=True, text=True, check=True))
    report = json.loads(done.stdout.splitlines()[-1])
    wrong = {name: count for name, count in report["errors"].items() if count}
    if wrong or not report["requests"]:
        raise BenchError(f"{way.name}: {wrong or 'no answer'}\n{done.stdout}")
    return Load(way.name, connections, report["requests"] / report["seconds"], report["p50"], report["p99"])


def _answering(resources: Resources, *, logged: bool) -> Resources:
    """The sidecar answers in place of the app."""
    return Resources(
        listeners=resources.listeners if logged else tuple(map(_unlogged, resources.listeners)),
        clusters=resources.clusters,
        endpoints=resources.endpoints,
        routes=tuple(map(_direct, resources.routes)),
    )


def _direct(configuration: RouteConfiguration) -> RouteConfiguration:
    changed = RouteConfiguration()
    changed.CopyFrom(configuration)
    for host in changed.virtual_hosts:
        for route in host.routes:
            route.direct_response.status = 200
            route.direct_response.body.inline_string = "Ship landed"
    return changed


def _unlogged(listener: Listener) -> Listener:
    changed = Listener()
    changed.CopyFrom(listener)
    for chain in changed.filter_chains:
        for each in chain.filters:
            if each.name == _MANAGER:
                manager = HttpConnectionManager.FromString(each.typed_config.value)
                manager.ClearField("access_log")
                each.typed_config.CopyFrom(pack(manager))
    return changed
