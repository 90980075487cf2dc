# SPDX-License-Identifier: Apache-2.0
"""Faults of names in scenarios: how they are written, and how a run proves that they struck."""

import pytest

from l7filters.labels import Operator, Requirement
from l7filters.name_faults import NameEffect
from l7filters.peers import FqdnPattern
from l7filters.source import InputError
from scenarios.events import FaultsHit, PlannedFault, RunStarted
from scenarios.outcome import Verdict
from scenarios.parse import parse_scenarios
from scenarios.world import ControlLost

SCENARIO = """
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: lies}
spec:
  for: 10s
  lease: 9s
  faults:
  - name: lost
    target: {selector: {matchLabels: {class: tiefighter}}}
    percentage: 50
    dns: DNS
"""


def written(dns="{answer: SERVFAIL}", fault=""):
    return SCENARIO.replace("DNS", dns) + fault


def fault(dns):
    return parse_scenarios(written(dns), "s.yaml")[0].faults[0].fault


@pytest.mark.parametrize(
    ("dns", "effect"),
    [
        ("{answer: NXDOMAIN}", NameEffect.NXDOMAIN),
        ("{answer: SERVFAIL}", NameEffect.SERVFAIL),
        ("{answer: none}", NameEffect.NO_ANSWER),
        ("{delay: 2s}", NameEffect.DELAY),
        ("{addresses: [192.0.2.1]}", NameEffect.WRONG_ADDRESS),
    ],
)
def test_effects(dns, effect):
    assert fault(dns).effect is effect


@pytest.mark.parametrize(
    ("dns", "which", "words"),
    [
        ("{answer: SERVFAIL}", "{seed: 1, key: x-user}", "key: queries have no headers"),
        ("{answer: SERVFAIL}", "{atOnce: 2}", "atOnce: only a delay holds queries"),
    ],
)
def test_what_names_cannot_be_chosen_by(dns, which, words):
    with pytest.raises(InputError, match=words):
        parse_scenarios(written(dns, f"    which: {which}\n"), "s.yaml")
    late = written("{delay: 1s}", "    which: {atOnce: 2}\n")
    assert parse_scenarios(late, "s.yaml")[0].faults[0].fault.which.at_once == 2


def test_every_field():
    found = fault('{names: ["**.Example.com."], types: [A, AAAA], addresses: [192.0.2.1, "2001:DB8::1"]}')
    assert found.id == "lies/lost"
    assert found.target.selector.requirements == (Requirement("class", Operator.IN, ("tiefighter",)),)
    assert found.names == (FqdnPattern("**.example.com", True),)
    assert (found.types, found.addresses) == (("A", "AAAA"), ("192.0.2.1", "2001:db8::1"))
    assert found.parts_per_million == 500_000
    assert fault("{delay: 1s}").milliseconds == 1000


@pytest.mark.parametrize(
    ("dns", "more", "words"),
    [
        ("{}", "", None),
        ("{names: [a.b]}", "", "does one thing, this one nothing"),
        ("{answer: SERVFAIL, delay: 1s}", "", "does one thing, this one answer and delay"),
        ("{answer: REFUSED}", "", "NXDOMAIN"),
        ("{delay: 61s}", "", "not between 1 ms and 1 min"),
        ("{delay: -1s}", "", "is negative"),
        ("{addresses: [one]}", "", "'one' is not an address"),
        ("{answer: none, types: [a]}", "", "'a' is not a DNS record type"),
        ("{answer: none, names: ['a b']}", "", "is not a pattern of DNS names"),
        ("{answer: none}", "    delay: 1s\n", "'delay' does not go with 'dns'"),
        ("{answer: none}", "    match: {method: GET}\n", "'match' does not go with 'dns'"),
        ("{answer: none}", "    from: {selector: {}}\n", "'from' does not go with 'dns'"),
    ],
)
def test_what_no_fault_of_names_can_be(dns, more, words):
    with pytest.raises(InputError) as refused:
        parse_scenarios(written(dns, more), "s.yaml")
    assert words is None or any(words in str(problem) for problem in refused.value.problems), refused.value.problems


def test_a_port_is_no_part_of_who_asks():
    text = written().replace("{selector: {matchLabels: {class: tiefighter}}}", "{selector: {}, port: 80}")
    with pytest.raises(InputError, match="has no port"):
        parse_scenarios(text, "s.yaml")


async def test_what_the_agent_counted_during_the_run_is_proof(make_stage):
    stage = make_stage(written())
    stage.world.counted = {"lies/lost": 100, "other/fault": 7}

    async def strike():
        stage.world.counted = {"lies/lost": 112, "other/fault": 9}

    stage.world.trouble["renew"] = strike
    report = await stage.report()
    assert (report.outcome, report.reasons) == (Verdict.PASSED, ())
    assert [event.hits for event in stage.of(FaultsHit)] == [{"lies/lost": 12}]
    assert (report.faults[0].drawn, report.faults[0].fired, report.faults[0].observed_share) == (12, 12, None)
    (planned,) = stage.of(RunStarted)[0].faults
    assert isinstance(planned, PlannedFault)
    assert planned.effects == ("every name: SERVFAIL",)


async def test_one_that_never_struck_leaves_the_run_inconclusive(make_stage):
    stage = make_stage(written())
    stage.world.counted = {"lies/lost": 100}
    report = await stage.report()
    assert report.outcome is Verdict.INCONCLUSIVE
    assert report.reasons == ("fault lies/lost (trouble.yaml:9) never fired",)


async def test_an_agent_that_is_gone_aborts_the_run_with_all_reverted(make_stage):
    stage = make_stage(written())
    calls = iter([None, ControlLost("the agent is gone")])

    async def gone():
        if (error := next(calls)) is not None:
            raise error

    stage.world.trouble["hits"] = gone
    report = await stage.report()
    assert report.outcome is Verdict.ABORTED
    assert report.reverted == "confirmed"
    assert stage.world.on == ()


async def test_runs_without_such_faults_ask_no_agent(stage):
    await stage.report()
    assert "hits" not in stage.world.calls
