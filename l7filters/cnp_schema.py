# SPDX-License-Identifier: Apache-2.0
"""The schema of CiliumNetworkPolicy (cilium.io/v2): every field of its CRD, and what values may be.

Whether a field can be enforced is another question: `unsupported.py`.
"""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from l7filters.cnp_ports_schema import DenyPortsSchema, FqdnSchema, IcmpSchema, PortsSchema
from l7filters.peers import inside
from l7filters.schema import (
    Cidr,
    Findings,
    LabelValue,
    Name,
    Namespace,
    PolicyMetadataSchema,
    Schema,
    SelectorSchema,
    invalid,
    parse_cidr,
)

Entity = Literal[
    "all",
    "world",
    "cluster",
    "host",
    "init",
    "ingress",
    "unmanaged",
    "remote-node",
    "health",
    "none",
    "kube-apiserver",
    "cluster-mesh",
]


class CidrRuleSchema(Schema):
    """`fromCIDRSet` and `toCIDRSet`."""

    cidr: Cidr | None = None
    excluded: list[Cidr] | None = Field(default=None, alias="except")
    cidr_group_ref: str | None = None
    cidr_group_selector: SelectorSchema | None = None

    @model_validator(mode="after")
    def _inside(self) -> Self:
        found = Findings()
        kinds = [self.cidr, self.cidr_group_ref, self.cidr_group_selector]
        if sum(kind is not None for kind in kinds) != 1:
            found.add("a CIDR rule needs exactly one of 'cidr' and a reference to a group", "write 'cidr'")
        elif self.cidr is not None:
            network = parse_cidr(self.cidr)
            for i, text in enumerate(self.excluded or ()):
                if not inside(parse_cidr(text), network):
                    todo = "name a part of the cidr, or remove it"
                    found.add(f"'{text}' does not lie inside {self.cidr}", todo, "except", i)
        found.settle()
        return self


class K8sServiceSchema(Schema):
    service_name: Name
    namespace: Namespace | None = None


class K8sServiceSelectorSchema(Schema):
    selector: SelectorSchema
    namespace: Namespace | None = None


class ServiceSchema(Schema):
    """`toServices`."""

    k8s_service: K8sServiceSchema | None = Field(default=None, alias="k8sService")
    k8s_service_selector: K8sServiceSelectorSchema | None = Field(default=None, alias="k8sServiceSelector")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.k8s_service is None) == (self.k8s_service_selector is None):
            raise invalid("a service needs exactly one of 'k8sService' and 'k8sServiceSelector'", "write one of them")
        return self


class AuthenticationSchema(Schema):
    mode: Literal["required", "disabled", "test-always-fail"]


class RuleSchema(Schema):
    """What the four kinds of rule have in common."""

    icmps: list[IcmpSchema] | None = None

    @model_validator(mode="after")
    def _combinations(self) -> Self:
        found = Findings()
        kinds = [
            (name, info.alias)
            for name, info in type(self).model_fields.items()
            if str(info.alias).startswith(("from", "to")) and name != "to_ports"
        ]
        written = [str(alias) for name, alias in kinds if getattr(self, name) is not None]
        for alias in written[1:]:
            found.add(
                f"'{written[0]}' and '{alias}' in one rule",
                "write two rules: each has one kind of peer",
                alias,
            )
        if self.icmps is not None and getattr(self, "to_ports", None) is not None:
            found.add("'icmps' and 'toPorts' in one rule", "write two rules", "icmps")
        found.settle()
        return self


class IngressPeersSchema(RuleSchema):
    from_endpoints: list[SelectorSchema] | None = None
    from_cidr: list[Cidr] | None = Field(default=None, alias="fromCIDR")
    from_cidr_set: list[CidrRuleSchema] | None = Field(default=None, alias="fromCIDRSet")
    from_entities: list[Entity] | None = None
    from_requires: Any = None
    from_groups: Any = None
    from_nodes: Any = None


class EgressPeersSchema(RuleSchema):
    to_endpoints: list[SelectorSchema] | None = None
    to_cidr: list[Cidr] | None = Field(default=None, alias="toCIDR")
    to_cidr_set: list[CidrRuleSchema] | None = Field(default=None, alias="toCIDRSet")
    to_entities: list[Entity] | None = None
    to_services: list[ServiceSchema] | None = None
    to_requires: Any = None
    to_groups: Any = None
    to_nodes: Any = None


class IngressSchema(IngressPeersSchema):
    to_ports: list[PortsSchema] | None = None
    authentication: AuthenticationSchema | None = None


class IngressDenySchema(IngressPeersSchema):
    to_ports: list[DenyPortsSchema] | None = None


class EgressSchema(EgressPeersSchema):
    to_fqdns: list[FqdnSchema] | None = Field(default=None, alias="toFQDNs")
    to_ports: list[PortsSchema] | None = None
    authentication: AuthenticationSchema | None = None


class EgressDenySchema(EgressPeersSchema):
    to_ports: list[DenyPortsSchema] | None = None


class DefaultDenySchema(Schema):
    ingress: bool | None = None
    egress: bool | None = None


class CiliumLabelSchema(Schema):
    """`labels` of a rule: names for people and tools, without effect."""

    key: str
    value: LabelValue | None = None
    source: str | None = None


class SpecSchema(Schema):
    endpoint_selector: SelectorSchema | None = None
    node_selector: Any = None
    ingress: list[IngressSchema] | None = None
    ingress_deny: list[IngressDenySchema] | None = None
    egress: list[EgressSchema] | None = None
    egress_deny: list[EgressDenySchema] | None = None
    enable_default_deny: DefaultDenySchema | None = None
    labels: list[CiliumLabelSchema] | None = None
    description: str | None = None
    log: Any = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        found = Findings()
        if self.endpoint_selector is None and self.node_selector is None:
            found.add("the field 'endpointSelector' is missing", "add it; '{}' selects every pod of the namespace")
        sections = {"ingress", "ingress_deny", "egress", "egress_deny", "enable_default_deny"}
        if not sections & self.model_fields_set:
            found.add("the policy says nothing", "add ingress, ingressDeny, egress or egressDeny")
        for i, rule in enumerate(self.ingress or ()):
            for j, ports in enumerate(rule.to_ports or ()):
                if ports.rules is not None and ports.rules.dns is not None:
                    at = ("ingress", i, "toPorts", j, "rules", "dns")
                    found.add("DNS rules apply to egress only", "move them to egress", *at)
        found.settle()
        return self


class CnpSchema(Schema):
    """A whole document."""

    api_version: Literal["cilium.io/v2"]
    kind: Literal["CiliumNetworkPolicy"]
    metadata: PolicyMetadataSchema
    spec: SpecSchema | None = None
    specs: list[SpecSchema] | None = None
    status: Any = None

    @model_validator(mode="after")
    def _has_spec(self) -> Self:
        if self.spec is None and not self.specs:
            raise invalid("the field 'spec' is missing", "add it")
        return self
