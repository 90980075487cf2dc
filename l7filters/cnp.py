# SPDX-License-Identifier: Apache-2.0
"""CiliumNetworkPolicy → model. What each field means is said in the policy semantics, points 1 to 14."""

from collections.abc import Iterator, Mapping, Sequence

from l7filters.annotations import AUTHORIZATION, AUTHORIZATION_SERVER, treatment
from l7filters.chaos_dialect import parse_chaos_rules
from l7filters.cnp_ports_schema import (
    DenyPortsSchema,
    FqdnSchema,
    HttpSchema,
    IcmpSchema,
    PortSchema,
    PortsSchema,
    TlsSchema,
)
from l7filters.cnp_schema import (
    CidrRuleSchema,
    CnpSchema,
    EgressDenySchema,
    EgressSchema,
    IngressDenySchema,
    IngressSchema,
    ServiceSchema,
    SpecSchema,
)
from l7filters.faults import Fault
from l7filters.http_match import HeaderMatch, Mismatch, Pattern
from l7filters.labels import NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX, Operator, Requirement, Selector, in_namespace
from l7filters.peers import (
    CidrPeer,
    Entity,
    EntityPeer,
    FqdnPattern,
    FqdnPeer,
    NamedServicePeer,
    Peer,
    SelectedServicePeer,
    WorkloadPeer,
)
from l7filters.policy import (
    Allow,
    AuthenticationMode,
    Deny,
    Direction,
    DnsRules,
    HttpRule,
    HttpRules,
    Policy,
    PolicyKind,
    Rule,
    TlsContext,
)
from l7filters.ports import PORT_PROTOCOLS, IcmpType, NamedPort, Port, PortRange, Protocol
from l7filters.schema import PolicyMetadataSchema, SelectorSchema, parse_cidr, validate
from l7filters.source import InputError, Problem
from l7filters.unsupported import UNSUPPORTED, unsupported_entity, unsupported_fields, unsupported_icmp
from l7filters.yaml_source import Located

RuleEntry = IngressSchema | IngressDenySchema | EgressSchema | EgressDenySchema


def parse_cilium_network_policy(
    document: Located, unsupported: Mapping[str, str] = UNSUPPORTED
) -> tuple[tuple[Policy, ...], tuple[Fault, ...]]:
    """One policy for each spec, and the faults of its chaos rules.

    `unsupported` is the table of what to refuse. Raises InputError with all problems of the document.
    """
    schema, schema_problems = validate(CnpSchema, document)
    problems = list(schema_problems)
    for spec in _specs(document):
        problems.extend(unsupported_fields(spec, unsupported))
    if schema is None:
        raise InputError(problems)
    parser = _Parser(document, schema.metadata, unsupported)
    pairs = zip(_specs(document), [*([schema.spec] if schema.spec else []), *(schema.specs or ())], strict=True)
    policies = tuple(parser.policy(spec, located) for located, spec in pairs)
    problems.extend(parser.problems)
    if parser.treatment.delegated is not None and not any(rule.delegated for each in policies for rule in each.rules):
        where = document.location("metadata", "annotations", AUTHORIZATION)
        problems.append(Problem(where, f"annotation {AUTHORIZATION} needs HTTP rules", "add some, or remove it"))
    if problems:
        raise InputError(problems)
    return policies, tuple(parser.faults)


def _specs(document: Located) -> list[Located]:
    plain = document.plain if isinstance(document.plain, dict) else {}
    found = [document.at("spec")] if isinstance(plain.get("spec"), dict) else []
    several = plain.get("specs")
    return found + [document.at("specs", i) for i in range(len(several))] if isinstance(several, list) else found


