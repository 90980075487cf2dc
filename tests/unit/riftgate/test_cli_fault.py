# SPDX-License-Identifier: Apache-2.0
"""`riftgate fault ...`: words in, faults out, and what is told of them."""

from pathlib import Path
from typing import Any

import pytest

from l7filters.faults import Abort, Delay, Which
from riftgate.cli import exits, main
from riftgate.cli.arguments import parse_arguments
from riftgate.cli.exits import CommandError
from riftgate.cli.fault import read_faults
from riftgate.client import MeshClient

ON = ("fault", "on", "slow", "--for", "30s", "--to", "class=deathstar,org=empire")


def test_a_fault_of_words() -> None:
    words = (*ON, "--port", "80", "--pod", "a-1", "--at-most", "50", "--from", "org=empire", "--method", "POST")
    fields = ("delay=500ms", "abort={status: 503}", "percentage=20", "which={seed: 7}", "inject=client")
    (fault,) = read_faults(parse_arguments((*words, *fields)))
    assert (fault.id, fault.effects) == ("by-hand/slow", (Delay(500), Abort(503)))
    assert (fault.target.port, fault.target.pods, fault.target.at_most) == (80, ("a-1",), 500_000)
    assert (fault.match.method, fault.parts_per_million, fault.which) == ("POST", 200_000, Which(seed=7))
    assert fault.source is not None


def test_the_faults_of_a_file() -> None:
    file = Path(__file__).parents[3] / "scenarios" / "library" / "landing-jitter.yaml"
    faults = read_faults(parse_arguments(("fault", "on", "-f", str(file), "--for", "1m")))
    assert [fault.id for fault in faults] == ["by-hand/late", "by-hand/lost"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("fault", "on", "slow", "--for", "1s", "delay=1s"), "give a file with -f, or a name"),
        ((*ON, "delay"), "'delay' is not FIELD=VALUE"),
        ((*ON, "delay=-5s"), "the duration -5s is negative"),
        ((*ON, "delay={distribution: normal, mean: 5ms}"), "a normal delay needs deviation"),
        ((*ON, "abort={status: 700}"), "status 700 is not between 200 and 599"),
        ((*ON, "percentage=101", "delay=1s"), "101 % is not above 0 and at most 100"),
        ((*ON, "dealy=1s"), "did you mean 'delay'"),
        ((*ON, "delay={"), "is no YAML"),
        ((*ON,), "the fault does nothing"),
        (("fault", "on", "slow", "--for", "1s", "--to", "deathstar", "delay=1s"), "'deathstar' is not LABEL=VALUE"),
        ((*ON, "-f", "x.yaml"), "not both"),
    ],
)
def test_wrong_words(words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError, match=reason) as error:
        read_faults(parse_arguments(words))
    assert error.value.code == exits.BAD_INPUT


def test_a_time_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fault", "on", "slow", "--to", "class=deathstar", "delay=1s"])
    assert ended.value.code == exits.BAD_INPUT
    assert "--for" in capsys.readouterr().err
    assert main(["fault", "off"]) == exits.BAD_INPUT


def test_what_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plan = {
        "fault": "by-hand/slow",
        "level": "requests",
        "effects": ["delay 500 ms"],
        "pods": ["default/deathstar-0"],
        "callers": None,
        "routes": {"default/deathstar-0": ["inbound/80"]},
        "outside": None,
        "connections": [],
        "share": 0.2,
        "which": None,
    }
    connections = plan | {
        "level": "connections",
        "callers": ["default/xwing"],
        "dialled": ["default/deathstar-0"],
        "outside": None,
        "port": 80,
        "existing": "reset",
    }
    answers: dict[str, Any] = {
        "/v1/faults/on": {"targets": {"by-hand/slow": ["default/deathstar-0"]}, "sources": {}},
        "/v1/faults/plan": [plan, plan | {"share": None, "which": "first 5"}, connections],
        "/v1/faults/off": {"ended": ["by-hand/slow"]},
    }

    async def change(_self: MeshClient, path: str, _body: object) -> Any:
        return answers[path]

    async def faults(_self: MeshClient) -> Any:
        return [{"fault": "by-hand/slow", "effects": ["x"], "pods": ["p"], "endsInSeconds": 3.2, "by": "hand"}]

    monkeypatch.setattr(MeshClient, "change", change)

    async def open_connections(_self: MeshClient, asked: Any) -> Any:
        assert asked == connections | {"during": None}
        return [{}, {}]

    monkeypatch.setattr(MeshClient, "faults", faults)
    monkeypatch.setattr(MeshClient, "open_connections", open_connections)
    assert main([*ON, "delay=500ms"]) == 0
    assert main(["fault", "plan", "slow", "--to", "*", "delay=500ms"]) == 0
    assert main(["fault", "list"]) == 0
    assert main(["fault", "off", "slow"]) == 0
    told = capsys.readouterr().out
    for line in (
        "by-hand/slow: on for 30 s in default/deathstar-0; ends by itself",
        "requests of: everybody",
        "on the routes: inbound/80",
        "expect: 20.00% of the requests that match",
        "expect: as many as first 5 lets through",
        "connections of: default/xwing",
        "to: default/deathstar-0, port 80",
        "open now: 2, which will be reset",
        "by-hand/slow: x; 3 s more, by hand",
        "by-hand/slow: off, confirmed by every sidecar",
    ):
        assert line in told
