# SPDX-License-Identifier: Apache-2.0
"""Which faults may hit a connection, by its ends, and for how long."""

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset
from l7filters.connection_faults import ConnectionFault, connection_rule
from l7filters.faults import FaultTarget, Inject
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Service, ServicePort, Workload, World
from xds_server.connection_table import MAX_RULES, ConnectionFaults, Ends, split_address

DEATHSTAR = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1", "fd00::1"))
TIE = Workload("default", "tie", {"org": "empire"}, ("10.0.0.2",))
STATION = Service("default", "station", ("10.96.0.1",), (ServicePort(80, 8080),), {"class": "deathstar"})
WORLD = World((DEATHSTAR, TIE), (STATION,))
EMPIRE = Selector.of({"org": "empire"})
SERVER = ("default/deathstar", Inject.SERVER)
CLIENT = ("default/tie", Inject.CLIENT)


def fault(name: str, port: int | None = None, source: Selector | None = None, **more: Inject | int) -> ConnectionFault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), port)
    does = ConnectionEffects(reset=ConnectionReset())
    return ConnectionFault("s", name, SourceLocation("s.yaml", 1), target, does, source=source, **more)  # type: ignore[arg-type]


def matching(faults: ConnectionFaults, place: tuple[str, Inject], local: str, remote: str, now: float = 1.0) -> str:
    return " ".join(each.fault for each in faults.matching(Ends(*place, local, remote), now))


@pytest.fixture
def faults() -> ConnectionFaults:
    made = ConnectionFaults()
    written = [
        fault("any"),
        fault("b-port", 80),
        fault("c-empire", source=EMPIRE),
        fault("d-client", 8080, inject=Inject.CLIENT),
    ]
    made.replace((connection_rule(WORLD, each), 10.0) for each in reversed(written))
    return made


@pytest.mark.parametrize(
    ("place", "local", "remote", "expected"),
    [
        (SERVER, "10.0.0.1:80", "10.0.0.2:4711", "s/any s/b-port s/c-empire"),
        (SERVER, "10.0.0.1:81", "10.0.0.3:4711", "s/any"),
        (SERVER, "[fd00:0::1]:80", "[fd00::9]:4711", "s/any s/b-port"),
        (SERVER, "[::ffff:10.0.0.1]:80", "[::ffff:10.0.0.2]:4711", "s/any s/b-port s/c-empire"),
        (SERVER, "10.0.0.7:80", "10.0.0.2:4711", ""),
        (("default/other", Inject.SERVER), "10.0.0.1:80", "10.0.0.2:4711", ""),
        (CLIENT, "10.96.0.1:80", "10.0.0.2:4711", "s/d-client"),
        (CLIENT, "10.0.0.1:8080", "10.0.0.2:4711", "s/d-client"),
        (CLIENT, "10.0.0.1:80", "10.0.0.2:4711", ""),
    ],
)
def test_by_its_ends(
    faults: ConnectionFaults, place: tuple[str, Inject], local: str, remote: str, expected: str
) -> None:
    assert matching(faults, place, local, remote) == expected


def test_ends() -> None:
    faults = ConnectionFaults()
    rules = [(connection_rule(WORLD, fault("a")), 5.0), (connection_rule(WORLD, fault("b", activation=2)), 9.0)]
    assert faults.replace(rules) == {("s/a", 0), ("s/b", 2)}
    assert [faults.in_force("s/a", 0, now) for now in (4.9, 5.0)] == [True, False]
    assert [faults.next_end(now) for now in (1.0, 6.0, 9.0)] == [5.0, 9.0, None]
    assert matching(faults, SERVER, "10.0.0.1:80", "10.0.0.2:4711", 6.0) == "s/b"
    # Renewed, it is not new; turned on again, it is.
    assert faults.replace([(rules[0][0], 20.0), (connection_rule(WORLD, fault("b", activation=3)), 20.0)]) == {
        ("s/b", 3)
    }
    assert not faults.in_force("s/b", 2, 1.0)
    assert faults.replace([]) == frozenset()
    assert matching(faults, SERVER, "10.0.0.1:80", "10.0.0.2:4711") == ""


def test_limits() -> None:
    rule = connection_rule(WORLD, fault("a"))
    with pytest.raises(ValueError, match="are more than"):
        ConnectionFaults().replace([(rule, 5.0)] * (MAX_RULES + 1))
    for wrong in ("", "10.0.0.1", "pipe:/run/x", "10.0.0.1:x"):
        with pytest.raises(ValueError, match=r".+"):
            split_address(wrong)