class _Parser:
    """Converts the specs of one document; counts rules through all of them, and gathers problems and
    faults."""

    def __init__(self, document: Located, metadata: PolicyMetadataSchema, unsupported: Mapping[str, str]) -> None:
        self.document = document.location()
        self.namespace = metadata.namespace or "default"
        self.name = metadata.name
        self.treatment = treatment(metadata.annotations, self.namespace)
        self.unsupported = unsupported
        self.problems: list[Problem] = []
        self.faults: list[Fault] = []
        self._count = 0

    def policy(self, spec: SpecSchema, located: Located) -> Policy:
        subject = self._subject(spec, located)
        rules: list[Rule] = []
        # Lists of `egress` null and `[]` have no effect, so the loops alone say which directions are spoken
        # of.
        sections: tuple[tuple[Direction, str, Sequence[RuleEntry] | None], ...] = (
            (Direction.INGRESS, "ingress", spec.ingress),
            (Direction.INGRESS, "ingressDeny", spec.ingress_deny),
            (Direction.EGRESS, "egress", spec.egress),
            (Direction.EGRESS, "egressDeny", spec.egress_deny),
        )
        for direction, section, entries in sections:
            for i, entry in enumerate(entries or ()):
                rules.extend(self._rules(direction, entry, located.at(section, i), subject))
        explicit = spec.enable_default_deny
        written = {
            Direction.INGRESS: explicit.ingress if explicit else None,
            Direction.EGRESS: explicit.egress if explicit else None,
        }
        spoken_of = {rule.direction for rule in rules}
        return Policy(
            kind=PolicyKind.CILIUM_NETWORK_POLICY,
            namespace=self.namespace,
            name=self.name,
            document=self.document,
            location=located.location(),
            subject=subject,
            default_deny=frozenset(
                direction
                for direction, choice in written.items()
                if (direction in spoken_of if choice is None else choice)
            ),
            rules=tuple(rules),
            description=spec.description or "",
            enforcement=self.treatment.enforcement,
            process=self.treatment.process,
        )

    def _subject(self, spec: SpecSchema, located: Located) -> Selector:
        written = spec.endpoint_selector or SelectorSchema()
        where = located.at("endpointSelector") if spec.endpoint_selector else located
        requirements = self._requirements(written, where)
        for requirement in requirements:
            if requirement.key.startswith("reserved:"):
                self._problem(where, "endpointSelector names a reserved label", "select pods by their labels")
            if requirement.key == NAMESPACE_LABEL and not requirement.matches({NAMESPACE_LABEL: self.namespace}):
                what = f"endpointSelector names another namespace than the policy's, {self.namespace}"
                self._problem(where, what, "put the policy into the namespace of the pods")
        return Selector(requirements).and_also(in_namespace(self.namespace))

    def _requirements(self, schema: SelectorSchema, located: Located) -> tuple[Requirement, ...]:
        """The requirements with keys as effective labels have them: without `k8s:` and `any:`."""
        found: list[Requirement] = []
        for requirement in schema.requirements():
            source, colon, name = requirement.key.partition(":")
            key = requirement.key
            if colon and source in ("k8s", "any"):
                key = name
            elif colon and source != "reserved":
                self._problem(located, f"the label source '{source}' is not known", "write k8s:, any: or reserved:")
            found.append(Requirement(key, requirement.operator, requirement.values))
        return tuple(found)

    def _problem(self, where: Located, what: str, todo: str) -> None:
        self.problems.append(Problem(where.location(), what, todo))

    def _rules(self, direction: Direction, entry: RuleEntry, located: Located, subject: Selector) -> Iterator[Rule]:
        peers = self._peers(entry, located)
        groups: Sequence[DenyPortsSchema] = entry.to_ports or ()
        if peers is None and not groups and not entry.icmps:
            # `ingress: [{}]` speaks of the direction, so all of it is denied by default, and allows nothing.
            peers = ()
        if not groups:
            ports = tuple(self._icmp_types(entry.icmps, located)) or None
            yield self._rule(direction, located, peers, ports, self._effect(entry, None, located))
        for i, group in enumerate(groups):
            where = located.at("toPorts", i)
            rule = self._rule(direction, where, peers, _ports(group.ports), self._effect(entry, group, where))
            if isinstance(group, PortsSchema) and group.rules is not None and group.rules.l7 is not None:
                self._chaos(subject, rule, where.at("rules", "l7"))
            yield rule

    def _rule(
        self,
        direction: Direction,
        located: Located,
        peers: tuple[Peer, ...] | None,
        ports: tuple[Port, ...] | None,
        effect: Allow | Deny,
    ) -> Rule:
        rule_id = f"{self.namespace}/{self.name}#{self._count}"
        self._count += 1
        asks = isinstance(effect, Allow) and effect.l7 is not None
        treated = self.treatment
        ingress = direction is Direction.INGRESS
        if treated.server is not None and not asks and isinstance(effect, Allow) and ingress and peers != ():
            what = f"rule {rule_id} lets pass without asking what annotation {AUTHORIZATION_SERVER} names"
            self._problem(located, what, "add HTTP rules, `http: [{}]` for all, or move it to a policy of its own")
        return Rule(
            rule_id,
            located.location(),
            direction,
            peers,
            ports,
            effect,
            delegated=treated.delegated if asks else None,
            server=treated.server if asks and ingress else None,
        )

    def _icmp_types(self, schemas: Sequence[IcmpSchema] | None, located: Located) -> Iterator[IcmpType]:
        for i, schema in enumerate(schemas or ()):
            for j, each in enumerate(schema.fields):
                icmp = IcmpType(Protocol.ICMPV6 if each.family == "IPv6" else Protocol.ICMP, each.number or 0)
                where = located.at("icmps", i, "fields", j)
                self.problems.extend(unsupported_icmp(icmp, where, self.unsupported))
                yield icmp

    def _effect(self, entry: RuleEntry, group: DenyPortsSchema | None, located: Located) -> Allow | Deny:
        if not isinstance(entry, IngressSchema | EgressSchema):
            return Deny()
        mode = AuthenticationMode(entry.authentication.mode) if entry.authentication else None
        if not isinstance(group, PortsSchema):
            return Allow(authentication=mode)
        names = group.server_names
        return Allow(
            l7=self._l7(group, located),
            authentication=mode,
            server_names=None if names is None else tuple(_fqdn(name, "*" in name) for name in names),
            terminating_tls=self._tls(group.terminating_tls),
            originating_tls=self._tls(group.originating_tls),
        )

    def _chaos(self, subject: Selector, rule: Rule, entries: Located) -> None:
        try:
            self.faults.extend(parse_chaos_rules(self.namespace, self.name, subject, rule, entries))
        except InputError as error:
            self.problems.extend(error.problems)

    def _l7(self, group: PortsSchema, located: Located) -> HttpRules | DnsRules | None:
        rules = group.rules
        if rules is None:
            return None
        if rules.http is not None:
            where = located.at("rules", "http")
            return HttpRules(tuple(_http(rule, where.at(i)) for i, rule in enumerate(rules.http)))
        if rules.dns is not None:
            return DnsRules(tuple(_fqdn_pattern(name) for name in rules.dns))
        if rules.l7 is not None:
            # A chaos rule allows its traffic as any L7 rule does, and all requests of it.
            return HttpRules((HttpRule(located.at("rules", "l7").location()),))
        return None

    def _tls(self, schema: TlsSchema | None) -> TlsContext | None:
        if schema is None:
            return None
        return TlsContext(
            secret_namespace=schema.secret.namespace or self.namespace,
            secret_name=schema.secret.name,
            trusted_ca=schema.trusted_ca or "",
            certificate=schema.certificate or "",
            private_key=schema.private_key or "",
        )

    def _peers(self, entry: RuleEntry, located: Located) -> tuple[Peer, ...] | None:
        """The rule's peers; None where none are written, () where an empty list is (points 7 and 8)."""
        if isinstance(entry, IngressSchema | IngressDenySchema):
            side = "from"
            endpoints, entities = entry.from_endpoints, entry.from_entities
            cidrs, cidr_set = entry.from_cidr, entry.from_cidr_set
        else:
            side = "to"
            endpoints, entities = entry.to_endpoints, entry.to_entities
            cidrs, cidr_set = entry.to_cidr, entry.to_cidr_set
            if entry.to_services is not None:
                return tuple(self._service(service) for service in entry.to_services)
            if isinstance(entry, EgressSchema) and entry.to_fqdns is not None:
                return tuple(FqdnPeer(_fqdn_pattern(name)) for name in entry.to_fqdns)
        if endpoints is not None:
            where = located.at(f"{side}Endpoints")
            return tuple(self._endpoints(selector, where.at(i)) for i, selector in enumerate(endpoints))
        if entities is not None:
            return tuple(EntityPeer(Entity(name)) for name in entities)
        if cidrs is not None:
            return tuple(CidrPeer(parse_cidr(cidr), (), covers_workloads=False) for cidr in cidrs)
        if cidr_set is not None:
            return tuple(_cidr(rule) for rule in cidr_set if rule.cidr is not None)
        return None

    def _endpoints(self, schema: SelectorSchema, located: Located) -> Peer:
        requirements = self._requirements(schema, located)
        reserved = [each for each in requirements if each.key.startswith("reserved:")]
        if reserved:
            return self._reserved(reserved, len(requirements), located)
        selector = Selector(requirements)
        elsewhere = any(
            each.key == NAMESPACE_LABEL or each.key.startswith(NAMESPACE_LABELS_PREFIX) for each in requirements
        )
        return WorkloadPeer(selector if elsewhere else selector.and_also(in_namespace(self.namespace)))

    def _reserved(self, reserved: list[Requirement], total: int, located: Located) -> Peer:
        """`reserved:NAME` alone is the entity of that name; in company it would select nothing."""
        name = reserved[0].key.removeprefix("reserved:")
        plain = reserved[0].operator is Operator.EXISTS or reserved[0].values == ("",)
        if total > 1 or not plain or name not in set(Entity):
            self._problem(located, f"'{reserved[0]}' does not name an entity", "use fromEntities or toEntities")
            return EntityPeer(Entity.NONE)
        self.problems.extend(unsupported_entity(name, located, self.unsupported))
        return EntityPeer(Entity(name))

    def _service(self, schema: ServiceSchema) -> Peer:
        if schema.k8s_service is not None:
            named = schema.k8s_service
            return NamedServicePeer(named.namespace or self.namespace, named.service_name)
        selected = schema.k8s_service_selector
        assert selected is not None
        requirements = selected.selector.requirements()
        return SelectedServicePeer(selected.namespace or self.namespace, Selector(requirements))


