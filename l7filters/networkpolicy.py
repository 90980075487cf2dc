# SPDX-License-Identifier: Apache-2.0
"""NetworkPolicy (networking.k8s.io/v1) → model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from l7filters.annotations import AUTHORIZATION, treatment
from l7filters.labels import NAMESPACE_LABELS_PREFIX, Requirement, Selector, in_namespace
from l7filters.peers import CidrPeer, Peer, WorkloadPeer, inside
from l7filters.policy import Allow, Direction, Policy, PolicyKind, Rule
from l7filters.ports import NamedPort, Port, PortRange, Protocol
from l7filters.schema import (
    Cidr,
    Findings,
    PolicyMetadataSchema,
    Schema,
    SelectorSchema,
    check_port_name,
    invalid,
    parse_cidr,
    validate,
)
from l7filters.source import InputError, Problem
from l7filters.yaml_source import Located


class IpBlockSchema(Schema):
    cidr: Cidr
    excluded: list[Cidr] | None = Field(default=None, alias="except")

    @model_validator(mode="after")
    def _strictly_inside(self) -> Self:
        found = Findings()
        network = parse_cidr(self.cidr)
        for i, text in enumerate(self.excluded or ()):
            each = parse_cidr(text)
            if not inside(each, network) or each == network:
                what = f"'{text}' does not lie strictly inside {self.cidr}"
                found.add(what, "name a part of the cidr, or remove it", "except", i)
        found.settle()
        return self


class PeerSchema(Schema):
    pod_selector: SelectorSchema | None = None
    namespace_selector: SelectorSchema | None = None
    ip_block: IpBlockSchema | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        selects = self.pod_selector is not None or self.namespace_selector is not None
        if not selects and self.ip_block is None:
            raise invalid("the peer is empty", "write podSelector, namespaceSelector or ipBlock; '[]' means everyone")
        if selects and self.ip_block is not None:
            raise invalid("'ipBlock' beside a selector in one peer", "write two peers")
        return self


class PortSchema(Schema):
    port: Any = None
    end_port: int | None = None
    protocol: Literal["TCP", "UDP", "SCTP"] | None = None

    @model_validator(mode="after")
    def _range(self) -> Self:
        port = self.port
        found = Findings()
        if isinstance(port, bool) or not isinstance(port, int | str | None):
            found.add("'port' must be a number or a name", "write a number from 1 to 65535 or a port name", "port")
        elif isinstance(port, int) and not 1 <= port <= 65535:
            found.add(f"port {port} is not between 1 and 65535", "correct it", "port")
        elif isinstance(port, str) and port.isdigit():
            found.add(f"port '{port}' in quotes is a name without a letter", f"write port: {port}", "port")
        elif isinstance(port, str):
            check_port_name(port)
        if self.end_port is not None:
            if not isinstance(port, int):
                found.add("'endPort' without a port number", "write 'port' as a number, or remove it", "endPort")
            elif not port <= self.end_port <= 65535:
                what = f"endPort {self.end_port} is not between port {port} and 65535"
                found.add(what, "correct the range", "endPort")
        found.settle()
        return self


class IngressSchema(Schema):
    peers: list[PeerSchema] | None = Field(default=None, alias="from")
    ports: list[PortSchema] | None = None


class EgressSchema(Schema):
    peers: list[PeerSchema] | None = Field(default=None, alias="to")
    ports: list[PortSchema] | None = None


class SpecSchema(Schema):
    pod_selector: SelectorSchema | None = None
    policy_types: list[Literal["Ingress", "Egress"]] | None = None
    ingress: list[IngressSchema] | None = None
    egress: list[EgressSchema] | None = None

    def directions(self) -> frozenset[Direction]:
        """What the policy isolates: as `policyTypes` says; without it ingress, and egress if it has such
        rules."""
        if self.policy_types:
            return frozenset(Direction(name.lower()) for name in self.policy_types)
        return frozenset([Direction.INGRESS, *([Direction.EGRESS] if self.egress else [])])


class NetworkPolicySchema(Schema):
    """A whole document."""

    api_version: Literal["networking.k8s.io/v1"]
    kind: Literal["NetworkPolicy"]
    metadata: PolicyMetadataSchema
    spec: SpecSchema
    status: Any = None


def parse_network_policy(document: Located) -> tuple[Policy, tuple[Problem, ...]]:
    """The policy, and warnings. Raises InputError with all problems of the document."""
    schema, problems = validate(NetworkPolicySchema, document)
    if schema is None:
        raise InputError(problems)
    namespace = schema.metadata.namespace or "default"
    treated = treatment(schema.metadata.annotations, namespace)
    if treated.delegated is not None:
        where = document.location("metadata", "annotations", AUTHORIZATION)
        raise InputError([Problem(where, f"annotation {AUTHORIZATION} needs HTTP rules", "remove it")])
    spec = schema.spec
    name = schema.metadata.name
    rules: list[Rule] = []
    warnings: list[Problem] = []
    sections: Mapping[Direction, Sequence[IngressSchema | EgressSchema]] = {
        Direction.INGRESS: spec.ingress or (),
        Direction.EGRESS: spec.egress or (),
    }
    directions = spec.directions()
    for direction, entries in sections.items():
        if entries and direction not in directions:
            what = f"the {direction} rules have no effect: policyTypes does not list {direction.capitalize()}"
            warnings.append(Problem(document.location("spec", direction), what, "list it, or remove the rules"))
            continue
        for i, entry in enumerate(entries):
            rules.append(
                Rule(
                    id=f"{namespace}/{name}#{len(rules)}",
                    location=document.location("spec", direction, i),
                    direction=direction,
                    peers=tuple(_peer(peer, namespace) for peer in entry.peers) if entry.peers else None,
                    ports=tuple(_port(port) for port in entry.ports) if entry.ports else None,
                    effect=Allow(),
                )
            )
    selected = (spec.pod_selector or SelectorSchema()).requirements()
    policy = Policy(
        kind=PolicyKind.NETWORK_POLICY,
        namespace=namespace,
        name=name,
        document=document.location(),
        location=document.location("spec"),
        subject=Selector(selected).and_also(in_namespace(namespace)),
        default_deny=directions,
        rules=tuple(rules),
        enforcement=treated.enforcement,
        process=treated.process,
    )
    return policy, tuple(warnings)


def _peer(schema: PeerSchema, namespace: str) -> Peer:
    if schema.ip_block is not None:
        excluded = tuple(parse_cidr(text) for text in schema.ip_block.excluded or ())
        return CidrPeer(parse_cidr(schema.ip_block.cidr), excluded, covers_workloads=True)
    pods = schema.pod_selector.requirements() if schema.pod_selector else ()
    if schema.namespace_selector is None:
        return WorkloadPeer(Selector(pods).and_also(in_namespace(namespace)))
    return WorkloadPeer(Selector((*pods, *_of_namespace(schema.namespace_selector))))


def _of_namespace(schema: SelectorSchema) -> Iterator[Requirement]:
    """Requirements on a namespace's labels, as requirements on the labels its workloads derive from them."""
    for each in schema.requirements():
        yield Requirement(NAMESPACE_LABELS_PREFIX + each.key, each.operator, each.values)


def _port(schema: PortSchema) -> Port:
    """A missing protocol is TCP, a missing port every port of the protocol."""
    protocols = (Protocol(schema.protocol or "TCP"),)
    if schema.port is None:
        return PortRange(0, 65535, protocols)
    if isinstance(schema.port, str):
        return NamedPort(schema.port, protocols)
    return PortRange(schema.port, schema.end_port or schema.port, protocols)
