# SPDX-License-Identifier: Apache-2.0
"""Asking a probe, and judging the answer. Judging is pure; asking goes through the World."""

from collections.abc import Iterable
from dataclasses import dataclass

from scenarios.clock import Clock, within
from scenarios.events import Kind, RequestSeen
from scenarios.model import Check, CommandCheck, FlowCheck, HttpCheck, Probe
from scenarios.statistics import percentile
from scenarios.world import Command, CommandResult, HttpAnswer, HttpRequest, World

SHOWN = 80
"""Characters of a body or an output that a verdict quotes."""

GRACE_SECONDS = 1.0
"""The World keeps the probe's timeout and says what was late; the runner guards against a stuck World."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`met` None: too little was seen to tell."""

    met: bool | None
    seen: str


def expected_of(check: Check) -> str:
    """The tolerance in words, for people."""
    match check:
        case HttpCheck():
            parts = ["status " + " or ".join(str(status) for status in check.statuses)]
            if check.body is not None:
                parts.append(f"body {check.body.source!r}")
            if check.latency_ms is not None:
                parts.append(f"within {check.latency_ms:g} ms")
        case FlowCheck():
            parts = []
            if check.success_rate is not None:
                parts.append(f"success rate >= {check.success_rate:.2%}")
            if check.p99_ms is not None:
                parts.append(f"p99 <= {check.p99_ms:g} ms")
            parts.append(f"over {check.window_seconds:g} s")
        case CommandCheck():
            parts = [f"exit code {check.exit_code}"]
            if check.stdout is not None:
                parts.append(f"output {check.stdout.source!r}")
    return ", ".join(parts)


def judge_http(check: HttpCheck, answer: HttpAnswer) -> Judgement:
    if answer.error is not None:
        return Judgement(False, answer.error)
    seen = f"status {answer.status} in {answer.duration_ms:.0f} ms"
    met = answer.status in check.statuses
    if check.body is not None and not check.body.matches(answer.body.strip()):
        met = False
        seen += f", body {answer.body.strip()[:SHOWN]!r}"
    if check.latency_ms is not None and answer.duration_ms > check.latency_ms:
        met = False
    return Judgement(met, seen)


def judge_command(check: CommandCheck, result: CommandResult) -> Judgement:
    if result.exit_code is None:
        return Judgement(False, result.error or "did not end")
    seen = f"exit code {result.exit_code}"
    met = result.exit_code == check.exit_code
    if not met and result.stderr.strip():
        seen += f", {result.stderr.strip()[:SHOWN]!r}"
    if check.stdout is not None and not check.stdout.matches(result.stdout.strip()):
        met = False
        seen += f", output {result.stdout.strip()[:SHOWN]!r}"
    return Judgement(met, seen)


def judge_flows(check: FlowCheck, requests: Iterable[RequestSeen], now: float) -> Judgement:
    """`requests` in any order; those that ended before the window, or were not genuine, do not count."""
    genuine = [
        request
        for request in requests
        if request.on_target
        and request.kind is Kind.GENUINE
        and now - check.window_seconds <= request.started + request.duration_ms / 1000 <= now
        and check.source in {None, request.source}
    ]
    if len(genuine) < check.minimum_requests:
        return Judgement(None, f"only {len(genuine)} of {check.minimum_requests} requests needed")
    rate = sum(succeeded(request) for request in genuine) / len(genuine)
    p99 = percentile([request.duration_ms for request in genuine], 99)
    met = (check.success_rate is None or rate >= check.success_rate) and (check.p99_ms is None or p99 <= check.p99_ms)
    return Judgement(met, f"{len(genuine)} requests, success rate {rate:.2%}, p99 {p99:.0f} ms")


def succeeded(request: RequestSeen) -> bool:
    """An answer under 500, and grpc-status 0 where there is one; no answer at all (status 0) is a failure."""
    return 0 < request.status < 500 and request.grpc_status in {None, 0}


async def ask(probe: Probe, world: World, clock: Clock, recent: Iterable[RequestSeen], request_id: str) -> Judgement:
    """Ask once. An answer later than the probe's timeout is a failure; WorldError passes through."""
    check = probe.check
    try:
        match check:
            case HttpCheck():
                request = HttpRequest(
                    check.pod,
                    check.method,
                    check.url,
                    request_id,
                    check.headers,
                    check.request_body,
                    probe.timeout_seconds,
                )
                return judge_http(
                    check, await within(clock, probe.timeout_seconds + GRACE_SECONDS, world.http(request))
                )
            case CommandCheck():
                command = Command(check.pod, check.argv, probe.timeout_seconds)
                return judge_command(
                    check, await within(clock, probe.timeout_seconds + GRACE_SECONDS, world.run(command))
                )
            case FlowCheck():
                return judge_flows(check, recent, clock.now())
    except TimeoutError as error:
        return Judgement(False, str(error))
