# SPDX-License-Identifier: Apache-2.0
"""What the report is told of faults before a run."""

import pytest

from scenarios.parse import parse_scenarios
from scenarios.planning import run_started

SCENARIO = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: siege}
spec:
  for: 5s
  faults:
  - name: closed
    target: {selector: {matchLabels: {class: deathstar}}}
    percentage: 50
    which: WHICH
    abort: {status: 503}
"""


@pytest.mark.parametrize(
    ("which", "measurable"),
    [
        ("null", True),
        ("{seed: 7}", True),
        ("{seed: 7, key: x-user}", True),
        ("{every: 10}", False),
        ("{seed: 7, first: 5}", False),
        ("{perSecond: 5, atOnce: 2}", False),
    ],
)
def test_a_share_is_measured_where_the_percentage_alone_decides(which, measurable):
    (scenario,) = parse_scenarios(SCENARIO.replace("WHICH", which), "siege.yaml")
    (fault,) = run_started(scenario, 0.0).faults
    assert fault.share_measurable is measurable
