# SPDX-License-Identifier: Apache-2.0
"""The authorization service over gRPC, asked by a scripted client."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import grpc
import pytest

from envoy_api.service.auth.v3 import CheckRequest, CheckResponse
from l7filters.translate.headers import TRUSTED_SOURCE_HEADER
from xds_server.ext_authz import SERVICE, Check, ExternalAuthorization
from xds_server.flow import RuleVerdict
from xds_server.metrics import Metrics
from xds_server.server import GrpcServer

Ask = Callable[[CheckRequest], Awaitable[CheckResponse]]


def judge(check: Check) -> RuleVerdict:
    if check.path == "/broken":
        raise RuntimeError("broken")
    return RuleVerdict(check.method == "GET", "default/p#0")


def check_request(method: str, path: str = "/", source: bool = True) -> CheckRequest:
    message = CheckRequest()
    address = message.attributes.destination.address.socket_address
    address.address, address.port_value = "10.0.0.1", 80
    message.attributes.request.http.method = method
    message.attributes.request.http.path = path
    if source:
        message.attributes.request.http.headers[TRUSTED_SOURCE_HEADER] = "10.0.0.2"
    return message


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def ask(tmp_path: Path, metrics: Metrics) -> AsyncIterator[Ask]:
    socket = tmp_path / "xds.sock"
    async with (
        GrpcServer([ExternalAuthorization(judge, metrics)], socket_path=socket),
        grpc.aio.insecure_channel(f"unix:{socket}") as channel,
    ):
        yield channel.unary_unary(
            f"/{SERVICE}/Check",
            request_serializer=CheckRequest.SerializeToString,
            response_deserializer=CheckResponse.FromString,
        )


async def test_allowed_and_denied(ask: Ask, metrics: Metrics) -> None:
    assert (await ask(check_request("GET"))).WhichOneof("http_response") == "ok_response"
    assert (await ask(check_request("POST"))).WhichOneof("http_response") == "denied_response"
    assert 'riftgate_authz_decisions_total{verdict="allowed"} 1.0' in metrics.text()
    assert 'riftgate_authz_decisions_total{verdict="denied"} 1.0' in metrics.text()
    assert "riftgate_authz_seconds_count 2.0" in metrics.text()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (check_request("GET", "/broken"), grpc.StatusCode.INTERNAL),
        (check_request("GET", source=False), grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_no_verdict_without_a_judgement(
    ask: Ask, metrics: Metrics, message: CheckRequest, code: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ask(message)
    assert refused.value.code() is code
    assert 'riftgate_authz_decisions_total{verdict="error"} 1.0' in metrics.text()
    assert (await ask(check_request("GET"))).WhichOneof("http_response") == "ok_response"
