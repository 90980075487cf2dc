# SPDX-License-Identifier: Apache-2.0
"""Golden pairs of faults: `in/LEVEL.yaml` (as files say them, but for their target), `out/LEVEL.yaml` (what each is to
Riftgate, and what those who do it are told of it; of requests that is in `tests/golden/translate`).

`pytest --regenerate tests/golden/faults` writes the outputs anew.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import yaml

from l7filters.connection_faults import ConnectionFault, connection_rule
from l7filters.faults import Fault
from l7filters.name_faults import NameFault, name_rule
from l7filters.packet_faults import PacketFault, packet_rules
from l7filters.process_faults import ProcessFault, process_rule
from l7filters.source import SourceLocation
from l7filters.world import World
from scenarios.consistency import EFFECTS
from scenarios.parse import parse_scenarios
from tests.translate_cases import HERE as TRANSLATE
from tests.translate_cases import read_world
from xds_server.connection_words import answer

HERE = Path(__file__).parent
LEVELS = sorted((HERE / "in").glob("*.yaml"))
TARGET = {"selector": {"matchLabels": {"class": "deathstar"}}, "atMost": "100%"}


def written(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    return found


def rendered(path: Path) -> str:
    world = read_world(yaml.safe_load((TRANSLATE / "world.yaml").read_text()))
    told = {}
    for each in written(path):
        spec = {"for": "10s", "faults": [{"target": TARGET, **each}]}
        head = {"apiVersion": "riftgate.io/v1alpha1", "kind": "Scenario", "metadata": {"name": "golden"}}
        (scenario,) = parse_scenarios(yaml.safe_dump({**head, "spec": spec}), path.name)
        fault = scenario.faults[0].fault
        told[each["name"]] = {"says": list(map(str, fault.effects)), **enforced(world, fault)}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def enforced(world: World, fault: object) -> dict[str, Any]:
    """What the sidecar's filter, the kernel, the resolver or the agent goes by."""
    match fault:
        case ConnectionFault():
            rule = connection_rule(world, fault)
            return {"rule": plain(rule), "filter": answer(1, (), [(rule, 5.0)]).decode().splitlines()}
        case PacketFault():
            return {"rules": plain(packet_rules(world, fault))}
        case NameFault():
            return {"rule": plain(name_rule(world, fault))}
        case ProcessFault():
            return {"rule": plain(process_rule(world, fault))}
        case Fault():
            return {"fault": plain(fault)}
    raise AssertionError(fault)


def plain(value: Any) -> Any:
    """Without what is not given, and sets in order."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        content = {each.name: getattr(value, each.name) for each in fields(value)}
        return {
            name: plain(each)
            for name, each in content.items()
            if each not in (None, ()) and not isinstance(each, SourceLocation)
        }
    if isinstance(value, frozenset):
        return sorted(map(plain, value), key=str)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


@pytest.mark.parametrize("path", LEVELS, ids=lambda path: path.stem)
def test_faults(path: Path, regenerate: bool) -> None:
    golden = HERE / "out" / path.name
    if regenerate:
        golden.write_text(rendered(path))
    assert golden.read_text() == rendered(path)


def test_every_effect_is_in_one() -> None:
    assert {name for path in LEVELS for each in written(path) for name in each} >= {*EFFECTS, "which"}
    assert [path.name for path in LEVELS] == sorted(path.name for path in (HERE / "out").iterdir())
