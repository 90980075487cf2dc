# SPDX-License-Identifier: Apache-2.0
"""Golden pairs of the translation: `in/NAME.yaml` (world, policies, faults), `out/NAME.yaml` (every
resource).

`pytest --regenerate tests/golden/translate` writes the outputs anew and deletes those without an input. That
Envoy takes them is tested in tests/e2e.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from envoy_api import to_dict
from envoy_api.config.listener.v3 import Listener
from l7filters.faults import faults_of
from l7filters.translate import runtime_layer
from tests.translate_cases import INPUTS, OUTPUTS, read_case


def rendered(path: Path) -> str:
    """All resources, and the runtime layer with every fault on."""
    case = read_case(path)
    resources = case.translate()
    mine = faults_of(case.world, case.workload, case.faults)
    everything = {
        "runtime": runtime_layer(mine, {fault.id: fault.parts_per_million for fault in mine}),
        "routes": [to_dict(each) for each in resources.routes],
        "listeners": [_shown(each) for each in resources.listeners],
        "clusters": [to_dict(each) for each in resources.clusters],
        "endpoints": [to_dict(each) for each in resources.endpoints],
    }
    return yaml.dump(everything, Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=120)


def _shown(listener: Listener) -> dict[str, Any]:
    """Of the listeners for faulted connections what they have before the usual chains; a unit test compares those."""
    plain = to_dict(listener)
    if listener.name.endswith("-faulted"):
        for chain in (*plain["filter_chains"], plain["default_filter_chain"]):
            del chain["filters"][1:]
    return plain


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_translation(path: Path, regenerate: bool) -> None:
    golden = OUTPUTS / path.name
    if regenerate:
        golden.write_text(rendered(path))
    assert golden.read_text() == rendered(path)


def test_every_output_has_an_input(regenerate: bool) -> None:
    orphans = [path for path in OUTPUTS.glob("*") if path.name not in {each.name for each in INPUTS}]
    if regenerate:
        for orphan in orphans:
            orphan.unlink()
    else:
        assert orphans == []
