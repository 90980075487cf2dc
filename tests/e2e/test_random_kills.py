# SPDX-License-Identifier: Apache-2.0
"""Whatever dies at whatever moment: no fault outlives its lease by more than 2 s, no policy is lifted, no request fails
because a process beside its way died, and the journal says what was on until when; nor does it matter that the time of
day jumps. Needs root.

`tests/seeds.py` says how to play more of these, or one again.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.cli import exits, main
from riftgate.local.daemons import is_running
from scenarios.events import Finished, Reverted
from tests.kills_judgement import hits, judge
from tests.kills_questions import questions
from tests.mesh_harness import Mesh, ask, eventually, pod_manifest, running_mesh, service_manifest
from tests.random_kills import LEVELS, play, wait_until_well
from tests.seeds import USUAL, chosen_seeds
from tests.watching import Watch, watching

SEEDS = chosen_seeds()
JUMPING_CLOCK = Path(__file__).parent / "jumping_clock"
PODS = ("vault", "yard", "dam", "sealed", "friend")
MANIFESTS = "".join(
    (
        *(pod_manifest(app, "server", {"app": app, "kind": "server"}, (80,)) for app in ("vault", "yard", "dam")),
        pod_manifest("sealed", "server", {"app": "sealed"}, (80,)),
        pod_manifest("friend", "client", {"role": "friend"}),
        service_manifest("known", {"app": "yard"}, (80,)),
        service_manifest("lost", {"app": "yard"}, (80,)),
    )
)
DOORS = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: doors}
spec:
  endpointSelector: {matchLabels: {kind: server}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: friend}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}]}
    - ports: [{port: "7000", protocol: ANY}]
"""
SEALED = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: sealed}
spec:
  endpointSelector: {matchLabels: {app: sealed}}
  ingress: [{fromEndpoints: [{matchLabels: {role: nobody}}]}]
"""
NAMES = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: names}
spec:
  endpointSelector: {matchLabels: {role: friend}}
  egress:
  - toEntities: [cluster]
    toPorts:
    - ports: [{port: "53", protocol: ANY}]
      rules: {dns: [{matchPattern: "**.cluster.local"}]}
  - toEntities: [cluster]
    toPorts: [{ports: [{port: "80", protocol: TCP}, {port: "7000", protocol: ANY}]}]
"""


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    with contextlib.ExitStack() as stack:
        with jumping_clock():
            mesh = stack.enter_context(running_mesh(folder, MANIFESTS))
        mesh.apply(folder, DOORS, SEALED, NAMES)
        yield mesh


@contextlib.contextmanager
def jumping_clock() -> Iterator[None]:
    """Whoever is started meanwhile, and whoever they start, has a time of day that jumps all the time."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = ":".join((str(JUMPING_CLOCK), *filter(None, (before,))))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="module")
def watch(mesh: Mesh) -> Iterator[Watch]:
    began = time.monotonic()
    with watching(mesh, "friend", questions(mesh)) as watch:
        wait_until_well(watch, began)
        yield watch


@pytest.fixture(scope="module")
def seen_levels() -> set[str]:
    """Of all runs of this module."""
    return set()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_dies(
    mesh: Mesh, watch: Watch, seen_levels: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    def repair() -> None:
        began = time.monotonic()
        if not all(is_running(mesh.instance, part) for part in ("control", "agent")):
            with jumping_clock():
                mesh.up(tmp_path, MANIFESTS)
        wait_until_well(watch, began)
        eventually(lambda: all(each["running"] for pod in PODS for each in mesh.pod(pod)["containers"].values()))

    repair()
    played = play(mesh, watch, seed, tmp_path, repair)
    seen_levels |= hits(played)
    wrong = judge(played)
    assert not wrong, "\n".join((str(played), *wrong))
    assert ask(mesh.instance.control_socket, "/v1/faults") == []
    assert main(["scenario", "report", str(tmp_path / f"seed-{seed}.jsonl")]) in (
        exits.OK,
        exits.FAILED,
        exits.INCONCLUSIVE,
    )
    told = capsys.readouterr().out
    assert all(f"kills/{name}" in told for name in played.names)
    if not any(isinstance(each, Finished) for each in played.events):
        assert "the journal ends before the run did" in told
        assert any(isinstance(each, Reverted) for each in played.events) or "the lease ended the faults by" in told


def test_each_level_was_seen(seen_levels: set[str]) -> None:
    """A fault that nobody ever saw proves nothing about its end."""
    assert len(SEEDS) < USUAL or seen_levels == set(LEVELS)
