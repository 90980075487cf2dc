# SPDX-License-Identifier: Apache-2.0
"""What the documents show can be followed, read and typed: their links, their YAML and their commands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from l7filters.parse import POLICY_KINDS, parse_documents
from riftgate.cli.arguments import build_parser
from riftgate.local.manifests import parse_manifests
from scenarios.consistency import EFFECTS
from scenarios.parse import parse_scenarios

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("[a-z]*/README.md")])

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE_COMMAND = re.compile(r"`(riftgate [^`\n]+)`")
COMMAND = re.compile(r"(?<!\S)(?:\.venv/bin/)?riftgate\s+([^|&;)#]*)")

OTHER_LEVELS = {"dns", "packet", "process"}
"""Effects on something else than requests; they stand in docs/scenarios.md."""


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> Iterator[str]:
    for language, text in FENCE.findall(page.read_text()):
        if language in languages:
            yield text


def anchors(page: Path) -> set[str]:
    """Headings as GitHub links to them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lines(block: str) -> list[str]:
    return block.replace("\\\n", " ").splitlines()


def commands(page: Path) -> Iterator[str]:
    """The arguments of every `riftgate` in what is shown as typed."""
    typed = [line for block in blocks(page, "sh") for line in lines(block)]
    typed += [line for block in blocks(page, "console") for line in lines(block) if line.startswith("$ ")]
    for line in typed:
        yield from COMMAND.findall(line)


def refusal(capsys: pytest.CaptureFixture[str], arguments: str) -> str:
    """What the command line says to these arguments; nothing when it takes them."""
    try:
        build_parser().parse_args(shlex.split(arguments))
    except SystemExit:
        return capsys.readouterr().err
    return ""


def test_there_are_pages() -> None:
    assert {"README.md", "docs/architecture.md", "scenarios/README.md"} <= set(map(name, PAGES))
    assert any(True for page in PAGES for _ in commands(page))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_yaml_is_accepted(page: Path) -> None:
    """Each parser raises InputError with what is wrong."""
    for block in blocks(page, "yaml"):
        kinds = {document.get("kind") for document in yaml.safe_load_all(block) if isinstance(document, dict)}
        if kinds & POLICY_KINDS.keys():
            parsed = parse_documents(block, name(page))
            assert parsed.policies or parsed.local
        elif "Scenario" in kinds:
            assert parse_scenarios(block, name(page))
        elif kinds - {None}:
            assert parse_manifests([(block, name(page))])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_can_be_typed(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in commands(page):
        assert refusal(capsys, arguments) == "", f"riftgate {arguments}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_in_the_text_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They may leave out what a command needs, but not name what there is not."""
    for command in INLINE_COMMAND.findall(FENCE.sub("", page.read_text())):
        said = refusal(capsys, command.removeprefix("riftgate ").replace("...", ""))
        assert not said or "are required" in said, f"{command}: {said}"


def test_every_effect_has_a_row_whose_example_can_be_read() -> None:
    text = (ROOT / "docs" / "faults.md").read_text()
    examples = [yaml.safe_load(row) for row in re.findall(r"^\| `(\w+: .*?)` \|", text, re.MULTILINE)]
    for example in examples:
        effect = {"rewriteStatus": 504} | example if "which" in example else example
        fault = {"name": "f", "target": {"selector": {}}, **effect}
        spec = {"for": "10s", "faults": [fault]}
        document = {
            "apiVersion": "riftgate.io/v1alpha1",
            "kind": "Scenario",
            "metadata": {"name": "s"},
            "spec": spec,
        }
        parse_scenarios(yaml.safe_dump(document), str(example))
    assert {name for example in examples for name in example} >= {*EFFECTS, "which"} - OTHER_LEVELS
    scenarios = (ROOT / "docs" / "scenarios.md").read_text()
    assert all(re.search(rf"\b{level}: \{{", scenarios) for level in OTHER_LEVELS)
