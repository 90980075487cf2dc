# SPDX-License-Identifier: Apache-2.0
"""Golden pairs: a wrong file and its problems, a journal and its report.

`pytest --regenerate tests/golden/scenarios` writes the expected side anew; inputs are never written.
"""

import io
import json
from pathlib import Path

import pytest

from l7filters.source import InputError
from scenarios.journal import read_journal
from scenarios.parse import parse_scenarios
from scenarios.render import render_report, report_console, report_to_dict
from scenarios.report import build_report

HERE = Path(__file__).parent
WRONG = sorted((HERE / "problems").glob("*.yaml"))
JOURNALS = sorted((HERE / "reports").glob("*.jsonl"))


def compare(golden: Path, text: str, regenerate: bool) -> None:
    if regenerate:
        golden.write_text(text)
    assert golden.read_text() == text


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_problems(path, regenerate):
    with pytest.raises(InputError) as caught:
        parse_scenarios(path.read_text(), path.name)
    compare(path.with_suffix(".txt"), f"{caught.value}\n", regenerate)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_report(path, regenerate):
    report = build_report(read_journal(path))
    out = io.StringIO()
    render_report(report, report_console(out))
    shown = "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
    compare(path.with_suffix(".txt"), shown, regenerate)
    written = json.dumps(report_to_dict(report), indent=1) + "\n"
    compare(path.with_suffix(".json"), written, regenerate)


def test_no_orphans(regenerate):
    inputs = {path.with_suffix("") for path in (*WRONG, *JOURNALS)}
    orphans = [
        path
        for directory in ("problems", "reports")
        for path in (HERE / directory).iterdir()
        if path.with_suffix("") not in inputs
    ]
    for path in orphans:
        if regenerate:
            path.unlink()
    assert regenerate or orphans == []
