# SPDX-License-Identifier: Apache-2.0
"""`riftgate status`: what both processes say, and what it says when one of them says nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from riftgate.cli import exits, main
from riftgate.client import MeshClient
from riftgate.instance import Instance
from xds_server.admin_client import ServerUnreachable

PROCESS = {"running": True, "restarts": 0, "lastExit": None, "problem": None}
AGENT: dict[str, Any] = {
    "pods": [
        {
            "pod": "default/deathstar-0",
            "slot": 1,
            "addresses": ["10.0.0.1", "fd00::1"],
            "sidecar": PROCESS,
            "openFiles": {"limit": 110_000, "wanted": 110_000},
            "draining": [{"epoch": 3, "connections": 2, "seconds": 41.4}],
            "containers": {"app": PROCESS | {"restarts": 2, "problem": "no such command: [/bin/x]"}},
            "drops": {"policy": 4},
            "acceleration": {"on": True, "why": "the pod asks for it"},
            "events": {"sent": 3, "limited": 1, "lost": 0},
            "notEnforced": [],
        }
    ],
    "services": [],
    "resolver": PROCESS | {"upstreams": [], "learned": []},
    "execSessions": None,
    "tablesVersion": 1,
    "generation": 1,
    "acceleration": {"default": "auto", "selfTest": "on this kernel it differs in: splice", "checks": []},
}


def node(**status: Any) -> dict[str, Any]:
    route = {"published": "2", "sent": "2", "acked": "2", "refusing": False, "last_refusal": None} | status
    return {"node": "default/deathstar-0", "connected": True, "streams": [{"types": {"route": route}}]}


def control(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {
        "nodes": list(nodes),
        "documents": [
            {"kind": "NetworkPolicy", "namespace": "default", "name": name, "file": file, "line": 4, "audited": audited}
            for name, file, audited in (("rule1", "[a]/rule.yaml", False), ("rule2", "b.yaml", True))
        ],
        "scenarios": [{"name": "siege", "faults": ["siege/full"], "endsInSeconds": 4.2, "document": None}],
        "tables": {"newest": 1, "applied": 1, "error": None},
        "sourceProblems": {"/policies/bad.yaml": "/policies/bad.yaml:1: is bad; mend it"},
    }


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command against these two answers: exit code and what it printed."""

    def asked(agent: Any, server: Any, *words: str) -> tuple[int, str]:
        for method, result in (("agent_status", agent), ("control_status", server)):

            async def answer(_self: MeshClient, result: Any = result) -> Any:
                if isinstance(result, Exception):
                    raise result
                return result

            monkeypatch.setattr(MeshClient, method, answer)
        return main([*words, "status"]), capsys.readouterr().out

    monkeypatch.setattr(Instance, "state", property(lambda _self: tmp_path))
    return asked


def test_all_is_well(ask: Any) -> None:
    code, told = ask(AGENT, control(node()))
    assert code == exits.OK
    for part in (
        "default/deathstar-0",
        "10.0.0.1",
        "fd00::1",
        "app: running, 2 restarts: no such command: [/bin/x]",
        "confirmed",
        "policy: 4",
        "default/deathstar-0: accelerated, the pod asks for it\n",
        "default/deathstar-0: the Envoy of restart epoch 3 still drains: 2 connections, for 41 s at most\n",
        "acceleration (auto): on this kernel it differs in: splice\n",
        "policy default/rule1 (NetworkPolicy, [a]/rule.yaml:4)\n",
        "policy default/rule2 (NetworkPolicy, b.yaml:4), under audit\n",
        "faults on: siege/full, ending in 4 s",
        "not applied: /policies/bad.yaml: /policies/bad.yaml:1: is bad; mend it",
    ):
        assert part in told, part


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ((), "not connected"),
        ((node() | {"connected": False, "streams": []},), "not connected"),
        ((node(acked="1"),), "waiting for route"),
        (
            (node(refusing=True, last_refusal={"message": "[/bad] is no [regex]"}),),
            "route refused: [/bad] is no [regex]",
        ),
    ],
)
def test_a_sidecars_configuration(ask: Any, nodes: tuple[dict[str, Any], ...], expected: str) -> None:
    code, told = ask(AGENT, control(*nodes))
    assert code == exits.OK
    assert expected in told


def test_without_the_control_server(ask: Any) -> None:
    code, told = ask(AGENT, ServerUnreachable("no server listens"))
    assert code == exits.FAILED
    assert "control server: no server listens (policies stay in force, faults end)" in told
    assert "default/deathstar-0" in told


def test_without_the_agent(ask: Any) -> None:
    code, told = ask(ServerUnreachable("no server listens"), control(node()))
    assert code == exits.FAILED
    assert "agent: no server listens (pods and datapath stay as they are)" in told
    assert "policy default/rule1" in told


def test_json_has_both_answers_or_their_errors(ask: Any) -> None:
    code, told = ask(AGENT, ServerUnreachable("no server listens"), "--json")
    assert code == exits.FAILED
    assert json.loads(told) == {"agent": AGENT, "control": {"error": "no server listens"}}


def test_a_defect_is_not_taken_for_a_silent_server(ask: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(AGENT, ZeroDivisionError())


def test_no_mesh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(Instance, "state", property(lambda _self: tmp_path / "none"))
    assert main(["status"]) == exits.FAILED
    assert "no mesh is up" in capsys.readouterr().err


def test_what_is_not_enforced_is_said_with_why(ask: Any) -> None:
    reason = "container app holds CAP_NET_RAW and no LSM restricts it, drop: [NET_RAW]"
    pod = AGENT["pods"][0]
    agent = AGENT | {"pods": [pod | {"notEnforced": [reason]}, pod | {"pod": "default/tie", "notEnforced": [reason]}]}

    _, told = ask(agent, control(node()))
    assert f"not enforced: {reason} (default/deathstar-0, default/tie)" in told
    assert " enforced " not in told.replace("not enforced", "")

    _, told = ask(AGENT, control(node()))
    assert "not enforced" not in told
    assert "enforced" in told


def test_the_resolver_and_what_it_has_learned(ask: Any) -> None:
    learned = [{"address": "192.0.2.1", "name": "api.example.com", "expires": 1.0}]
    resolver = PROCESS | {"upstreams": ["192.0.2.53"], "learned": learned, "restarts": 1}
    _, said = ask(AGENT | {"resolver": resolver}, control(node()))
    assert "resolver: running, 1 restarts, 192.0.2.53, addresses learned for api.example.com" in said
    _, said = ask(AGENT, control(node()))
    assert "resolver: running, no upstream: names of the mesh alone" in said


def test_a_sidecar_that_may_open_too_few_files_is_named(ask: Any) -> None:
    """Guards against connections that fail without a word where the agent could not raise the limit."""
    known = AGENT["pods"][0]
    assert "few connections" not in ask(AGENT, control(node()))[1]
    few = {"pod": "default/few", "openFiles": {"limit": 65_536, "wanted": 110_000}}
    ended = {"pod": "default/ended", "openFiles": {"limit": None, "wanted": 110_000}}
    code, said = ask(AGENT | {"pods": [known, known | few, known | ended]}, control(node()))
    assert code == exits.OK
    assert (
        "a sidecar may open 65,536 files, so it has about 32,768 connections at most, not 55,000: the agent lacks "
        "CAP_SYS_RESOURCE to raise that; start it where `ulimit -Hn` says 110000 (default/few)"
    ) in said
