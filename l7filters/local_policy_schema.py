# SPDX-License-Identifier: Apache-2.0
"""LocalPolicy (riftgate.io/v1) → model."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from l7filters.annotations import PREFIX
from l7filters.labels import Selector, in_namespace
from l7filters.local_policy import Act, LocalPolicy, LocalPorts, LocalRule, LocalTarget, UnixSocket, name_problem
from l7filters.ports import Protocol
from l7filters.schema import Findings, MetadataSchema, Schema, SelectorSchema, invalid, validate
from l7filters.source import InputError, Problem, SourceLocation
from l7filters.yaml_source import Located

API_VERSION = "riftgate.io/v1"


class TargetSchema(Schema):
    port: int | None = None
    end_port: int | None = None
    protocol: Literal["TCP", "UDP"] | None = None
    socket: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        found = Findings()
        if (self.port is None) == (self.socket is None):
            raise invalid("a rule names a port or a socket", "write one of 'port' and 'socket'")
        if self.socket is not None:
            for field, value in (("endPort", self.end_port), ("protocol", self.protocol)):
                if value is not None:
                    found.add(f"'{field}' beside 'socket'", "remove it", field)
            if problem := name_problem(self.socket):
                found.add(problem, "write the name under which it is bound, as /run/app.sock or @app", "socket")
        if self.port is not None and not 1 <= self.port <= 65535:
            found.add(f"port {self.port} is not between 1 and 65535", "correct it", "port")
        elif self.port is not None and self.end_port is not None and not self.port <= self.end_port <= 65535:
            what = f"endPort {self.end_port} is not between port {self.port} and 65535"
            found.add(what, "correct the range", "endPort")
        found.settle()
        return self

    def target(self) -> LocalTarget:
        if self.socket is not None:
            return UnixSocket(self.socket)
        assert self.port is not None
        return LocalPorts(self.port, self.end_port or self.port, Protocol(self.protocol or "TCP"))


class LocalSpecSchema(Schema):
    pod_selector: SelectorSchema | None = None
    container: str | None = Field(default=None, min_length=1)
    listen: list[TargetSchema] | None = None
    connect: list[TargetSchema] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.listen is None and self.connect is None:
            raise invalid("neither 'listen' nor 'connect'", "write what the container may do; '[]' is nothing at all")
        return self


class LocalMetadataSchema(MetadataSchema):
    @model_validator(mode="after")
    def _no_annotations(self) -> Self:
        found = Findings()
        for name in self.annotations or {}:
            if name.startswith(PREFIX):
                found.add(f"annotation {name} has no effect on a LocalPolicy", "remove it", "annotations", name)
        found.settle()
        return self


class LocalPolicySchema(Schema):
    """A whole document."""

    api_version: Literal["riftgate.io/v1"]
    kind: Literal["LocalPolicy"]
    metadata: LocalMetadataSchema
    spec: LocalSpecSchema
    status: Any = None


def parse_local_policy(document: Located) -> LocalPolicy:
    """Raises InputError with all problems of the document."""
    schema, problems = validate(LocalPolicySchema, document)
    if schema is None:
        raise InputError(problems)
    namespace, name, spec = schema.metadata.namespace or "default", schema.metadata.name, schema.spec
    written = {Act.LISTEN: spec.listen, Act.CONNECT: spec.connect}
    rules: list[LocalRule] = []
    clashes: list[Problem] = []
    for act, entries in written.items():
        seen: dict[LocalTarget, SourceLocation] = {}
        for number, entry in enumerate(entries or ()):
            target, location = entry.target(), document.location("spec", act, number)
            if target in seen:
                what = f"{act} names {target} already at {seen[target]}"
                clashes.append(Problem(location, what, "remove one of them"))
            seen[target] = location
            rules.append(LocalRule(f"{namespace}/{name}#{len(rules)}", location, act, target))
    if clashes:
        raise InputError(clashes)
    selected = (spec.pod_selector or SelectorSchema()).requirements()
    return LocalPolicy(
        namespace=namespace,
        name=name,
        document=document.location(),
        location=document.location("spec"),
        subject=Selector(selected).and_also(in_namespace(namespace)),
        container=spec.container,
        restricts=frozenset(act for act, entries in written.items() if entries is not None),
        rules=tuple(rules),
    )
