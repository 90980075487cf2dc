# SPDX-License-Identifier: Apache-2.0
"""Events on their way from the ring buffer to people: names, rules, and what becomes of what nobody can take."""

import asyncio
import os
import socket
from dataclasses import replace
from typing import Any

import pytest

from bpf import structs
from bpf.events import EventKind, KernelEvent
from bpf.structs import DropReason
from l7filters.decide import Connection
from l7filters.local_policy import Act, LocalPorts
from l7filters.local_verdicts import LocalUse
from l7filters.policy import Process
from l7filters.ports import Protocol
from riftgate.cli.events import event_line
from riftgate.control.denials import denier, local_denier
from riftgate.control.documents import parse_files
from riftgate.control.intent import Intent
from riftgate.local import events
from riftgate.local.events import EventLog, Kind, Names
from tests.scripted_mesh import WORLD, cnp
from xds_server.admin_client import ServerUnreachable

DENIED = KernelEvent(
    time=1.0,
    kind=EventKind.REFUSED,
    slot=3,
    reason=DropReason.POLICY,
    pid=4711,
    comm="curl",
    cgroup=77,
    session=False,
    source="10.0.0.3",
    source_port=0,
    destination="10.0.0.1",
    port=80,
    protocol=6,
)
DENIER = {"rule": "default-deny/default/rule1", "file": "rule.yaml", "line": 4}
INTENT = Intent(WORLD, parse_files([("rule.yaml", cnp())]))


def test_the_rule_of_a_denial() -> None:
    assert denier(INTENT, Connection("10.0.0.3", "10.0.0.1", 80)) == DENIER
    assert denier(INTENT, Connection("10.0.0.3", "10.96.0.1", 80)) == DENIER, "a service stands for its backends"
    assert denier(INTENT, Connection("10.0.0.2", "10.0.0.1", 80)) is None, "the policy has changed since"
    with pytest.raises(ValueError, match="nonsense"):
        denier(INTENT, Connection("nonsense", "10.0.0.1", 80))


def test_the_rule_of_a_denial_inside_a_pod() -> None:
    local = """apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: star}
spec:
  podSelector: {matchLabels: {class: deathstar}}
  connect: [{port: 81}]
"""
    intent = Intent(WORLD, parse_files([("local.yaml", local)]))

    def who(port: int, address: str, workload: str = "default/deathstar") -> object:
        use = LocalUse(workload, "app", Act.CONNECT, LocalPorts(port, port, Protocol.TCP))
        return local_denier(intent, use, address)

    denied = {"rule": "default-deny/default/star", "file": "local.yaml", "line": 4}
    assert who(82, "127.0.0.1") == who(80, "10.0.0.1") == denied
    assert who(81, "127.0.0.1") is None
    assert who(81, "10.96.0.1") is None, "no service has that port"
    assert who(80, "10.96.0.1") == denied, "a service stands for the port that it leads to"
    assert who(82, "127.0.0.1", "default/gone") is None


class Control:
    """Names the same denier for all, or is away."""

    def __init__(self, *, away: bool) -> None:
        self.away = away
        self.asked: list[Any] = []

    async def post(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        if self.away:
            raise ServerUnreachable("it went away")
        return {"deniers": [DENIER] * len(body["connections"]), "local": [DENIER] * len(body["local"])}


class Source:
    """A datapath whose ring buffer is a pipe, and which has these events once."""

    def __init__(self, *waiting: KernelEvent) -> None:
        self.waiting = list(waiting)
        self.fd, self._write = os.pipe()
        os.write(self._write, b"x")

    def open_events(self) -> "Source":
        return self

    def read(self) -> list[KernelEvent]:
        os.read(self.fd, 1)
        return self.waiting

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._write)


async def told(log: EventLog, count: int) -> list[Any]:
    """The first lines that a reader gets."""
    following = asyncio.create_task(log.follow())
    lines = log._lines(follow=True)
    found = [await anext(lines) for _ in range(count + 1)]
    await lines.aclose()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return found[1:]


def event_log(source: Source, control: Control) -> EventLog:
    def names(slot: int, cgroup: int) -> Names:
        return Names("default/xwing", "app") if (slot, cgroup) == (3, 77) else Names(None, None)

    return EventLog(source, control, names, {"10.0.0.1": "default/deathstar"}.get)  # type: ignore[arg-type]


def test_denials_get_names_and_rules_and_others_are_not_asked_about() -> None:
    bypass = KernelEvent(2.0, EventKind.REFUSED, 9, DropReason.SOCKET, 1, "ping", 5, True, None, 0, None, 0, 1)
    control = Control(away=False)
    denied, other = asyncio.run(told(event_log(Source(DENIED, bypass), control), 2))
    assert denied == {
        "time": 1.0,
        "kind": "denial",
        "reason": "policy",
        "pod": "default/xwing",
        "container": "app",
        "pid": 4711,
        "comm": "curl",
        "process": "main",
        "source": "10.0.0.3",
        "source_port": 0,
        "destination": "10.0.0.1",
        "destination_name": "default/deathstar",
        "port": 80,
        "protocol": "TCP",
        "socket": None,
        **DENIER,
    }
    assert (other["kind"], other["pod"], other["protocol"], other["rule"]) == (Kind.BYPASS, None, "ICMP", None)
    assert other["process"] == "exec"
    asked = [{"source": "10.0.0.3", "destination": "10.0.0.1", "port": 80, "protocol": "TCP", "process": Process.MAIN}]
    assert control.asked == [("/v1/deniers", {"connections": asked, "local": []})]


