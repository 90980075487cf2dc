# SPDX-License-Identifier: Apache-2.0
"""Envoy's external authorization service: sidecars ask about a request, a callable judges it.

The messages are those of envoy.service.auth.v3. A check that cannot be judged gets an error and no verdict: the
sidecar then does what its filter's failure mode says.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from envoy_api.config.core.v3 import Address
from envoy_api.google.rpc import Status
from envoy_api.service.auth.v3 import AttributeContext, CheckRequest, CheckResponse, DeniedHttpResponse
from envoy_api.type.v3 import HttpStatus, StatusCode
from l7filters.translate.headers import TRUSTED_SOURCE_HEADER

from .flow import ALLOWED, DENIED, EXT_AUTHZ_RULE, EXT_AUTHZ_VERDICT, RuleVerdict, SocketAddress
from .metrics import Metrics

_log = logging.getLogger(__name__)

SERVICE = "envoy.service.auth.v3.Authorization"

Context = grpc.aio.ServicerContext[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Check:
    """A request as the sidecar's filters see it.

    `source` is the address of the connection's other end, from the header that the sidecar writes itself: in the
    message's own field, Envoy believes x-forwarded-for. `headers` are without pseudo-headers and that one; values that
    are no UTF-8 have U+FFFD where it breaks.
    """

    source: str
    destination: SocketAddress
    method: str
    path: str
    host: str
    headers: tuple[tuple[str, str], ...]


Judge = Callable[[Check], RuleVerdict]
"""Raises whatever it likes when it cannot tell."""


class CheckError(ValueError):
    """A check that cannot be judged, because something is missing in it."""


class ExternalAuthorization:
    """Answers checks by `judge`, which runs in the event loop and must be quick. Add its `handler` to a server."""

    def __init__(self, judge: Judge, metrics: Metrics | None = None) -> None:
        self._judge = judge
        self._metrics = metrics or Metrics()

    @property
    def handler(self) -> grpc.GenericRpcHandler:
        """Takes and gives raw bytes."""
        return grpc.method_handlers_generic_handler(
            SERVICE, {"Check": grpc.unary_unary_rpc_method_handler(self._check)}
        )

    def close(self) -> None:
        """Nothing to end: a check is answered at once."""

    async def _check(self, encoded: bytes, context: Context) -> bytes:
        started = time.perf_counter()
        try:
            left = context.time_remaining()
            if left is not None and left <= 0:
                # The sidecar has decided without us; an answer would only cost time that the next check needs.
                await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "too late")
            verdict = await self._verdict(encoded, context)
        except BaseException:
            self._metrics.checked("error", time.perf_counter() - started)
            raise
        self._metrics.checked(ALLOWED if verdict.allowed else DENIED, time.perf_counter() - started)
        return check_response(verdict).SerializeToString()

    async def _verdict(self, encoded: bytes, context: Context) -> RuleVerdict:
        try:
            return self._judge(parse_check(encoded))
        except CheckError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Exception as error:
            _log.exception("a check cannot be judged")
            await context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")


def parse_check(encoded: bytes) -> Check:
    """Raises CheckError."""
    message = CheckRequest()
    try:
        message.ParseFromString(encoded)
    except DecodeError as error:
        raise CheckError(f"not a CheckRequest: {error}") from error
    http = message.attributes.request.http
    headers = tuple(_headers(http))
    source = next((value for name, value in headers if name == TRUSTED_SOURCE_HEADER), None)
    if source is None:
        raise CheckError(f"the check has no header {TRUSTED_SOURCE_HEADER}")
    return Check(
        source=source,
        destination=_destination(message.attributes.destination.address),
        method=http.method,
        path=http.path,
        host=http.host,
        headers=tuple(each for each in headers if not each[0].startswith(":") and each[0] != TRUSTED_SOURCE_HEADER),
    )


def _headers(http: AttributeContext.HttpRequest) -> list[tuple[str, str]]:
    if not http.HasField("header_map"):
        return sorted(http.headers.items())
    return [
        (header.key, header.raw_value.decode(errors="replace") or header.value) for header in http.header_map.headers
    ]


def _destination(address: Address) -> SocketAddress:
    if address.WhichOneof("address") != "socket_address":
        raise CheckError("the check has no destination address")
    return SocketAddress(address.socket_address.address, address.socket_address.port_value)


def check_response(verdict: RuleVerdict) -> CheckResponse:
    """The answer; its dynamic metadata carries verdict and rule to the access log.

    How a denial looks is up to the sidecar, for RBAC's and ours alike.
    """
    response = CheckResponse()
    response.dynamic_metadata.update(
        {EXT_AUTHZ_VERDICT: ALLOWED if verdict.allowed else DENIED, EXT_AUTHZ_RULE: verdict.rule or ""}
    )
    if verdict.allowed:
        response.status.CopyFrom(Status(code=grpc.StatusCode.OK.value[0]))
        response.ok_response.SetInParent()
        return response
    response.status.CopyFrom(Status(code=grpc.StatusCode.PERMISSION_DENIED.value[0]))
    response.denied_response.CopyFrom(DeniedHttpResponse(status=HttpStatus(code=StatusCode.Forbidden)))
    return response
