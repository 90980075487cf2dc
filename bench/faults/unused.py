# SPDX-License-Identifier: Apache-2.0
"""What faults cost requests that none of them hits: none known, a hundred defined, a hundred under way."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.datapath.configurations import SERVER_PORT
from bench.datapath.lab import NAMESPACE, Lab
from bench.datapath.load import Figures, Load, run
from bench.datapath.measure import Result, Route, take_turns
from bench.faults.ways import Behind, fault, running, sidecar
from bench.report import BenchError
from envoy_api import pack, serialize
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.listener.v3 import Listener
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from l7filters.faults import Abort, Fault, HttpMatch
from l7filters.http_match import HeaderMatch
from l7filters.translate import Resources
from l7filters.translate.filter_order import DRAW_FILTER, FAULT_FILTERS
from scenarios.parse import parse_scenarios

COUNT = 100
SIDECARS = 3
"""Without faults, and as many with such as are defined alone: a process that happens to lie well in memory, or badly,
does so for as long as it runs, and of two alike one is some hundredths slower."""
LOAD = Load(16, "small")
_FOR_FAULTS = {DRAW_FILTER, *FAULT_FILTERS}
_MANAGER = "envoy.filters.network.http_connection_manager"


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs under faults of some kind, and beside each the run without in the same round."""

    result: Result
    basis: Result

    def ratios(self, of: Callable[[Figures], float]) -> tuple[float, float, float]:
        """Of two runs of a round: median, and the ends of the middle half."""
        runs = zip(self.result.runs, self.basis.runs, strict=True)
        ratios = [of(mine) / of(its) for mine, its in runs]
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        return middle, low, high


class _Told:
    """What a sidecar was told, so that it can be compared with what another one was."""

    def __init__(self) -> None:
        self._resources: Resources | None = None

    def __call__(self, resources: Resources) -> Resources:
        self._resources = resources
        return resources

    def parts(self, address: str) -> list[bytes]:
        """Without its own address, where it stands for the pod itself."""
        assert self._resources is not None
        return [
            str(each).replace(f'"{address}"', "its own").encode()
            if isinstance(each, Cluster) and each.name.startswith("inbound/")
            else serialize(each)
            for each in self._resources
        ]


def ways() -> list[Behind]:
    """Without filters for faults, the two kinds of faults that are on and off, and SIDECARS each of none known and of
    those that are defined alone."""
    # That many faults in a scenario's file; what is no run's stays where the file is, and the sidecar is told nothing.
    (defined,) = parse_scenarios(_scenario(), "bench.yaml")
    if len(defined.faults) != COUNT:
        raise BenchError(f"the scenario has {len(defined.faults)} faults instead of {COUNT}")
    without = sidecar("stripped", "a sidecar without filters for faults")
    assert without.sidecar is not None
    return [
        replace(without, sidecar=replace(without.sidecar, change=_stripped)),
        sidecar("elsewhere", f"{COUNT} faults on, for other paths", *_faults("elsewhere")),
        sidecar("off", f"routes of {COUNT} faults for these very requests, all off", *_faults("off"), on=False),
        *_alike("undefined", "no fault defined"),
        *_alike("defined", f"{COUNT} faults defined, none on"),
    ]


def _alike(kind: str, name: str) -> list[Behind]:
    return [sidecar(f"{kind}-{each}", f"{name}, sidecar {each}" if each else name) for each in range(SIDECARS)]


def measure(rounds: int, pairs: int, seconds: int, say: Callable[[str], None]) -> list[Compared]:
    """So many rounds of each kind and none, and so many pairs of defined and none. Raises BenchError."""
    told: dict[str, _Told] = {}
    compared = [_overheard(way, told) for way in ways()]
    with running(compared, None) as (lab, routes):
        check_same({pod: each.parts(lab.address(pod)) for pod, each in told.items()})
        rest = [Result(routes[pod], LOAD) for pod in ("stripped", "undefined-0", "elsewhere", "off")]
        take_turns([(lab, result) for result in rest], rounds, seconds, say)
        return [
            *(Compared(result, rest[1]) for result in rest),
            _pairs(lab, routes, pairs, seconds, say),
        ]


def _overheard(way: Behind, told: dict[str, _Told]) -> Behind:
    """Those that are to be told the same."""
    if not way.pod.startswith(("undefined-", "defined-")):
        return way
    assert way.sidecar is not None
    told[way.pod] = _Told()
    return replace(way, sidecar=replace(way.sidecar, change=told[way.pod]))


def check_same(told: dict[str, list[bytes]]) -> None:
    """Raises BenchError when a sidecar that faults are defined for is told another word than one without."""
    first, *others = told
    for pod in others:
        if told[pod] != told[first]:
            raise BenchError(f"the sidecar of {pod} is told something else than that of {first}")


def _pairs(lab: Lab, routes: dict[str, Route], pairs: int, seconds: int, say: Callable[[str], None]) -> Compared:
    """Every sidecar of the one kind beside every one of the other, in turns; which is first changes."""
    order = random.Random(0)
    basis, result = (Result(routes[f"{kind}-0"], LOAD) for kind in ("undefined", "defined"))
    for number in range(pairs):
        say(f"pair {number + 1} of {pairs}: none defined and {COUNT} defined")
        one, other = number % SIDECARS, number // SIDECARS % SIDECARS
        both = [(basis, routes[f"undefined-{one}"]), (result, routes[f"defined-{other}"])]
        for each, route in order.sample(both, 2):
            each.runs.append(run(lab, route.pods, route.address, LOAD, seconds))
    return Compared(result, basis)


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
        f"  - {{name: fault-{number}, target: {{selector: {{matchLabels: {{app: defined-0}}}}, port: {SERVER_PORT}}}, "
        f"match: {{path: /v1/ships/{number}}}, abort: {{status: 503}}, for: 10s}}"
        for number in range(COUNT)
    )
    return f"""apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {{name: bench, namespace: {NAMESPACE}}}
spec:
  for: 12s
  steadyState:
  - {{name: alive, http: {{from: client, url: "http://defined-0:{SERVER_PORT}/small"}}, tolerance: {{status: 200}}}}
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
