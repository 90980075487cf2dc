# SPDX-License-Identifier: Apache-2.0
"""What the server counts and times, in the text format of Prometheus.

Names, labels and units stand here and nowhere else; docs/metrics.md lists them for people. Each `Metrics` has a
registry of its own: two servers in one process do not count into each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from .type_urls import is_known, short_name

# https://prometheus.io/docs/instrumenting/exposition_formats/
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ACK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
# A check is a lookup in memory; only a starved process gets near a sidecar's deadline.
_CHECK_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """Counters and timers of one control server; cheap enough for every message."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self._streams = Gauge("riftgate_xds_streams", "Open ADS streams.", ["variant"], registry=registry)
        self._deliveries = _Deliveries()
        registry.register(self._deliveries)
        self._nacks = Counter(
            "riftgate_xds_nacks_total", "Responses that sidecars refused.", ["type"], registry=registry
        )
        self._flows = Counter(
            "riftgate_flow_records_total",
            "Requests and connections that sidecars have logged.",
            ["log", "verdict"],
            registry=registry,
        )
        self._decisions = Counter(
            "riftgate_authz_decisions_total",
            "Answers to ext_authz checks; `error`: none, and the sidecar goes by the policy's failure mode.",
            ["verdict"],
            registry=registry,
        )
        self._checks = Histogram(
            "riftgate_authz_seconds",
            "From reading an ext_authz check to its answer.",
            registry=registry,
            buckets=_CHECK_BUCKETS,
        )

    def stream_opened(self, variant: str) -> None:
        self._streams.labels(variant).inc()

    def stream_closed(self, variant: str) -> None:
        self._streams.labels(variant).dec()

    def pushed(self, type_url: str) -> None:
        self._deliveries.pushed[_label(type_url)] += 1

    def acked(self, type_url: str, seconds: float) -> None:
        self._deliveries.acked[_label(type_url)].add(seconds)

    def nacked(self, type_url: str) -> None:
        self._nacks.labels(_label(type_url)).inc()

    def flow_logged(self, log: str, verdict: str, count: int) -> None:
        self._flows.labels(log, verdict).inc(count)

    def checked(self, verdict: str, seconds: float) -> None:
        self._decisions.labels(verdict).inc()
        self._checks.observe(seconds)

    def watch_flows_dropped(self, value: Callable[[], float]) -> None:
        """`value` is asked whenever the metrics are read, here and below."""
        text = "Flow records that readers lost because they were too slow."
        self._registry.register(_Watched("riftgate_flow_records_dropped_total", text, value))

    def watch_leases_expired(self, value: Callable[[], float]) -> None:
        text = "Scenarios that ended because nobody renewed them."
        self._registry.register(_Watched("riftgate_leases_expired_total", text, value))

    def watch_faults_on(self, value: Callable[[], float]) -> None:
        Gauge("riftgate_faults_on", "Faults that are on.", registry=self._registry).set_function(value)

    def text(self) -> str:
        """All of it, as it is now."""
        return generate_latest(self._registry).decode()


class _Times:
    """A histogram."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(_ACK_BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(_ACK_BUCKETS, seconds)] += 1
        self.total += seconds


class _Deliveries(Collector):
    """What thousands of sidecars make count at once, by type: in plain numbers, since prometheus_client's take longer
    than all else about an ACK."""

    def __init__(self) -> None:
        self.pushed: defaultdict[str, int] = defaultdict(int)
        self.acked: defaultdict[str, _Times] = defaultdict(_Times)

    def collect(self) -> Iterator[Metric]:
        pushes = CounterMetricFamily("riftgate_xds_pushes_total", "Responses sent.", labels=["type"])
        for label, count in self.pushed.items():
            pushes.add_metric([label], count)
        yield pushes
        acks = HistogramMetricFamily("riftgate_xds_ack_seconds", "From sending a response to its ACK.", labels=["type"])
        for label, times in self.acked.items():
            upto = (*map(floatToGoString, _ACK_BUCKETS), "+Inf")
            acks.add_metric([label], list(zip(upto, accumulate(times.counts), strict=True)), times.total)
        yield acks


def _label(type_url: str) -> str:
    """Clients may subscribe to types of any name; each label that was ever used stays in memory."""
    return short_name(type_url) if is_known(type_url) else "other"


def metrics_routes(metrics: Metrics) -> tuple[web.RouteDef, ...]:
    """`GET /metrics`, for an AdminServer."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text().encode(), headers={"Content-Type": _CONTENT_TYPE})

    return (web.get("/metrics", answer),)


@dataclass(frozen=True, slots=True)
class _Watched(Collector):
    """A counter that somebody else keeps."""

    name: str
    text: str
    value: Callable[[], float]

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(self.name, self.text, value=self.value())
