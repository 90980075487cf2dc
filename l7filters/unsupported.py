# SPDX-License-Identifier: Apache-2.0
"""What the model knows and nothing enforces yet. A policy that uses it is refused, by name and line.

The parsers, the model and `decide()` handle all of it; to lift a restriction once something enforces it,
delete its line.
"""

from collections.abc import Iterator, Mapping

from l7filters.ports import ICMP_OF_THE_LINK, IcmpType
from l7filters.source import Problem
from l7filters.yaml_source import Located, Path

_ONE_MACHINE = "name the pods in fromEndpoints or toEndpoints, or use cluster, world or all"
_PLAIN_PEERS = "name the peers by endpoints, CIDRs or entities"
_AT_DESTINATION = "write the rule as ingress of the destination"

UNSUPPORTED: Mapping[str, str] = {
    # A field below `spec`, list indexes left out, `*` for any of ingress, ingressDeny, egress, egressDeny;
    # or an entity, or a type of ICMP. Then: what to write instead.
    "egress.toPorts.rules.http": _AT_DESTINATION,
    "egress.toPorts.rules.l7": _AT_DESTINATION,
    "*.toServices": "name the pods behind the service in toEndpoints",
    "*.toPorts.serverNames": "name the peers in toEndpoints or toCIDR",
    "*.toPorts.terminatingTLS": "remove it: TLS is not terminated",
    "*.toPorts.originatingTLS": "remove it: TLS is not originated",
    "*.toPorts.listener": "remove it: there is one sidecar, Riftgate's own",
    "*.toPorts.rules.kafka": "restrict the port alone",
    "*.toPorts.rules.http.headerMatches.mismatch": "remove it: a request without the header is then denied",
    "*.toPorts.rules.http.headerMatches.secret": "write the value",
    "*.authentication": "remove it: peers are told apart by address",
    "*.fromRequires": "write the labels into fromEndpoints",
    "*.toRequires": "write the labels into toEndpoints",
    "*.fromGroups": _PLAIN_PEERS,
    "*.toGroups": _PLAIN_PEERS,
    "*.fromNodes": _PLAIN_PEERS,
    "*.toNodes": _PLAIN_PEERS,
    "*.fromCIDRSet.cidrGroupRef": "write the group's CIDRs",
    "*.toCIDRSet.cidrGroupRef": "write the group's CIDRs",
    "*.fromCIDRSet.cidrGroupSelector": "write the groups' CIDRs",
    "*.toCIDRSet.cidrGroupSelector": "write the groups' CIDRs",
    "nodeSelector": "select pods with endpointSelector",
    "log": "remove it: every verdict is in the flow log",
    "entity host": _ONE_MACHINE,
    "entity init": _ONE_MACHINE,
    "entity ingress": _ONE_MACHINE,
    "entity unmanaged": _ONE_MACHINE,
    "entity remote-node": _ONE_MACHINE,
    "entity health": _ONE_MACHINE,
    "entity kube-apiserver": _ONE_MACHINE,
    "entity cluster-mesh": _ONE_MACHINE,
    **{f"icmp {each}": "remove it: a pod's link has the host alone at its other end" for each in ICMP_OF_THE_LINK},
}


def unsupported_fields(spec: Located, table: Mapping[str, str]) -> Iterator[Problem]:
    """The fields written in `spec` (one of a CiliumNetworkPolicy) that the table refuses."""
    for path, value in spec.walk():
        if not path or value is None:
            continue
        if isinstance(path[-1], int):
            if path[-2] in ("fromEntities", "toEntities"):
                yield from unsupported_entity(str(value), spec.at(*path), table)
            continue
        todo = next((table[name] for name in _names(path) if name in table), None)
        if todo is not None:
            what = f"'{path[-1]}' cannot be enforced yet in {_names(path)[0].rpartition('.')[0] or 'spec'}"
            yield Problem(spec.location(*path), what, todo)


def unsupported_entity(entity: str, written: Located, table: Mapping[str, str]) -> Iterator[Problem]:
    """The problem with an entity written there, if the table refuses it."""
    if todo := table.get(f"entity {entity}"):
        yield Problem(written.location(), f"the entity '{entity}' cannot be enforced yet", todo)


def unsupported_icmp(icmp: IcmpType, written: Located, table: Mapping[str, str]) -> Iterator[Problem]:
    """The problem with a type of ICMP written there, if the table refuses it."""
    if todo := table.get(f"icmp {icmp}"):
        yield Problem(written.location(), f"{icmp}, which is for neighbours and routers, is carried nowhere", todo)


def _names(path: Path) -> tuple[str, str]:
    steps = [step for step in path if isinstance(step, str)]
    return ".".join(steps), ".".join(["*", *steps[1:]])