def _cidr(schema: CidrRuleSchema) -> CidrPeer:
    excluded = tuple(parse_cidr(text) for text in schema.excluded or ())
    return CidrPeer(parse_cidr(schema.cidr or ""), excluded, covers_workloads=False)


def _ports(schemas: Sequence[PortSchema]) -> tuple[Port, ...]:
    return tuple(_port(schema) for schema in schemas)


def _port(schema: PortSchema) -> Port:
    """A missing protocol is ANY (point 6)."""
    protocols = PORT_PROTOCOLS if schema.protocol in (None, "ANY") else (Protocol(schema.protocol),)
    if schema.number is None:
        return NamedPort(schema.port.lower(), protocols)
    if schema.number == 0:
        return PortRange(0, 65535, protocols)
    return PortRange(schema.number, schema.last or schema.number, protocols)


def _http(schema: HttpSchema, located: Located) -> HttpRule:
    headers = [_header(text) for text in schema.headers or ()]
    for match in schema.header_matches or ():
        mismatch = Mismatch(match.mismatch) if match.mismatch else None
        headers.append(HeaderMatch(match.name.lower(), match.value or None, mismatch))
    return HttpRule(
        location=located.location(),
        method=Pattern(schema.method) if schema.method else None,
        path=Pattern(schema.path) if schema.path else None,
        host=Pattern(schema.host) if schema.host else None,
        headers=tuple(headers),
    )


def _header(text: str) -> HeaderMatch:
    """Split at the first space; a colon ends the name only where a value follows (point 4)."""
    name, space, value = text.partition(" ")
    return HeaderMatch(name.rstrip(":").lower(), value) if space else HeaderMatch(name.lower())


def _fqdn_pattern(schema: FqdnSchema) -> FqdnPattern:
    if schema.match_name is not None:
        return _fqdn(schema.match_name, False)
    return _fqdn(schema.match_pattern or "", True)


def _fqdn(text: str, wildcards: bool) -> FqdnPattern:
    return FqdnPattern(text.lower().removesuffix("."), wildcards)
