# SPDX-License-Identifier: Apache-2.0
"""The chaos dialect: faults written as L7 rules of a CiliumNetworkPolicy (`l7proto: chaos`).

Its schema is its own; as all L7 rules of Cilium's time, a rule maps strings to strings:

| field | value |
|---|---|
| probability | a decimal above 0 and up to 1, of at most six decimals; missing: "1" |
| delay-request | a Go duration of at least 1ms, such as 1s or 1m30s |
| rewrite-status | a status and, if one likes, words behind it: "504 Application Error" |
| method, path | the requests meant: a method, and a fully anchored RE2 over the path; missing: all |

Each rule is a fault of its own, independent of the others. The words behind a status are accepted and not
sent: Envoy writes the standard reason phrase, and HTTP/2 has none.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from l7filters.faults import (
    ALL_REQUESTS,
    MAX_DELAY_MILLISECONDS,
    MAX_OVERLAPPING_FAULTS,
    Delay,
    Effect,
    Fault,
    FaultTarget,
    HttpMatch,
    RewriteStatus,
    too_many_overlapping,
)
from l7filters.http_match import regex_error
from l7filters.labels import Selector
from l7filters.peers import Entity, EntityPeer, WorkloadPeer
from l7filters.policy import Rule
from l7filters.ports import PortRange
from l7filters.schema import Schema, invalid, validate
from l7filters.source import InputError, Problem
from l7filters.yaml_source import Located

_PROBABILITY = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.")
_DURATION = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_STATUS = re.compile(r"([1-9][0-9]{2})( .*)?")
_METHOD = re.compile(r"[A-Z][A-Z-]*")
_MILLISECONDS = {
    "ns": Decimal("1e-6"),
    "us": Decimal("1e-3"),
    "µs": Decimal("1e-3"),
    "μs": Decimal("1e-3"),
    "ms": Decimal(1),
    "s": Decimal(1000),
    "m": Decimal(60_000),
    "h": Decimal(3_600_000),
}


def dialect_scenario(namespace: str, policy: str) -> str:
    """The scenario that a policy's faults belong to; no scenario file can have a name with a dot."""
    return f"{namespace}.{policy}"


def parse_chaos_rules(namespace: str, policy: str, target: Selector, rule: Rule, entries: Located) -> tuple[Fault, ...]:
    """The faults of the `l7` list of one toPorts entry.

    `target` is the policy's subject, `rule` the allow rule that the entry yields; its peers and ports are the
    faults'. A fault's scenario is `<namespace>.<policy>`, its name `rule<i>.<j>.<port>` for item j of the
    policy's rule i. Raises InputError with all problems.
    """
    problems: list[Problem] = []
    sources = _sources(rule, problems)
    ports = _ports(rule, problems)
    index = rule.id.rpartition("#")[2]
    if not entries.plain:
        problems.append(Problem(entries.location(), "the list of chaos rules is empty", "write a rule or remove it"))
    faults: list[Fault] = []
    for number in range(len(entries.plain or ())):
        entry = entries.at(number)
        schema, found = validate(ChaosSchema, entry)
        problems.extend(found)
        if schema is not None:
            faults.extend(
                Fault(
                    scenario=dialect_scenario(namespace, policy),
                    name=f"rule{index}.{number}.{port}",
                    location=entry.location(),
                    target=FaultTarget(namespace, target, port),
                    effects=schema.effects(),
                    parts_per_million=schema.parts_per_million(),
                    source=source,
                    match=HttpMatch(schema.method, schema.path),
                )
                for port in ports
                for source in sources
            )
    if not problems and too_many_overlapping(faults):
        what = f"more than {MAX_OVERLAPPING_FAULTS} chaos rules may hit one request"
        problems.append(Problem(entries.location(), what, "give them methods or paths that exclude each other"))
    if problems:
        raise InputError(problems)
    return tuple(faults)


def _check_probability(text: str) -> str:
    value = Decimal(text) if _PROBABILITY.fullmatch(text) else Decimal(0)
    if not 0 < value <= 1:
        raise invalid(f"'{text}' is not a probability", "write a decimal above 0 and up to 1, such as '0.5'")
    if value * ALL_REQUESTS % 1:
        raise invalid(f"'{text}' is finer than a millionth", "write at most six decimals")
    return text


