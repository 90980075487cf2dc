# SPDX-License-Identifier: Apache-2.0
"""What holds for all policies: verdicts do not depend on order, and every compiled form gives the same
ones."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from l7filters.decide import Connection, Layer, Request, decide
from l7filters.explain import explain
from l7filters.l4 import compile_l4
from l7filters.l4_tables import TCP, L4Tables
from l7filters.policy import Action, Direction, Policy
from l7filters.ports import Protocol
from l7filters.resolve import PolicyIndex, rules_on_port
from l7filters.world import World
from tests.l4_lookup import entry, identity
from tests.policy_strategies import OUTSIDE, PORTS, connections, policies, requests, worlds

MANY = settings(max_examples=100, deadline=None)


@MANY
@given(worlds(), policies(), st.data())
def test_the_order_of_policies_and_rules_changes_no_verdict(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    request = data.draw(requests(world))
    shuffled = tuple(
        replace(policy, rules=tuple(data.draw(st.permutations(policy.rules))))
        for policy in data.draw(st.permutations(some))
    )
    one, other = decide(world, some, request), decide(world, shuffled, request)
    assert (one.allowed, one.layer, one.directions, one.rejected) == (
        other.allowed,
        other.layer,
        other.directions,
        other.rejected,
    )
    assert {rule.id for rule in one.rules} == {rule.id for rule in other.rules}
    assert {policy.key for policy in one.default_deny} == {policy.key for policy in other.default_deny}


@MANY
@given(worlds(), policies(), st.data())
def test_more_allow_rules_never_deny_and_more_deny_rules_never_allow(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    request = data.draw(requests(world))
    before = decide(world, some, request).allowed

    def without(action: Action) -> tuple[Policy, ...]:
        return tuple(
            replace(policy, rules=tuple(rule for rule in policy.rules if rule.action is not action)) for policy in some
        )

    assert before or not decide(world, without(Action.ALLOW), request).allowed
    assert not before or decide(world, without(Action.DENY), request).allowed


@MANY
@given(worlds(), policies(), st.data())
def test_a_request_needs_its_connection_and_explanations_hold(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    request = data.draw(requests(world))
    verdict = decide(world, some, request)
    connects = decide(world, some, request.connection).allowed
    assert connects or (not verdict.allowed and verdict.layer is Layer.L3_L4)
    explanation = explain(world, some, request)
    assert explanation.verdict == verdict
    # Removing every rule that is said to allow a request denies it; removing those that deny it does the
    # opposite.
    named = {change.rule for change in explanation.changes}
    kept = tuple(replace(policy, rules=tuple(rule for rule in policy.rules if rule.id not in named)) for policy in some)
    if verdict.allowed and named:
        assert not decide(world, kept, request).allowed


@MANY
@given(worlds(), policies(), st.data())
def test_views_give_the_same_verdicts(world: World, some: tuple[Policy, ...], data: st.DataObject) -> None:
    connection = data.draw(connections(world))
    index = PolicyIndex(world, some)
    source, destination = connection.source, connection.destination
    own, peer = world.workload_by_address(destination), world.workload_by_address(source)
    allowed = True
    for workload, far, direction in ((peer, destination, Direction.EGRESS), (own, source, Direction.INGRESS)):
        if workload is None or own == peer:
            continue
        view = index.view(workload, direction)
        longest = max(
            (
                (ip_network(prefix).prefixlen, group)
                for group in view.peers
                for prefix in group.prefixes
                if ip_address(far) in ip_network(prefix)
            ),
            key=lambda each: each[0],
        )[1]
        rules = rules_on_port(longest.rules, own, connection.port, Protocol.TCP)
        allowed &= not rules.deny and bool(rules.allow or not view.default_deny)
    assert decide(world, some, connection).allowed == allowed


def looked_up(tables: L4Tables, connection: Connection) -> bool:
    pair = (identity(tables, connection.source), identity(tables, connection.destination))
    found = entry(tables, *pair, connection.port, TCP)
    return found is not None and found.allowed


@settings(max_examples=40, deadline=None)
@given(worlds(), policies())
def test_l4_tables_agree_with_decide(world: World, some: tuple[Policy, ...]) -> None:
    tables = compile_l4(world, some)
    inside = [address for workload in world.workloads for address in workload.addresses]
    for source, destination in permutations((*inside, *OUTSIDE), 2):
        ends = (world.workload_by_address(source), world.workload_by_address(destination))
        # Traffic of a pod with itself never gets to the tables, nor does what no workload takes part in.
        if ends[0] == ends[1] or (":" in source) != (":" in destination):
            continue
        for port in PORTS:
            connection = Connection(source, destination, port)
            assert looked_up(tables, connection) == decide(world, some, connection).allowed, connection


@MANY
@given(worlds(), policies(), st.data())
def test_l4_tables_are_equal_for_equal_input_in_any_order(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    shuffled = tuple(data.draw(st.permutations(some)))
    one, other = compile_l4(world, some), compile_l4(world, shuffled)
    assert (one.identities, one.services) == (other.identities, other.services)
    assert set(one.entries) == set(other.entries)


@MANY
@given(worlds(), policies(), st.data())
def test_worlds_survive_json(world: World, some: tuple[Policy, ...], data: st.DataObject) -> None:
    request: Request = data.draw(requests(world))
    again = World.from_dict(world.to_dict())
    assert again == world
    assert decide(again, some, request) == decide(world, some, request)
