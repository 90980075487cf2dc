# SPDX-License-Identifier: Apache-2.0
"""envoy/bootstrap*.yaml: the bootstrap of one node, as reviewed."""

from pathlib import Path

import pytest

from envoy_api import from_yaml
from envoy_api.config.bootstrap.v3 import Bootstrap
from xds_server.bootstrap import NodeBootstrap, Protocol, bootstrap_yaml, translate_bootstrap

ENVOY = Path(__file__).parents[3] / "envoy"
HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# The bootstrap of pod default/deathstar-0, by xds_server/bootstrap.py.
"""
GOLDENS = {"bootstrap.yaml": Protocol.DELTA, "bootstrap-sotw.yaml": Protocol.STATE_OF_THE_WORLD}


@pytest.mark.parametrize("name", GOLDENS)
def test_bootstrap(name: str, regenerate: bool) -> None:
    node = NodeBootstrap(
        node_id="default/deathstar-0",
        xds_socket="/run/riftgate/xds.sock",
        admin_socket="/run/riftgate/pods/default.deathstar-0/envoy.sock",
        metadata={"namespace": "default"},
        protocol=GOLDENS[name],
    )
    if regenerate:
        (ENVOY / name).write_text(HEADER + bootstrap_yaml(node))
    golden = (ENVOY / name).read_text()
    assert golden == HEADER + bootstrap_yaml(node)
    assert from_yaml(golden, Bootstrap) == translate_bootstrap(node)


def test_no_golden_is_left_over() -> None:
    assert {path.name for path in ENVOY.glob("bootstrap*")} == set(GOLDENS)
