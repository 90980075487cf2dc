# SPDX-License-Identifier: Apache-2.0
"""One workload's sidecar, whole: world, policies and faults in, Envoy's resources out.

listeners ─→ routes ─→ clusters ─→ endpoints
"""

from collections.abc import Iterable
from dataclasses import dataclass

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import Listener
from envoy_api.config.route.v3 import RouteConfiguration
from l7filters.faults import Fault, faults_of
from l7filters.policy import Policy
from l7filters.resolve import PolicyIndex
from l7filters.translate.inbound import inbound_clusters, inbound_listener, inbound_routes, known_ports
from l7filters.translate.outbound import (
    outbound_clusters,
    outbound_endpoints,
    outbound_listener,
    outbound_routes,
)
from l7filters.translate.verdicts import WorkloadPolicies
from l7filters.world import Workload, World


@dataclass(frozen=True, slots=True)
class Resources:
    """All that a sidecar is told by xDS (but for the runtime layer); equal input gives equal bytes in equal
    order."""

    listeners: tuple[Listener, ...]
    clusters: tuple[Cluster, ...]
    endpoints: tuple[ClusterLoadAssignment, ...]
    routes: tuple[RouteConfiguration, ...]


def translate_workload(
    world: World, workload: Workload, policies: Iterable[Policy], faults: Iterable[Fault]
) -> Resources:
    """The resources of one workload's sidecar.

    `faults` are those whose routes shall be there, for any workload; whether they are on is the runtime
    layer's business. Raises ValueError, with the names of those concerned, when too many faults may match one
    request or two faults share an id.
    """
    return translate_indexed(PolicyIndex(world, tuple(policies)), workload, faults)


def translate_indexed(index: PolicyIndex, workload: Workload, faults: Iterable[Fault]) -> Resources:
    """Like translate_workload, for many workloads of one world: resolving the policies' peers is shared."""
    world = index.world
    mine = faults_of(world, workload, faults)
    policies = WorkloadPolicies.of(index, workload)
    ports = known_ports(world, workload, policies, mine)
    verdicts = [(port, policies.on_port(port)) for port in ports]
    return Resources(
        listeners=(inbound_listener(workload, verdicts), outbound_listener(world)),
        clusters=(*inbound_clusters(workload, ports), *outbound_clusters(world)),
        endpoints=tuple(outbound_endpoints(world)),
        routes=(
            *(inbound_routes(world, port, port_verdicts, mine) for port, port_verdicts in verdicts),
            *outbound_routes(world),
        ),
    )
