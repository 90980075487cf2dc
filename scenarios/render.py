# SPDX-License-Identifier: Apache-2.0
"""A run for people: each event as a line while it happens, the report as tables; and the report as JSON."""

import dataclasses
from typing import IO, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scenarios.events import (
    Activated,
    Event,
    Finished,
    Kind,
    Noted,
    Probed,
    RecordsLost,
    Reverted,
    RevertFailed,
    RunStarted,
    Stage,
    StageBegan,
    Stopped,
)
from scenarios.outcome import Verdict, utc
from scenarios.report import REPORT_SCHEMA, Counts, FaultReport, ProbeReport, Report

PLAIN_WIDTH = 132
"""Columns of a report that goes into a file or a pipe."""

_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.ABORTED: "red",
    Verdict.INCONCLUSIVE: "yellow",
}
_STAGES = {
    Stage.BASELINE: "proving the steady state",
    Stage.FAULTS: "turning the faults on",
    Stage.REVERT: "turning the faults off",
    Stage.RECOVERY: "proving the steady state again",
}


def report_console(file: IO[str]) -> Console:
    """A console for reports: the terminal's colours and width on a terminal, else plain text."""
    width = None if file.isatty() else PLAIN_WIDTH
    return Console(file=file, width=width, highlight=False)


def narrate(event: Event) -> str | None:
    """The event in one line; None for those that come by the hundred."""
    match event:
        case RunStarted():
            times = f"for {event.duration:g} s, lease {event.lease:g} s"
            return f"scenario {event.scenario} ({event.location}) {times}"
        case StageBegan():
            return _STAGES[event.stage]
        case Probed(met=met, stage=stage) if met is not True or stage is not Stage.FAULTS:
            verdict = {True: "holds", False: "does not hold", None: "cannot tell"}[met]
            return f"probe {event.probe}: {verdict}: {event.seen}"
        case Activated():
            on = ", ".join(event.faults) or "no fault"
            return f"on: {on}" + (f" (ACKed by {', '.join(event.targets)})" if event.targets else "")
        case RecordsLost():
            return f"{event.count} flow records were lost"
        case Noted():
            return f"note: {event.text}"
        case Stopped():
            return f"stopping: {event.cause}: {event.detail}"
        case RevertFailed():
            return f"not reverted yet: {event.error}; the lease ends the faults at {utc(event.lease_ends)}"
        case Reverted(by="lease"):
            return "off: the lease has run out"
        case Reverted():
            return "off: every target has ACKed"
        case Finished():
            return "; ".join((event.outcome, *event.reasons))
        case _:
            return None


def report_to_dict(report: Report) -> dict[str, Any]:
    """The JSON form; `schema` changes when a field changes its meaning or goes away."""
    plain: dict[str, Any] = {"schema": REPORT_SCHEMA, "exit_code": report.exit_code}
    plain.update(dataclasses.asdict(report))
    for fault, written in zip(report.faults, plain["faults"], strict=True):
        written["as_wanted"] = fault.as_wanted
    return plain


def render_report(report: Report, console: Console) -> None:
    console.print()
    console.print(f"[bold]{escape(report.scenario)}[/]  {escape(report.location)}  {utc(report.started)}")
    if report.description:
        console.print(escape(report.description))
    for table in (_requests(report, console), _faults(report, console), _probes(report, console)):
        if table.row_count:
            console.print()
            console.print(table)
    console.print()
    for line in _remarks(report):
        console.print(escape(line))
    console.print(f"[bold {_COLOURS[report.outcome]}]{report.outcome}[/]")
    for reason in report.reasons:
        console.print(f"  {escape(reason)}")


def _table(title: str, console: Console, *columns: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if console.is_terminal else box.ASCII2,
    )
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    return table


def _requests(report: Report, console: Console) -> Table:
    table = _table("Requests on the targets", console, "kind", ">requests", ">failed", ">p50", ">p90", ">p99", ">max")
    for kind, (total, failed) in _tallies(report.counts).items():
        latency = report.latency.get(kind)
        times = (
            [f"{value:.1f} ms" for value in (latency.p50, latency.p90, latency.p99, latency.maximum)]
            if latency is not None
            else [""] * 4
        )
        table.add_row(kind, str(total), "" if failed is None else str(failed), *times)
    table.add_section()
    table.add_row("all", str(report.counts.total))
    return table


def _tallies(counts: Counts) -> dict[Kind, tuple[int, int | None]]:
    return {
        Kind.GENUINE: (counts.genuine_ok + counts.genuine_failed, counts.genuine_failed),
        Kind.INJECTED: (counts.injected, counts.injected_failed),
        Kind.INDUCED: (counts.induced, counts.induced_failed),
        Kind.DENIED: (counts.denied, None),
    }


def _faults(report: Report, console: Console) -> Table:
    table = _table("Faults", console, "fault", "effect", ">drawn", ">fired", ">wanted", ">seen", "99 % sure it is")
    for fault in report.faults:
        effects = ", ".join(fault.effects)
        name = escape(f"{fault.id} ({fault.location})")
        table.add_row(name, effects, str(fault.drawn), str(fault.fired), _percent(fault.wanted_share), *_share(fault))
    return table


def _share(fault: FaultReport) -> tuple[str, str]:
    if fault.observed_share is None or fault.share_low is None or fault.share_high is None:
        return "", ""
    seen = f"{fault.observed_share:.1%} of {fault.eligible}"
    bounds = f"{fault.share_low:.1%} to {fault.share_high:.1%}"
    return seen, bounds if fault.as_wanted else f"{bounds}: not as wanted"


def _percent(share: float) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + " %"


def _probes(report: Report, console: Console) -> Table:
    table = _table("Steady state", console, "probe", "expected", "before", "during", "after")
    by_name: dict[str, dict[Stage, ProbeReport]] = {}
    for probe in report.probes:
        by_name.setdefault(probe.probe, {})[probe.stage] = probe
    for name, stages in by_name.items():
        cells = [_answers(stages.get(stage)) for stage in (Stage.BASELINE, Stage.FAULTS, Stage.RECOVERY)]
        expected = next(iter(stages.values())).expected
        table.add_row(escape(name), escape(expected), *(escape(cell) for cell in cells))
    return table


def _answers(probe: ProbeReport | None) -> str:
    if probe is None:
        return ""
    told = [f"held {probe.held}x"] if probe.held else []
    told += [f"broke {probe.broke}x"] if probe.broke else []
    told += [f"could not tell {probe.unknown}x"] if probe.unknown else []
    return f"{', '.join(told)}: {probe.seen}"


def _remarks(report: Report) -> list[str]:
    remarks = [f"{note[:1].upper()}{note[1:]}." for note in report.notes]
    if report.counts.by_probes:
        remarks.append(f"Requests of the probes themselves, not counted above: {report.counts.by_probes}.")
    compared = report.agreement.agreed + len(report.agreement.differences)
    if compared:
        remarks.append(f"Client and sidecars agree on {report.agreement.agreed} of {compared} requests.")
        remarks.extend(f"  {difference}" for difference in report.agreement.differences[:10])
    if report.reverted == "confirmed":
        remarks.append("The faults are off: every target has ACKed.")
    if report.reverted == "lease":
        remarks.append("The faults are off: their lease has run out.")
    return remarks
