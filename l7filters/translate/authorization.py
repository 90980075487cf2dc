# SPDX-License-Identifier: Apache-2.0
"""Asking the authorization server that a policy names.

RBAC `ext_authz-server/RULE` ─→ ext_authz filter ─→ whom the route says ─→ cluster `authorization/...` ─→ endpoints
"""

from collections.abc import Iterator
from datetime import timedelta

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import GrpcService
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.extensions.filters.http.ext_authz.v3 import CheckSettings, ExtAuthzPerRoute
from l7filters.authorization import AuthorizationServer
from l7filters.translate.access_log import EXT_AUTHZ_SERVER_AUDIT_FILTER
from l7filters.translate.clusters import authorization_cluster
from l7filters.translate.endpoints import load_assignment
from l7filters.translate.filter_order import EXT_AUTHZ_SERVER_FILTER, EXT_AUTHZ_SERVER_OPEN_FILTER
from l7filters.translate.verdicts import PortVerdicts
from l7filters.world import World


def authorization_name(server: AuthorizationServer) -> str:
    """Of the cluster and its endpoints."""
    return f"authorization/{server.host}/{server.port}/{server.timeout_milliseconds}ms"


def authorization_resources(world: World, server: AuthorizationServer) -> tuple[Cluster, ClusterLoadAssignment]:
    name = authorization_name(server)
    return authorization_cluster(name, _timeout(server)), load_assignment(name, server.backends(world))


def asked_servers(verdicts: PortVerdicts) -> Iterator[tuple[str, AuthorizationServer]]:
    """Filters of one port, and whom each asks."""
    if verdicts.server is not None:
        yield EXT_AUTHZ_SERVER_FILTER, verdicts.server
        yield EXT_AUTHZ_SERVER_OPEN_FILTER, verdicts.server
    if verdicts.audit is not None and verdicts.audit.server is not None:
        yield EXT_AUTHZ_SERVER_AUDIT_FILTER, verdicts.audit.server


def ask(server: AuthorizationServer) -> ExtAuthzPerRoute:
    """Whom a route's requests are judged by."""
    # By default the cluster's name would be the :authority, and a slash in there is no HTTP/2.
    envoy_grpc = GrpcService.EnvoyGrpc(cluster_name=authorization_name(server), authority=server.authority)
    service = GrpcService(envoy_grpc=envoy_grpc, timeout=_timeout(server))
    return ExtAuthzPerRoute(check_settings=CheckSettings(grpc_service=service))


def _timeout(server: AuthorizationServer) -> timedelta:
    return timedelta(milliseconds=server.timeout_milliseconds)
