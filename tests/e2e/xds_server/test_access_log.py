# SPDX-License-Identifier: Apache-2.0
"""What a real Envoy logs about requests that were let through, refused, or hit by a fault."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from google.protobuf.message import Message

from envoy_api import pack
from envoy_api.config.accesslog.v3 import AccessLog
from envoy_api.config.core.v3 import Address, DataSource, SocketAddress
from envoy_api.config.listener.v3 import Filter, FilterChain, Listener
from envoy_api.config.rbac.v3 import RBAC, Permission, Policy, Principal
from envoy_api.config.route.v3 import (
    DirectResponseAction,
    Route,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
)
from envoy_api.extensions.filters.common.fault.v3 import FaultDelay
from envoy_api.extensions.filters.http.fault.v3 import FaultAbort, HTTPFault
from envoy_api.extensions.filters.http.rbac.v3 import RBAC as RBACFilter
from envoy_api.extensions.filters.http.router.v3 import Router
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, HttpFilter
from envoy_api.extensions.filters.network.rbac.v3 import RBAC as NetworkRBAC
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from envoy_api.type.matcher.v3 import PathMatcher, StringMatcher
from envoy_api.type.v3 import FractionalPercent
from l7filters.translate.access_log import Direction, http_access_log, tcp_access_log
from xds_server.access_log import AccessLogSink
from xds_server.ads import AggregatedDiscovery
from xds_server.bootstrap import XDS_CLUSTER, NodeBootstrap
from xds_server.cache import SnapshotCache
from xds_server.flow import FlowRecord, Kind, RuleVerdict
from xds_server.flow_hub import FlowHub
from xds_server.resource import Reference
from xds_server.server import GrpcServer, GrpcService
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.type_urls import CLUSTER

NODE = "default/deathstar-0"
ALWAYS = FractionalPercent(numerator=100)
StartEnvoy = Callable[[NodeBootstrap], Awaitable[Any]]


def route(prefix: str, name: str, fault: HTTPFault | None = None) -> Route:
    return Route(
        name=name,
        match=RouteMatch(prefix=prefix),
        direct_response=DirectResponseAction(status=200, body=DataSource(inline_string="Ship landed")),
        typed_per_filter_config={"envoy.filters.http.fault": pack(fault)} if fault else {},
    )


def routes() -> RouteConfiguration:
    return RouteConfiguration(
        name="inbound/80",
        virtual_hosts=[
            VirtualHost(
                name="all",
                domains=["*"],
                routes=[
                    route(
                        "/broken",
                        "fault/falcon/broken",
                        HTTPFault(abort=FaultAbort(http_status=503, percentage=ALWAYS)),
                    ),
                    route(
                        "/slow",
                        "fault/falcon/slow+falcon/slower",
                        HTTPFault(delay=FaultDelay(fixed_delay=MILLISECONDS, percentage=ALWAYS)),
                    ),
                    route("/exhaust-port", "fault/falcon/port", HTTPFault()),
                    route("/", "plain"),
                ],
            )
        ],
    )


MILLISECONDS = FaultDelay().fixed_delay
MILLISECONDS.FromMilliseconds(20)


def path_policy(path: str) -> Policy:
    matcher = PathMatcher(path=StringMatcher(prefix=path))
    return Policy(permissions=[Permission(url_path=matcher)], principals=[Principal(any=True)])


def connection_manager() -> HttpConnectionManager:
    rules = RBAC(action=RBAC.Action.DENY, policies={"default/rule1#0": path_policy("/exhaust-port")})
    shadow = RBAC(action=RBAC.Action.DENY, policies={"default/next#1": path_policy("/slow")})
    filters: list[tuple[str, Message]] = [
        ("envoy.filters.http.rbac", RBACFilter(rules=rules, shadow_rules=shadow)),
        ("envoy.filters.http.fault", HTTPFault()),
        ("envoy.filters.http.router", Router()),
    ]
    return HttpConnectionManager(
        stat_prefix="inbound",
        route_config=routes(),
        http_filters=[HttpFilter(name=name, typed_config=pack(config)) for name, config in filters],
        access_log=[http_access_log(Direction.INBOUND)],
    )


def listener(name: str, port: int, *filters: tuple[str, Message]) -> Listener:
    chain = FilterChain(filters=[Filter(name=each, typed_config=pack(config)) for each, config in filters])
    address = Address(socket_address=SocketAddress(address="127.0.0.1", port_value=port))
    return Listener(name=name, address=address, filter_chains=[chain])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[tuple[FlowHub, SnapshotCache]]:
    hub, cache = FlowHub(), SnapshotCache()
    services: list[GrpcService] = [AggregatedDiscovery(cache, StatusRegistry(cache)), AccessLogSink(hub)]
    async with GrpcServer(services, socket_path=tmp_path / "xds.sock"):
        yield hub, cache


@pytest.fixture
async def served(
    hub: tuple[FlowHub, SnapshotCache], tmp_path: Path, start_envoy: StartEnvoy
) -> tuple[FlowHub, int, int]:
    """The hub, the port of an HTTP listener, and that of a TCP listener that refuses everybody."""
    port, closed_port = free_port(), free_port()
    denied = RBAC(action=RBAC.Action.ALLOW)
    snapshot = build_snapshot(
        [
            listener("inbound", port, ("envoy.filters.network.http_connection_manager", connection_manager())),
            listener(
                "closed",
                closed_port,
                ("envoy.filters.network.rbac", NetworkRBAC(rules=denied, stat_prefix="closed")),
                ("envoy.filters.network.tcp_proxy", closed_proxy(tcp_access_log(Direction.INBOUND))),
            ),
        ],
        static=[Reference(CLUSTER, XDS_CLUSTER)],
    )
    hub[1].set(NODE, snapshot)
    admin = await start_envoy(NodeBootstrap(NODE, str(tmp_path / "xds.sock"), str(tmp_path / "admin.sock")))
    await admin.until_live()
    return hub[0], port, closed_port


def closed_proxy(log: AccessLog) -> TcpProxy:
    return TcpProxy(stat_prefix="closed", cluster=XDS_CLUSTER, access_log=[log])


async def test_http(served: tuple[FlowHub, int, int]) -> None:
    hub, port, _ = served
    headers = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    statuses, flows = {}, {}
    with hub.subscribe() as subscription:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as client:
            for path in ("/plain?x=1", "/broken", "/slow", "/exhaust-port"):
                async with client.put(path, data=b"beam") as response:
                    statuses[path] = response.status
        for _ in statuses:
            flow = await anext(subscription)
            assert isinstance(flow, FlowRecord)
            flows[flow.path] = flow
    assert {path: flow.status for path, flow in flows.items()} == statuses
    assert {path: (flow.kind, flow.flags, flow.faults) for path, flow in flows.items()} == {
        "/plain?x=1": (Kind.GENUINE, (), ()),
        "/broken": (Kind.INJECTED, ("FI",), ("falcon/broken",)),
        "/slow": (Kind.INJECTED, ("DI",), ("falcon/slow", "falcon/slower")),
        "/exhaust-port": (Kind.DENIED, (), ("falcon/port",)),
    }
    assert flows["/exhaust-port"].enforced == RuleVerdict(False, "default/rule1#0")
    assert flows["/exhaust-port"].status == 403
    assert flows["/slow"].shadow == RuleVerdict(False, "default/next#1")
    assert flows["/slow"].duration_ms >= 20
    assert flows["/broken"].details == "fault_filter_abort"
    plain = flows["/plain?x=1"]
    assert plain.enforced is not None
    assert plain.enforced.allowed
    assert (plain.node, plain.log, plain.protocol, plain.method) == (NODE, "inbound", "HTTP/1.1", "PUT")
    assert (plain.host, plain.route, plain.trace_id) == (f"127.0.0.1:{port}", "plain", "ab" * 16)
    assert plain.destination is not None
    assert plain.source is not None
    assert str(plain.destination) == f"127.0.0.1:{port}"
    assert plain.source.address == "127.0.0.1"
    assert plain.bytes_sent == len("Ship landed")
    assert plain.time > 1.6e9


async def test_tcp_refused(served: tuple[FlowHub, int, int]) -> None:
    hub, _, port = served
    with hub.subscribe() as subscription, socket.create_connection(("127.0.0.1", port)) as peer:
        peer.send(b"x")  # Envoy's network RBAC decides at the first byte
        flow = await anext(subscription)
    assert isinstance(flow, FlowRecord)
    assert (flow.protocol, flow.kind, flow.node) == ("TCP", Kind.DENIED, NODE)
    assert str(flow.destination) == f"127.0.0.1:{port}"
