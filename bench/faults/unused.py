# SPDX-License-Identifier: Apache-2.0
"""What faults cost requests that none of them hits: none known, a hundred defined, a hundred under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.datapath.configurations import SERVER_PORT
from bench.datapath.lab import NAMESPACE
from bench.datapath.load import Load
from bench.datapath.measure import Result, take_turns
from bench.faults.ways import Behind, fault, running, sidecar
from bench.report import BenchError
from envoy_api import pack
from envoy_api.config.listener.v3 import Listener
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from l7filters.faults import Abort, Fault, HttpMatch
from l7filters.http_match import HeaderMatch
from l7filters.translate import Resources
from l7filters.translate.filter_order import DRAW_FILTER, FAULT_FILTERS
from scenarios.parse import parse_scenarios

COUNT = 100
LOAD = Load(16, "small")
_FOR_FAULTS = {DRAW_FILTER, *FAULT_FILTERS}
_MANAGER = "envoy.filters.network.http_connection_manager"


def ways() -> list[Behind]:
    # That many faults in a scenario's file; what is no run's stays where the file is, and the sidecar is told nothing.
    (defined,) = parse_scenarios(_scenario(), "bench.yaml")
    if len(defined.faults) != COUNT:
        raise BenchError(f"the scenario has {len(defined.faults)} faults instead of {COUNT}")
    without = sidecar("stripped", "a sidecar without filters for faults")
    assert without.sidecar is not None
    return [
        replace(without, sidecar=replace(without.sidecar, change=_stripped)),
        sidecar("undefined", "no fault defined"),
        sidecar("defined", f"{COUNT} faults defined, none on"),
        sidecar("elsewhere", f"{COUNT} faults on, for other paths", *_faults("elsewhere")),
        sidecar("off", f"routes of {COUNT} faults for these very requests, all off", *_faults("off"), on=False),
    ]


def measure(rounds: int, seconds: int, say: Callable[[str], None]) -> list[Result]:
    """Raises BenchError."""
    compared = ways()
    with running(compared, None) as (lab, routes):
        results = [Result(routes[way.pod], LOAD) for way in compared]
        take_turns([(lab, result) for result in results], rounds, seconds, say)
    return results


def _faults(pod: str) -> tuple[Fault, ...]:
    # No two of them match one request, so that each is a route and none of them a combination; by a header that the
    # route looks at behind path and fraction.
    matches = [
        HttpMatch(path="/small", headers=(HeaderMatch("x-bench", str(number)),))
        if pod == "off"
        else HttpMatch(path=f"/v1/ships/{number}")
        for number in range(COUNT)
    ]
    return tuple(
        fault(pod, f"fault-{number}", Abort(http_status=503), match=match) for number, match in enumerate(matches)
    )


def _scenario() -> str:
    faults = "\n".join(
        f"  - {{name: fault-{number}, target: {{selector: {{matchLabels: {{app: defined}}}}, port: {SERVER_PORT}}}, "
        f"match: {{path: /v1/ships/{number}}}, abort: {{status: 503}}, for: 10s}}"
        for number in range(COUNT)
    )
    return f"""apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {{name: bench, namespace: {NAMESPACE}}}
spec:
  for: 12s
  steadyState:
  - {{name: alive, http: {{from: client, url: "http://defined:{SERVER_PORT}/small"}}, tolerance: {{status: 200}}}}
  faults:
{faults}
"""


def _stripped(resources: Resources) -> Resources:
    """Without the filters that are there for faults alone."""
    return replace(resources, listeners=tuple(map(_without_filters, resources.listeners)))


def _without_filters(listener: Listener) -> Listener:
    changed = Listener()
    changed.CopyFrom(listener)
    for chain in (*changed.filter_chains, changed.default_filter_chain):
        for each in chain.filters:
            if each.name == _MANAGER:
                manager = HttpConnectionManager.FromString(each.typed_config.value)
                kept = [one for one in manager.http_filters if one.name not in _FOR_FAULTS]
                del manager.http_filters[:]
                manager.http_filters.extend(kept)
                each.typed_config.CopyFrom(pack(manager))
    return changed
