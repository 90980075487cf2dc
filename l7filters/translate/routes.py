# SPDX-License-Identifier: Apache-2.0
"""Routes: one virtual host per route configuration, for every Host; who may call what is RBAC's business."""

from collections.abc import Sequence
from datetime import timedelta

from envoy_api.config.route.v3 import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost


def plain_route(name: str, cluster: str) -> Route:
    """Everything to the cluster, without a deadline: the app's own counts."""
    return Route(
        name=name,
        match=RouteMatch(prefix="/"),
        route=RouteAction(cluster=cluster, timeout=timedelta(0)),
    )


def route_configuration(name: str, routes: Sequence[Route]) -> RouteConfiguration:
    return RouteConfiguration(name=name, virtual_hosts=[VirtualHost(name="all", domains=["*"], routes=routes)])