def test_what_a_container_is_denied_inside_its_pod() -> None:
    listening = replace(
        DENIED, reason=DropReason.LOCAL_LISTEN, source=None, destination=None, source_port=8080, port=0, protocol=6
    )
    named = replace(listening, reason=DropReason.LOCAL_CONNECT, source_port=0, protocol=0, name="@db")
    control = Control(away=False)
    first, second = asyncio.run(told(event_log(Source(listening, named), control), 2))
    assert (first["kind"], first["rule"], first["source_port"]) == ("denial", DENIER["rule"], 8080)
    assert (second["kind"], second["socket"], second["protocol"]) == ("denial", "@db", "UNIX")
    who = {"workload": "default/xwing", "container": "app", "address": None}
    port = {"act": "listen", "socket": None, "port": 8080, "protocol": "TCP"}
    socket = {"act": "connect", "socket": "@db", "port": 0}
    ((_, asked),) = control.asked
    assert asked["connections"] == []
    assert asked["local"][0] == who | port
    assert asked["local"][1].items() >= (who | socket).items()
    assert event_line(first).endswith(
        "default/xwing/app curl(4711) on port 8080/TCP: local-listen by default-deny/default/rule1 (rule.yaml:4)"
    )
    assert " -> socket @db: local-connect by " in event_line(second)


def test_a_protocol_of_which_no_rule_speaks_hides_no_other_rule() -> None:
    listening = replace(DENIED, reason=DropReason.LOCAL_LISTEN, source=None, destination=None, source_port=8080, port=0)
    lite, tcp = replace(listening, protocol=socket.IPPROTO_UDPLITE), replace(listening, protocol=socket.IPPROTO_TCP)
    control = Control(away=False)
    first, second = asyncio.run(told(event_log(Source(lite, tcp), control), 2))
    assert (first["protocol"], first["rule"]) == ("UDPLITE", None)
    assert (second["protocol"], second["rule"]) == ("TCP", DENIER["rule"])
    ((_, asked),) = control.asked
    assert [each["protocol"] for each in asked["local"]] == ["TCP"]


def test_what_the_self_test_tries_is_nobodys_event() -> None:
    scratch = replace(DENIED, slot=structs.SCRATCH_SLOT, port=7)
    (event,) = asyncio.run(told(event_log(Source(scratch, DENIED), Control(away=False)), 1))
    assert event["port"] == DENIED.port != 7


def test_without_a_control_server_events_have_no_rule() -> None:
    (denied,) = asyncio.run(told(event_log(Source(DENIED), Control(away=True)), 1))
    assert (denied["pod"], denied["rule"]) == ("default/xwing", None)


def test_too_many_that_wait_for_names_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "UNNAMED", 2)
    log = event_log(Source(*[DENIED] * 5), Control(away=False))
    assert len(asyncio.run(told(log, 2))) == 2
    assert log.overflow == 3


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {},
            "denial      default/xwing/app curl(4711) -> default/deathstar 10.0.0.1:80/TCP: policy by "
            "default-deny/default/rule1 (rule.yaml:4)",
        ),
        ({"rule": None}, "denial      default/xwing/app curl(4711) -> default/deathstar 10.0.0.1:80/TCP: policy"),
        (
            {
                "pod": None,
                "container": None,
                "pid": 0,
                "destination": "fd00::1",
                "destination_name": None,
                "rule": None,
            },
            "denial      ? -> [fd00::1]:80/TCP: policy",
        ),
        (
            {"kind": "bypass", "reason": "socket", "destination": None, "protocol": "ICMP", "rule": None},
            "bypass      default/xwing/app curl(4711) ICMP: socket",
        ),
        (
            {"process": "exec", "rule": None},
            "denial      default/xwing/app curl(4711, exec) -> default/deathstar 10.0.0.1:80/TCP: policy",
        ),
        ({"kind": "exec", "reason": "", "process": "exec"}, "exec        default/xwing/app curl(4711, exec)"),
    ],
)
def test_lines_for_people(change: dict[str, Any], expected: str) -> None:
    (line,) = asyncio.run(told(event_log(Source(DENIED), Control(away=False)), 1))
    assert event_line(line | change)[9:] == expected


def test_gaps_are_said() -> None:
    assert event_line({"lost": 3}) == "(3 events lost: this reader was too slow)"
    assert event_line({"subscribed": True, "forgotten": 2}) == "(2 earlier events are not kept)"
