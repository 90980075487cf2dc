# SPDX-License-Identifier: Apache-2.0
"""The truth table on a real Envoy: each row's outcome, what the app saw of it, and which rule the log names."""

from itertools import groupby
from pathlib import Path

from l7filters.translate import translate_workload
from l7filters.translate.verdicts import DEFAULT_ALLOW, DEFAULT_DENY_PREFIX, SELF
from tests.envoy_harness import Observed, running_sidecar
from tests.truth_row import SERVER, WORLD, Outcome, Row
from tests.truth_table import ROWS

PORTS = tuple(port.number for port in SERVER.ports)
# Without BPF in front of it, the sidecar refuses at the request who should not have connected at all.
STATUS = {outcome: outcome.value for outcome in Outcome} | {Outcome.DROPPED: 403}


async def test_every_row(tmp_path: Path) -> None:
    differences: list[str] = []
    resources = translate_workload(WORLD, SERVER, (), ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS) as sidecar:
        for (world, _), group in groupby(ROWS, key=lambda row: (row.world, row.policies)):
            rows = list(group)
            server = world.workload(SERVER.key)
            assert server is not None
            await sidecar.apply(translate_workload(world, server, rows[0].parse(), ()))
            for row, observed in zip(rows, await sidecar.observe_all([row.request for row in rows]), strict=True):
                differences.extend(f"{row.id}: {each}" for each in wrong(row, observed))
    assert not differences, "\n".join(differences)


def wrong(row: Row, observed: Observed) -> list[str]:
    """Everything in which Envoy differs from the row."""
    found: list[str] = []
    answer, flow = observed.answer, observed.flow
    if (answer.status, flow.status) != (STATUS[row.outcome], STATUS[row.outcome]):
        found.append(f"answered {answer.status} ({flow.details})")
    allowed = row.outcome is Outcome.ALLOWED
    if (observed.app_saw is not None) != allowed:
        found.append(f"the app saw {observed.app_saw}")
    if row.outcome in (Outcome.REJECTED, Outcome.REDIRECTED):
        return found
    if (answer.headers.get("x-riftgate-verdict"), answer.body == b"Access denied") != (
        (None, False) if allowed else ("denied", row.method != "HEAD")
    ):
        found.append(f"headers {answer.headers}, body {answer.body!r}")
    names = {*row.rules, *(DEFAULT_DENY_PREFIX + name for name in row.rules)} or {DEFAULT_ALLOW, SELF, ""}
    named = (flow.enforced.rule or "") if flow.enforced else ""
    if named not in names:
        found.append(f"the log names {named}, not one of {row.rules}")
    return found
