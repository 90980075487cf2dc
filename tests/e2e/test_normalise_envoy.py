# SPDX-License-Identifier: Apache-2.0
"""Random request targets, sent raw to a real Envoy: the app sees what normalise_request says, or Envoy
refuses."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from l7filters.decide import Connection, Request
from l7filters.normalise import Normalised, normalise_request
from l7filters.parse import parse_policies
from l7filters.translate import translate_workload
from l7filters.world import EscapedSlashes, Workload, WorkloadPort, World
from tests.envoy_harness import running_sidecar

SERVER = Workload("default", "server", {}, ("10.0.0.1",), (WorkloadPort(80, "http"),))
PIECES = (
    *("/", "/", "/", "//", ".", "..", "%2e", "%2E", "%2f", "%5C", "\\", ";", "..;", "x=1", "?", "#"),
    *("a", "b", "%41", "%7e", "%5f", "%2d", "%30", "%61", "%", "%2", "%zz", "%25", "%00", "%20", "%3b", "%3f", "%23"),
    *("{", '"', "<", "+", ":", "@", "~", "%c3%a9", "%5B", "%7b", "é", " ", "\t"),
)
TARGETS = 500
# Without an HTTP rule for the port, what does not look like HTTP would pass as plain TCP.
HTTP_ONLY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: http}
spec:
  endpointSelector: {}
  ingress: [{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{}]}}]}]
"""


def target(dice: random.Random) -> str:
    path = "/" + "".join(dice.choices(PIECES, k=dice.randint(0, 9)))
    # Space at the end of a target is space around it, which no reader of a request line keeps.
    return path.rstrip()


@pytest.mark.parametrize("escaped_slashes", list(EscapedSlashes))
async def test_random_targets(tmp_path: Path, escaped_slashes: EscapedSlashes) -> None:
    server = replace(SERVER, escaped_slashes=escaped_slashes)
    dice = random.Random(str(escaped_slashes))
    connection = Connection("10.0.0.2", server.key, 80)
    requests = [Request(connection, "GET", target(dice), "server") for _ in range(TARGETS)]
    resources = translate_workload(World((server,)), server, parse_policies(HTTP_ONLY, "http.yaml"), ())
    async with running_sidecar(tmp_path, server, resources, (80,)) as sidecar:
        seen = [await sidecar.observe(request) for request in requests]
    differences: list[str] = []
    statuses = set()
    for request, (answer, app_saw) in zip(requests, seen, strict=True):
        expected = normalise_request("GET", request.path, "server", escaped_slashes=escaped_slashes)
        statuses.add(answer.status)
        if isinstance(expected, Normalised):
            same = (answer.status, app_saw) == (200, expected.path)
        else:
            same = (answer.status, app_saw, answer.headers.get("location")) == (
                expected.status,
                None,
                expected.location,
            )
        if not same:
            differences.append(f"{request.path!r}: {expected}, but {answer.status} {app_saw} {answer.headers}")
    assert not differences, "\n".join(differences)
    assert statuses == {200, 400} | ({307} if escaped_slashes is EscapedSlashes.UNESCAPE_AND_REDIRECT else set())
