# SPDX-License-Identifier: Apache-2.0
"""What an agent notes for its successor: the same plan comes out, with the same addresses."""

from pathlib import Path

import pytest

from l7filters.source import InputError
from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from riftgate.local.plan import Allocation, Plan
from riftgate.local.planner import make
from riftgate.local.planning import plan_apart
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


def made(source: PlanSource, allocation: Allocation) -> Plan:
    return make(Instance("nowhere"), source, allocation)


def test_the_plan_comes_out_as_it_was(tmp_path: Path) -> None:
    first = made(source("a", "b"), Allocation())
    # The second pod keeps its address, which a plan from these manifests alone would not give it.
    plan = made(source("b", "c"), first.allocation)
    save(tmp_path / "plan.json", source("b", "c"), plan.allocation)

    loaded = load(tmp_path / "plan.json", made)

    assert loaded == plan
    assert made(source("b", "c"), Allocation()) != plan
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


def test_what_up_sends_is_a_source() -> None:
    body = {"files": [{"file": "pods.yaml", "text": "x"}], "images": {"file": "/images.yaml", "text": IMAGES}}
    assert PlanSource.from_request(body) == PlanSource((("x", "pods.yaml"),), (IMAGES, "/images.yaml"))
    assert PlanSource.from_request({"files": []}) == PlanSource(())


def test_without_a_plan_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "plan.json", made) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": [["kind: Pdo", "x"]], "images": null, "allocation": {}}'])
def test_a_plan_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(LocalError, match=r"they go on\. To start anew: riftgate down, then up"):
        load(path, made)


def test_a_plan_made_apart_is_the_same() -> None:
    here = make(Instance("nowhere"), source("a", "b"), Allocation())
    apart = plan_apart(Instance("nowhere"), source("a", "b"), Allocation())
    assert apart == here
    assert [pod.bootstrap for pod in apart.pods] == [pod.bootstrap for pod in here.pods]
    assert "/run/nowhere/pods/default.a/envoy.sock" in apart.pods[0].bootstrap


def test_what_is_wrong_in_a_manifest_comes_back_from_the_other_process() -> None:
    with pytest.raises(InputError, match=r"pods\.yaml:5: container 'app' has no command"):
        plan_apart(Instance("nowhere"), PlanSource(source("a").files), Allocation())
