# SPDX-License-Identifier: Apache-2.0
"""`riftgate scenario ...`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from l7filters.source import InputError, Problem
from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.cli.files import read_files
from riftgate.client import MeshClient, dump
from riftgate.instance import Instance
from riftgate.scenario_world import MeshWorld
from scenarios.events import Event
from scenarios.journal import FileJournal, JournalError, read_journal
from scenarios.model import Scenario
from scenarios.parse import parse_scenarios
from scenarios.render import narrate, render_report, report_console, report_to_dict
from scenarios.report import Report, build_report
from scenarios.runner import run_scenario


def check(args: argparse.Namespace) -> int:
    """All that is wrong with the files, at once."""
    found = _parse(args.files)
    if args.json:
        dump({"scenarios": [each.name for each in found]})
    else:
        for each in found:
            print(f"{each.location}: Scenario {each.name}: ok")
    return exits.OK


def run(args: argparse.Namespace) -> int:
    """Runs one scenario to its report; its exit code is the scenario's."""
    scenario = _choose(_parse([args.file]), args.name)
    journal = args.journal or _journal_path(scenario)

    async def execute(open_journal: FileJournal) -> Report:
        async with MeshWorld(MeshClient(Instance(args.instance))) as world:
            return await run_scenario(scenario, world, open_journal, on_event=_teller(args))

    try:
        with FileJournal(journal) as open_journal:
            report = asyncio.run(execute(open_journal))
    except JournalError as error:
        raise CommandError(str(error)) from error
    _show(report, args)
    if not args.json:
        print(f"journal: {journal}")
    return report.exit_code


def report(args: argparse.Namespace) -> int:
    """The report of an earlier run; its exit code is that run's."""
    try:
        found = build_report(read_journal(args.journal))
    except (JournalError, OSError) as error:
        raise CommandError(str(error), exits.BAD_INPUT) from error
    _show(found, args)
    return found.exit_code


def _parse(paths: list[Path]) -> tuple[Scenario, ...]:
    found: list[Scenario] = []
    problems: list[Problem] = []
    for file, text in read_files(paths):
        try:
            found.extend(parse_scenarios(text, file))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return tuple(found)


def _choose(found: tuple[Scenario, ...], name: str | None) -> Scenario:
    matching = [each for each in found if name in (None, each.name)]
    if len(matching) != 1:
        names = ", ".join(each.name for each in found) or "none"
        raise CommandError(f"say which scenario with --name; the file holds: {names}", exits.BAD_INPUT)
    return matching[0]


def _journal_path(scenario: Scenario) -> Path:
    """In the current folder: a run's record belongs to who ran it."""
    return Path(f"{scenario.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}.jsonl")


def _teller(args: argparse.Namespace) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        line = narrate(event)
        if line:
            print(line, file=sys.stderr if args.json else sys.stdout, flush=True)

    return tell


def _show(found: Report, args: argparse.Namespace) -> None:
    if args.json:
        print(json.dumps(report_to_dict(found), indent=2))
    else:
        render_report(found, report_console(sys.stdout))
