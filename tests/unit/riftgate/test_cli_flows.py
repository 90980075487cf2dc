# SPDX-License-Identifier: Apache-2.0
"""`riftgate flows`: a line per request, for people and for scripts."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from riftgate.cli import exits, main
from riftgate.cli.flows import flow_line
from riftgate.client import MeshClient

LINE: dict[str, Any] = {
    "log": "inbound",
    "protocol": "HTTP/1.1",
    "source": {"address": "10.0.0.2", "port": 4711},
    "destination": {"address": "10.0.0.1", "port": 80},
    "source_workload": "default/tie",
    "destination_workload": "default/deathstar",
    "method": "POST",
    "path": "/v1/request-landing",
    "status": 200,
    "duration_ms": 3.4,
    "kind": "genuine",
    "faults": [],
    "enforced": None,
    "would_be_denied_by": None,
    "process": "main",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "inbound  default/tie -> default/deathstar POST /v1/request-landing 200 3 ms genuine"),
        (
            {"status": 403, "kind": "denied", "enforced": {"allowed": False, "rule": "default deny: default/rule1"}},
            "inbound  default/tie -> default/deathstar POST /v1/request-landing 403 3 ms denied "
            "(rule default deny: default/rule1)",
        ),
        (
            {"status": 503, "kind": "injected", "faults": ["siege/full", "siege/slow"]},
            "inbound  default/tie -> default/deathstar POST /v1/request-landing 503 3 ms injected "
            "(fault siege/full, fault siege/slow)",
        ),
        (
            {"would_be_denied_by": "default/new"},
            "inbound  default/tie -> default/deathstar POST /v1/request-landing 200 3 ms genuine "
            "(would be denied by default/new)",
        ),
        (
            {"process": "exec"},
            "inbound  default/tie -> default/deathstar POST /v1/request-landing 200 3 ms genuine (exec session)",
        ),
        (
            {"source_workload": None, "destination_workload": None, "destination": None},
            "inbound  10.0.0.2 -> ? POST /v1/request-landing 200 3 ms genuine",
        ),
        (
            {"log": "outbound", "protocol": "TCP", "method": "", "path": "", "status": 0},
            "outbound default/tie -> default/deathstar TCP 0 3 ms genuine",
        ),
    ],
)
def test_lines(change: dict[str, Any], expected: str) -> None:
    assert flow_line(LINE | change) == expected


def test_lost_records_are_owned_up_to() -> None:
    assert flow_line({"lost": 7}) == "(7 records lost: this reader was too slow)"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> None:
    async def flows(_self: MeshClient) -> AsyncIterator[dict[str, Any]]:
        yield {"subscribed": True}
        yield LINE
        yield {"lost": 3}
        yield LINE | {"path": "/2"}
        yield LINE | {"path": "/3"}
        raise AssertionError("--count 2 reads no further")

    monkeypatch.setattr(MeshClient, "flows", flows)


@pytest.mark.usefixtures("stream")
def test_count_counts_requests(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flows", "--count", "2"]) == exits.OK
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 3
    assert "/2" in told[-1]


@pytest.mark.usefixtures("stream")
def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "flows", "--count", "1"]) == exits.OK
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [LINE]
