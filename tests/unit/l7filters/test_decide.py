# SPDX-License-Identifier: Apache-2.0
"""decide() against the truth table, and what a table of requests to one server cannot say."""

import pytest

from l7filters.decide import Layer, decide
from l7filters.policy import Direction
from tests.truth_table import ROWS, Outcome, Row


def test_the_table_covers_every_point() -> None:
    points = {row.point.split(":")[0] for row in ROWS}
    assert {str(point) for point in (*range(1, 12), 14)} <= points
    assert len(ROWS) >= 60
    assert {row.outcome for row in ROWS} == set(Outcome)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: Row) -> None:
    verdict = decide(row.world, row.parse(), row.request)
    if verdict.rejected is not None:
        outcome = Outcome(verdict.rejected.status)
    elif verdict.allowed:
        outcome = Outcome.ALLOWED
    else:
        outcome = Outcome.DENIED if verdict.layer is Layer.L7 else Outcome.DROPPED
    deciding = {rule.id for rule in verdict.rules} | {policy.key for policy in verdict.default_deny}
    assert (outcome, deciding) == (row.outcome, set(row.rules))
    assert verdict.directions == (() if verdict.allowed or verdict.rejected else (Direction.INGRESS,))
