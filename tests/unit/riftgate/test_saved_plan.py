# SPDX-License-Identifier: Apache-2.0
"""What an agent notes for its successor: the same plan comes out, with the same addresses."""

from pathlib import Path

import pytest

from riftgate.local.errors import LocalError
from riftgate.local.plan import Allocation
from riftgate.local.saved_plan import PlanSource, load, save

POD = """
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec: {containers: [{name: app, image: it}]}
---"""
IMAGES = "images: {it: {command: [sleep, infinity]}}"


def source(*names: str) -> PlanSource:
    text = "".join(POD.replace("NAME", name) for name in names)
    return PlanSource(((text, "pods.yaml"),), (IMAGES, "/images.yaml"))


def test_the_plan_comes_out_as_it_was(tmp_path: Path) -> None:
    first = source("a", "b").plan(Allocation())
    # The second pod keeps its address, which a plan from these manifests alone would not give it.
    plan = source("b", "c").plan(first.allocation)
    save(tmp_path / "plan.json", source("b", "c"), plan.allocation)

    loaded = load(tmp_path / "plan.json")

    assert loaded == plan
    assert source("b", "c").plan(Allocation()) != plan
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


def test_what_up_sends_is_a_source() -> None:
    body = {"files": [{"file": "pods.yaml", "text": "x"}], "images": {"file": "/images.yaml", "text": IMAGES}}
    assert PlanSource.from_request(body) == PlanSource((("x", "pods.yaml"),), (IMAGES, "/images.yaml"))
    assert PlanSource.from_request({"files": []}) == PlanSource(())


def test_without_a_plan_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "plan.json") is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": [["kind: Pdo", "x"]], "images": null, "allocation": {}}'])
def test_a_plan_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(LocalError, match=r"they go on\. To start anew: riftgate down, then up"):
        load(path)
