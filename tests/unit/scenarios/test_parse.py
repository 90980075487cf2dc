# SPDX-License-Identifier: Apache-2.0
"""What a right file means. What is wrong with wrong ones is in tests/golden/scenarios."""

import re
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Family, RandomDelay, ResponseRate, RewriteStatus
from l7filters.http_match import HeaderMatch
from l7filters.labels import Operator, Requirement, in_namespace
from l7filters.source import InputError
from scenarios.model import CommandCheck, FlowCheck, HttpCheck, Phase
from scenarios.parse import parse_scenarios, read_scenarios

SCENARIOS = Path(__file__).parents[3] / "scenarios"

FULL = """\
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: full, namespace: empire}
spec:
  description: |
    Two
    lines.
  for: 1m30s
  lease: 2500ms
  recoverWithin: 20s
  steadyState:
  - name: http
    http:
      {from: pod/tiefighter, method: PUT, url: "http://deathstar/v1", headers: {x-a: "1"}, body: hello}
    tolerance: {status: [200, 202], body: "Ship .*", latency: 250ms}
    when: [before]
    interval: 2s
    timeout: 4s
    failures: 3
  - name: flows
    flows: {from: rebels/xwing, window: 10s, minimum: 50}
    tolerance: {successRate: 99.5%, p99: 1s}
  - name: command
    command: {in: deathstar-0, run: [df, /]}
    tolerance: {exitCode: 1, output: ".*"}
  faults:
  - name: everything
    target:
      namespace: other
      selector: {matchLabels: {class: deathstar}, matchExpressions: [{key: bay, operator: NotIn, values: ["7"]}]}
      port: 8080
    from: {namespace: rebels, selector: {matchLabels: {org: alliance}}}
    match: {method: POST, path: /v1/.*, headers: {X-Fleet: red}}
    percentage: "33.3333%"
    delay: 1.5s
    rate: 2MiB/s
    rewriteStatus: 504
    after: 5s
    for: 10s
    mustFire: false
  - name: refuse
    target: {selector: {}}
    percentage: 0.0001
    abort: {grpcStatus: 14, body: busy}
  load: {from: tiefighter, url: "http://deathstar/", requests: 900}
"""


@pytest.fixture
def full():
    return parse_scenarios(FULL, "full.yaml")[0]


def test_the_scenario(full):
    assert (full.name, full.namespace, full.description) == ("full", "empire", "Two lines.")
    assert (full.duration_seconds, full.lease_seconds, full.recovery_seconds) == (90.0, 2.5, 20.0)
    assert str(full.location) == "full.yaml:3"


def test_an_http_probe(full):
    probe = full.probes[0]
    assert probe.check == HttpCheck(
        "empire/tiefighter",
        "PUT",
        "http://deathstar/v1",
        (("x-a", "1"),),
        "hello",
        (200, 202),
        probe.check.body,
        250.0,
    )
    assert probe.check.body.matches("Ship landed")
    assert (probe.phases, probe.failures) == ({Phase.BEFORE}, 3)
    assert (probe.interval_seconds, probe.timeout_seconds) == (2.0, 4.0)
    assert str(probe.location) == "full.yaml:12"


def test_a_probe_over_flows(full):
    assert full.probes[1].check == FlowCheck(10.0, "rebels/xwing", 50, 0.995, 1000.0)
    assert full.probes[1].phases == set(Phase)


def test_a_command_probe(full):
    check = full.probes[2].check
    assert isinstance(check, CommandCheck)
    assert (check.pod, check.argv, check.exit_code) == ("empire/deathstar-0", ("df", "/"), 1)


def test_a_fault(full):
    scheduled = full.faults[0]
    fault = scheduled.fault
    assert fault.id == "full/everything"
    assert (fault.target.namespace, fault.target.port) == ("other", 8080)
    assert fault.target.selector.requirements == (
        Requirement("class", Operator.IN, ("deathstar",)),
        Requirement("bay", Operator.NOT_IN, ("7",)),
    )
    assert fault.source.requirements == (
        Requirement("org", Operator.IN, ("alliance",)),
        in_namespace("rebels"),
    )
    assert fault.match.headers == (HeaderMatch("x-fleet", "red"),)
    assert fault.parts_per_million == 333_333
    assert fault.effects == (Delay(1500), ResponseRate(2048), RewriteStatus(504))
    assert (scheduled.start_seconds, scheduled.end_seconds, scheduled.must_fire) == (5.0, 15.0, False)