def _check_duration(text: str) -> str:
    milliseconds = _milliseconds(text)
    if milliseconds is None:
        raise invalid(f"'{text}' is not a duration", "write a number with a unit, such as 1s, 250ms or 1m30s")
    if milliseconds % 1 or not 1 <= milliseconds <= MAX_DELAY_MILLISECONDS:
        raise invalid(f"a delay of '{text}' cannot be injected", "write whole milliseconds, from 1ms to 1h")
    return text


def _milliseconds(text: str) -> Decimal | None:
    """A Go duration (time.ParseDuration) without a sign; None when it is none."""
    if not text or "".join(match[0] for match in _DURATION.finditer(text)) != text:
        return None
    return sum((Decimal(match[1]) * _MILLISECONDS[match[3]] for match in _DURATION.finditer(text)), Decimal(0))


def _check_status(text: str) -> str:
    status = _STATUS.fullmatch(text)
    if not status or not 200 <= int(status[1]) <= 599:
        raise invalid(f"'{text}' is not a status", "write 200 to 599, and words behind it if you like")
    return text


def _check_method(text: str) -> str:
    if not _METHOD.fullmatch(text):
        raise invalid(f"'{text}' is not an HTTP method", "write one in capitals, such as POST")
    return text


def _check_path(text: str) -> str:
    if error := regex_error(text):
        raise invalid(f"path '{text}': {error}", "write a regular expression that RE2 accepts")
    return text


class ChaosSchema(Schema):
    """One rule."""

    probability: Annotated[str, AfterValidator(_check_probability)] = "1"
    delay_request: Annotated[str, AfterValidator(_check_duration)] | None = Field(None, alias="delay-request")
    rewrite_status: Annotated[str, AfterValidator(_check_status)] | None = Field(None, alias="rewrite-status")
    method: Annotated[str, AfterValidator(_check_method)] | None = None
    path: Annotated[str, AfterValidator(_check_path)] | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.delay_request is None and self.rewrite_status is None:
            raise invalid("the chaos rule does nothing", "add delay-request or rewrite-status")
        return self

    def parts_per_million(self) -> int:
        return int(Decimal(self.probability) * ALL_REQUESTS)

    def effects(self) -> tuple[Effect, ...]:
        return tuple(self._effects())

    def _effects(self) -> Iterator[Effect]:
        if self.delay_request is not None:
            yield Delay(int(_milliseconds(self.delay_request) or 0))
        if self.rewrite_status is not None:
            yield RewriteStatus(int(self.rewrite_status[:3]))


def _sources(rule: Rule, problems: list[Problem]) -> tuple[Selector | None, ...]:
    """The selector of the callers that the rule allows; None is everyone. One at most, or problems are
    noted."""
    if rule.peers is None:
        return (None,)
    selectors: list[Selector | None] = []
    for peer in rule.peers:
        match peer:
            case WorkloadPeer(selector):
                selectors.append(selector)
            case EntityPeer(Entity.ALL):
                return (None,)
            case EntityPeer(Entity.CLUSTER):
                selectors.append(Selector())
            case EntityPeer(Entity.NONE):
                pass
            case _:
                what = f"a chaos rule cannot tell callers by {peer}"
                problems.append(Problem(rule.location, what, "use fromEndpoints, or leave the peers out"))
    if len(selectors) > 1:
        what = "a chaos rule for several selectors of callers"
        problems.append(Problem(rule.location, what, "write an ingress entry for each, or one selector for all"))
    return tuple(selectors)


def _ports(rule: Rule, problems: list[Problem]) -> tuple[int, ...]:
    ports: list[int] = []
    for port in rule.ports or ():
        if isinstance(port, PortRange):
            ports.extend(range(port.first, port.last + 1))
        else:
            problems.append(Problem(rule.location, f"a chaos rule on the port named {port}", "write its number"))
    return tuple(dict.fromkeys(ports))
