# SPDX-License-Identifier: Apache-2.0
"""Checks as values, and answers as Envoy reads them."""

import grpc
import pytest

from envoy_api.service.auth.v3 import CheckRequest
from l7filters.translate.headers import TRUSTED_SOURCE_HEADER
from xds_server.ext_authz import Check, CheckError, ExternalAuthorization, check_response, parse_check
from xds_server.flow import RuleVerdict, SocketAddress
from xds_server.metrics import Metrics


def check_request(*headers: tuple[str, bytes]) -> CheckRequest:
    message = CheckRequest()
    address = message.attributes.destination.address.socket_address
    address.address, address.port_value = "10.0.0.1", 80
    http = message.attributes.request.http
    http.method, http.path, http.host = "POST", "/v1/a?x=1", "deathstar"
    for key, value in ((":method", b"POST"), (TRUSTED_SOURCE_HEADER, b"10.0.0.2"), *headers):
        http.header_map.headers.add(key=key, raw_value=value)
    return message


def test_a_check() -> None:
    message = check_request(("x-key", b"a"), ("x-key", b"b"), ("x-odd", b"\xff!"))
    # What Envoy believes of x-forwarded-for does not count.
    message.attributes.source.address.socket_address.address = "10.9.9.9"
    assert parse_check(message.SerializeToString()) == Check(
        "10.0.0.2",
        SocketAddress("10.0.0.1", 80),
        "POST",
        "/v1/a?x=1",
        "deathstar",
        (("x-key", "a"), ("x-key", "b"), ("x-odd", "\ufffd!")),
    )


def test_headers_as_a_map_will_do() -> None:
    message = check_request()
    message.attributes.request.http.ClearField("header_map")
    message.attributes.request.http.headers.update({"x-key": "a", TRUSTED_SOURCE_HEADER: "10.0.0.3", ":path": "/"})
    check = parse_check(message.SerializeToString())
    assert (check.source, check.headers) == ("10.0.0.3", (("x-key", "a"),))


@pytest.mark.parametrize(
    ("missing", "why"),
    [("source", TRUSTED_SOURCE_HEADER), ("destination", "no destination"), ("all", "not a CheckRequest")],
)
def test_checks_that_cannot_be_judged(missing: str, why: str) -> None:
    message = check_request()
    if missing == "source":
        del message.attributes.request.http.header_map.headers[1]
    if missing == "destination":
        message.attributes.ClearField("destination")
    with pytest.raises(CheckError, match=why):
        parse_check(b"\xff" if missing == "all" else message.SerializeToString())


@pytest.mark.parametrize("rule", ["default/p#0", None])
def test_answers(rule: str | None) -> None:
    allowed, denied = check_response(RuleVerdict(True, rule)), check_response(RuleVerdict(False, rule))
    assert (allowed.status.code, allowed.WhichOneof("http_response")) == (0, "ok_response")
    assert denied.status.code == grpc.StatusCode.PERMISSION_DENIED.value[0]
    assert denied.denied_response.status.code == 403
    assert dict(allowed.dynamic_metadata) == {"verdict": "allowed", "rule": rule or ""}
    assert dict(denied.dynamic_metadata) == {"verdict": "denied", "rule": rule or ""}


class Aborted(Exception):
    pass


class Call:
    """A call of which so many seconds are left."""

    def __init__(self, left: float | None) -> None:
        self.left = left
        self.code: grpc.StatusCode | None = None

    def time_remaining(self) -> float | None:
        return self.left

    async def abort(self, code: grpc.StatusCode, _details: str) -> None:
        self.code = code
        raise Aborted


@pytest.mark.parametrize(("left", "asked"), [(None, 1), (0.5, 1), (0.0, 0), (-1.0, 0)])
async def test_nobody_judges_what_is_decided_already(left: float | None, asked: int) -> None:
    judged: list[Check] = []

    def judge(check: Check) -> RuleVerdict:
        judged.append(check)
        return RuleVerdict(True)

    metrics, call = Metrics(), Call(left)
    service = ExternalAuthorization(judge, metrics)
    try:
        await service._check(check_request().SerializeToString(), call)
    except Aborted:
        assert call.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert len(judged) == asked
    verdict = "allowed" if asked else "error"
    assert f'riftgate_authz_decisions_total{{verdict="{verdict}"}} 1.0' in metrics.text()