def test_what_is_left_out_has_a_default(full):
    scheduled = full.faults[1]
    assert scheduled.fault.target.namespace == "empire"
    assert scheduled.fault.source is None
    assert scheduled.fault.parts_per_million == 1
    assert scheduled.fault.effects == (Abort(grpc_status=14, body="busy"),)
    assert (scheduled.start_seconds, scheduled.end_seconds, scheduled.must_fire) == (0.0, 90.0, True)


def test_the_load_is_spread_over_the_run(full):
    assert (full.load.pod, full.load.method, full.load.requests) == ("empire/tiefighter", "GET", 900)
    assert full.load.per_second == 10.0


def test_a_probe_expects_200_unless_told_otherwise():
    text = FULL.replace('tolerance: {status: [200, 202], body: "Ship .*", latency: 250ms}', "tolerance: {}")
    assert parse_scenarios(text, "full.yaml")[0].probes[0].check.statuses == (200,)


def scenario(fault):
    return (
        "apiVersion: riftgate.io/v1alpha1\nkind: Scenario\nmetadata: {name: s}\n"
        f"spec: {{for: 10s, faults: [{{name: f, target: {{selector: {{}}}}, {fault}}}]}}\n"
    )


@pytest.mark.parametrize(
    "written, parts",
    [("20", 200_000), ("20%", 200_000), ('"20 %"', 200_000), ("100", 1_000_000), ("0.5", 5_000), ("1e1", 100_000)],
)
def test_percentages(written, parts):
    parsed = parse_scenarios(scenario(f"delay: 1s, percentage: {written}"), "s.yaml")
    assert parsed[0].faults[0].fault.parts_per_million == parts


@pytest.mark.parametrize(
    "written", ["0", "-5", "100.1", '"0%"', "0.00001", "true", "[20]", "half", ".inf", ".nan", '"%"', '""']
)
def test_impossible_percentages_are_refused(written):
    with pytest.raises(InputError, match=r"s\.yaml:4: .*; write"):
        parse_scenarios(scenario(f"delay: 1s, percentage: {written}"), "s.yaml")


@pytest.mark.parametrize(
    "written, milliseconds",
    [("1ms", 1), ("1s", 1000), ("1.5s", 1500), ("0.001s", 1), ("1m1s1ms", 61_001), ("1h", 3_600_000)],
)
def test_durations(written, milliseconds):
    parsed = parse_scenarios(scenario(f"delay: {written}"), "s.yaml")
    assert parsed[0].faults[0].fault.effects == (Delay(milliseconds),)


def test_a_bare_delay_is_envoys_and_one_of_a_named_distribution_is_the_fault_servers():
    (bare,), (named,) = (
        parse_scenarios(scenario(f"delay: {written}"), "s.yaml")[0].faults[0].fault.effects
        for written in ("50ms", "{distribution: fixed, value: 50ms}")
    )
    assert bare == Delay(50)
    assert named == RandomDelay(Family.FIXED, (50.0,))


@pytest.mark.parametrize("written", ["1", "0", "0s", "-1s", "1us", "s", '""', "1s 2ms", "true", "0.5ms", "61m", "[1s]"])
def test_impossible_delays_are_refused(written):
    with pytest.raises(InputError, match=r"s\.yaml:4: "):
        parse_scenarios(scenario(f"delay: {written}"), "s.yaml")


def test_several_scenarios_in_one_file():
    text = FULL + "---\n" + FULL.replace("name: full", "name: second")
    assert [each.name for each in parse_scenarios(text, "two.yaml")] == ["full", "second"]


def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"absent\.yaml:1: cannot be read: No such file"):
        read_scenarios(tmp_path / "absent.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"# \xe9\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_scenarios(latin)


@pytest.mark.parametrize("path", sorted((SCENARIOS / "library").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_library_parses_and_says_what_it_is_for(path):
    (scenario,) = read_scenarios(path)
    assert scenario.name == path.stem
    assert scenario.description
    assert scenario.probes


def test_the_example_of_the_readme_parses():
    (block,) = re.findall(r"```yaml\n(.*?)```", (SCENARIOS / "README.md").read_text(), re.DOTALL)
    (scenario,) = parse_scenarios(block, "README.md")
    assert [each.fault.id for each in scenario.faults] == [
        "slow-landings/slow",
        "slow-landings/full",
        "slow-landings/far",
        "slow-landings/nameless",
        "slow-landings/lossy",
        "slow-landings/stunned",
    ]
