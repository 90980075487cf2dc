# SPDX-License-Identifier: Apache-2.0
"""What the benchmark says of itself holds: the content that it serves, and how it reads its own figures."""

import pytest

from bench.xds.measure import Publish, Result
from bench.xds.resources import CLUSTERS, ROUTE_NAME, make, marker
from bench.xds.table import tables
from bench.xds.translation import RULES, SERVICES, Size, Translated, growth, policy_text, sizes, translate
from envoy_api import serialize
from l7filters.parse import parse_policies
from xds_server.snapshot import build_snapshot
from xds_server.type_urls import CLUSTER, ENDPOINT, LISTENER, ROUTE


def test_a_sidecar_gets_what_the_documentation_says():
    content = make()
    snapshot = build_snapshot((*content.shared, content.routes))
    counts = [len(snapshot.resources(each)) for each in (CLUSTER, ENDPOINT, LISTENER, ROUTE)]
    assert counts == [CLUSTERS, CLUSTERS, 1, 1]
    assert 23_000 < len(serialize(content.routes)) < 25_500


def test_every_generation_has_its_own_mark_and_the_same_name():
    content = make()
    first, second = (content.routes_of(marker(each)) for each in (1, 2))
    assert first.name == second.name == ROUTE_NAME
    assert b"generation-00000001" in serialize(first)
    assert serialize(first) != serialize(second)


def test_the_policies_of_a_size_parse_and_restrict():
    policies = parse_policies(policy_text(3, RULES), "bench.yaml")
    assert len(policies) == 3
    assert all(len(policy.rules) == 1 for policy in policies)


def test_a_label_moves_a_workload_and_is_seen_by_others():
    assert translate(Size(SERVICES, 4, 1), relabel=True).changed > 1


@pytest.mark.parametrize("power", [1, 2])
def test_growth_is_the_exponent(power):
    results = [Translated(size, (size.workloads / 1_000) ** power) for size in sizes()]
    assert growth(results, "workloads") == pytest.approx(power)
    assert growth(results, "rules") == pytest.approx(0)


def test_tables_name_every_server_and_size():
    once = Publish(0.5, 0.25, 0.1, 1_000)
    result = Result("riftgate", 1_000, cold_start=once, to_all=[once], to_one=[0.001, 0.002])
    text = tables([result], [Translated(size, 1.0) for size in sizes()])
    assert "| 1000 | Riftgate | 0.50 s (0.50–0.50) | 0.25 s | 20% of its core |" in text
    assert "| – | – |" in text
