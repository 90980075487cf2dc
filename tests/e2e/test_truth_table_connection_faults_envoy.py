# SPDX-License-Identifier: Apache-2.0
"""The truth table once more, over connections that a fault cuts to pieces: what policy says holds to the letter."""

import time
from itertools import groupby
from pathlib import Path

import pytest

from l7filters.connection_effects import ConnectionEffects, Slices
from l7filters.connection_faults import POD_VARIABLE, ConnectionFault, connection_rule
from l7filters.faults import FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import translate_workload
from tests.e2e.test_truth_table_envoy import PORTS, wrong
from tests.envoy_harness import running_envoy
from tests.envoy_steering import inbound_of
from tests.recording_app import APP_ADDRESS
from tests.truth_row import SERVER, WORLD
from tests.truth_table import ROWS
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_meeting import ConnectionFaultServer
from xds_server.server import GrpcServer

SLICED = ConnectionFault(
    "trouble",
    "sliced",
    SourceLocation("scenario.yaml", 1),
    FaultTarget("default", Selector.of({"class": "deathstar"})),
    ConnectionEffects(slices=Slices(5)),
)


async def test_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(POD_VARIABLE, SERVER.key)
    told: list[ConnectionHit] = []
    faults = ConnectionFaultServer(told.append)
    differences: list[str] = []
    resources = translate_workload(WORLD, SERVER, (), ())
    steer = inbound_of(SERVER, PORTS, "inbound-faulted")
    apps = [(APP_ADDRESS, port) for port in PORTS]
    async with (
        GrpcServer([faults], socket_path=tmp_path / "faults.sock"),
        running_envoy(tmp_path, SERVER, resources, steer, apps) as sidecar,
    ):
        faults.set_rules([(connection_rule(WORLD, SLICED), time.monotonic() + 3600)])
        for (world, _), group in groupby(ROWS, key=lambda row: (row.world, row.policies)):
            rows = list(group)
            server = world.workload(SERVER.key)
            assert server is not None
            await sidecar.apply(translate_workload(world, server, rows[0].parse(), ()))
            for row, observed in zip(rows, await sidecar.observe_all([row.request for row in rows]), strict=True):
                differences.extend(f"{row.id}: {each}" for each in wrong(row, observed))
    assert not differences, "\n".join(differences)
    assert sum(each.did is Did.HIT for each in told) >= len(ROWS)
