# SPDX-License-Identifier: Apache-2.0
"""The metrics as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families

from xds_server.metrics import Metrics
from xds_server.type_urls import CLUSTER, ROUTE


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, tuple(sorted(labels.items()))]


def test_streams_are_those_that_are_open() -> None:
    metrics = Metrics()
    metrics.stream_opened("delta")
    metrics.stream_opened("delta")
    metrics.stream_opened("sotw")
    metrics.stream_closed("delta")
    assert value(metrics, "riftgate_xds_streams", variant="delta") == 1
    assert value(metrics, "riftgate_xds_streams", variant="sotw") == 1


def test_answers_to_pushes_are_counted_by_the_type_in_words() -> None:
    metrics = Metrics()
    metrics.pushed(ROUTE)
    metrics.pushed(CLUSTER)
    metrics.acked(ROUTE, 0.003)
    metrics.nacked(CLUSTER)
    assert value(metrics, "riftgate_xds_pushes_total", type="route") == 1
    assert value(metrics, "riftgate_xds_nacks_total", type="cluster") == 1
    assert value(metrics, "riftgate_xds_ack_seconds_sum", type="route") == 0.003
    assert value(metrics, "riftgate_xds_ack_seconds_bucket", type="route", le="0.0025") == 0
    assert value(metrics, "riftgate_xds_ack_seconds_bucket", type="route", le="0.005") == 1


def test_what_others_keep_is_read_when_the_metrics_are() -> None:
    metrics = Metrics()
    kept = {"dropped": 0, "expired": 0, "on": 0}
    metrics.watch_flows_dropped(lambda: kept["dropped"])
    metrics.watch_leases_expired(lambda: kept["expired"])
    metrics.watch_faults_on(lambda: kept["on"])
    kept.update(dropped=7, expired=2, on=3)
    assert value(metrics, "riftgate_flow_records_dropped_total") == 7
    assert value(metrics, "riftgate_leases_expired_total") == 2
    assert value(metrics, "riftgate_faults_on") == 3


def test_two_servers_do_not_count_into_each_other() -> None:
    one, other = Metrics(), Metrics()
    one.checked("allowed", 0.001)
    assert value(one, "riftgate_authz_decisions_total", verdict="allowed") == 1
    assert ("riftgate_authz_decisions_total", (("verdict", "allowed"),)) not in samples(other)
