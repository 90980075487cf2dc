# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a command line itself: JSON for machines, usage for people."""

import json

import pytest

from riftgate.cli import exits
from riftgate.cli.arguments import parse_arguments


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--json",), "arguments are required: COMMAND; see: riftgate --help"),
        (("--json", "status", "-f", "x"), "unrecognized arguments: -f x; see: riftgate --help"),
        (("--json", "fault", "on", "a"), "arguments are required: --for; see: riftgate fault on --help"),
        (("--json", "exec", "tie"), "exec needs a command"),
        (("--instance", "a-b", "--json", "status"), "instance name 'a-b' is not valid"),
    ],
)
def test_one_object_of_json(words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(words)
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (exits.BAD_INPUT, "")
    body = json.loads(said.out)
    assert (body["exitCode"], told in body["error"]) == (exits.BAD_INPUT, True), body


def test_usage_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A `--json` of the command that is executed is its own."""
    with pytest.raises(SystemExit) as ended:
        parse_arguments(("exec", "-x", "tie", "--", "curl", "--json"))
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (exits.BAD_INPUT, "")
    assert said.err.startswith("usage: riftgate")
