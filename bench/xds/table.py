# SPDX-License-Identifier: Apache-2.0
"""The figures for people, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.report import table
from bench.xds.measure import Publish, Result
from bench.xds.translation import Translated, growth

NAMES = {
    "riftgate": "Riftgate",
    "snapshot": "go-control-plane, snapshot cache",
    "linear": "go-control-plane, linear cache",
}


def tables(results: Sequence[Result], translations: Sequence[Translated]) -> str:
    parts = [_publishes(results), _singles(results), _starts(results)] if results else []
    if translations:
        parts.append(_translations(translations))
    return "\n".join(parts)


def _publishes(results: Iterable[Result]) -> str:
    return table(
        "sidecars | server | publish → last ACK, median (least–most) | server CPU | client CPU | KiB per sidecar, peak",
        (
            f"{each.sidecars} | {NAMES[each.server]} | {each.median(_seconds):.2f} s "
            f"({min(map(_seconds, each.to_all)):.2f}–{max(map(_seconds, each.to_all)):.2f}) | "
            f"{each.median(_server_cpu):.2f} s | {each.median(_client_share):.0%} of its core | {each.peak_kib:.0f}"
            for each in results
        ),
    )


def _singles(results: Iterable[Result]) -> str:
    return table(
        "sidecars | server | change for one → its ACK, p50 | p99 | server CPU for each | such changes "
        "| responses to all others",
        (
            f"{each.sidecars} | {NAMES[each.server]} | {each.percentile_to_one(50) * 1e3:.1f} ms | "
            f"{each.percentile_to_one(99) * 1e3:.1f} ms | {each.to_one_cpu * 1e3:.2f} ms | "
            f"{len(each.to_one)} | {each.responses_to_others}"
            for each in results
            if each.to_one
        ),
    )


def _starts(results: Iterable[Result]) -> str:
    return table(
        "sidecars | server | all connect at once, new | server CPU | all reconnect after a restart | server CPU",
        (
            f"{each.sidecars} | {NAMES[each.server]} | {_start(each.cold_start)} | {_start(each.restart)}"
            for each in results
        ),
    )


def _start(made: Publish | None) -> str:
    return "– | –" if made is None else f"{made.seconds:.1f} s | {made.server_cpu:.1f} s"


def _translations(results: Sequence[Translated]) -> str:
    rows = table(
        "workloads | policies | HTTP rules in each | CPU to all snapshots | after one label | snapshots changed",
        (
            f"{each.size.workloads} | {each.size.policies} | {each.size.rules} | {each.seconds:.1f} s | "
            + ("– | –" if each.relabelled is None else f"{each.relabelled:.1f} s | {each.changed}")
            for each in results
        ),
    )
    powers = ", ".join(
        f"{dimension}^{growth(results, dimension):.2f}" for dimension in ("workloads", "policies", "rules")
    )
    return f"{rows}\nTime grows as {powers}; peak memory {results[-1].peak_mib:.0f} MiB.\n"


def _seconds(made: Publish) -> float:
    return made.seconds


def _server_cpu(made: Publish) -> float:
    return made.server_cpu


def _client_share(made: Publish) -> float:
    return made.client_cpu / made.seconds
