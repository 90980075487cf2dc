# SPDX-License-Identifier: Apache-2.0
"""The parsing edge: pydantic models hold plain values against a schema, and their errors become Problems with
lines.

A schema class lists every field its kind knows; a field nobody knows is an error. Validators report through
`invalid`, so that all errors of a document come back at once.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_network
from types import UnionType
from typing import Annotated, Any, Literal, Self, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from l7filters.annotations import annotation_findings
from l7filters.labels import Operator, Requirement
from l7filters.peers import Network
from l7filters.source import Problem, SourceLocation
from l7filters.yaml_source import Located, Path

SchemaT = TypeVar("SchemaT", bound="Schema")

_FINDINGS = "findings"
_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?"
_LABEL_KEY = re.compile(rf"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?{_NAME}")
_LABEL_VALUE = re.compile(rf"({_NAME})?")
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_CIDR = re.compile(r"[0-9A-Fa-f.:]+/[0-9]{1,3}")
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


class Schema(BaseModel):
    """Values as they are written: no conversion between types, no unknown fields; null is an absent field."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


class Findings:
    """What a validator finds wrong with a value, gathered so that all of it is reported at once."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str, Path]] = []

    def add(self, what: str, todo: str, *at: str | int) -> None:
        """Notes a finding; `at` is the part of the validated value that is wrong, if not all of it."""
        self._found.append((what, todo, at))

    def settle(self) -> None:
        """Raises what was found, if anything was."""
        if self._found:
            # The texts travel in the context: a message template would read braces of the input as its own.
            raise PydanticCustomError(_FINDINGS, "invalid", {"found": tuple(self._found)})


def invalid(what: str, todo: str) -> PydanticCustomError:
    """The error for a validator of a single value to raise."""
    return PydanticCustomError(_FINDINGS, "invalid", {"found": ((what, todo, ()),)})


def finding(error: PydanticCustomError) -> tuple[str, str]:
    """What :func:`invalid` was told: what is wrong, and what to do."""
    assert error.context is not None
    what, todo, _ = error.context["found"][0]
    return what, todo


def validate(schema: type[SchemaT], source: Located) -> tuple[SchemaT | None, tuple[Problem, ...]]:
    """The value as the schema says, or all its problems."""
    try:
        return schema.model_validate(source.plain), ()
    except ValidationError as error:
        return None, tuple(
            problem for details in error.errors(include_url=False) for problem in _problems(schema, source, details)
        )


def did_you_mean(word: str, known: list[str], otherwise: str) -> str:
    """Advice that names the nearest known word, if one is near."""
    near = get_close_matches(word, known, n=1) or get_close_matches(word.lower(), [k.lower() for k in known], n=1)
    if not near:
        return otherwise
    original = next(k for k in known if near[0] in (k, k.lower()))
    return f"did you mean '{original}'?"


def _problems(schema: type[Schema], source: Located, details: ErrorDetails) -> Iterator[Problem]:
    path = tuple(step for step in details["loc"] if step != "[key]")
    if details["type"] == _FINDINGS:
        for what, todo, at in details["ctx"]["found"]:
            yield Problem(source.location(*path, *at), what, todo)
    else:
        yield _schema_problem(schema, source.location(*path), path, details)


def _schema_problem(schema: type[Schema], location: SourceLocation, path: Path, details: ErrorDetails) -> Problem:
    field = path[-1] if path else "document"
    where = f" in {_dotted(path[:-1])}" if len(path) > 1 else ""
    named = f"item {field}" if isinstance(field, int) else f"'{field}'"
    if details["type"] == "extra_forbidden":
        known = sorted(fields_at(schema, path[:-1]))
        todo = did_you_mean(str(field), known, f"known fields are {', '.join(known)}")
        return Problem(location, f"unknown field '{field}'{where}", todo)
    if details["type"] == "missing":
        return Problem(location, f"the field '{field}' is missing{where}", "add it")
    if details["type"] == "literal_error":
        words = [word.strip(" '") for word in str(details["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        written = _written(details["input"])
        todo = did_you_mean(written, words, f"write one of {', '.join(words)}")
        return Problem(location, f"{named} is {written}{where}", todo)
    due = {
        "string_type": "a string",
        "bool_type": "true or false",
        "int_type": "a number",
        "list_type": "a list",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "model_attributes_type": "a mapping",
    }.get(details["type"], details["msg"])
    value = details["input"]
    what = f"{named}{where} must be {due}, not {_written(value)}"
    if details["type"] == "string_type" and isinstance(value, bool | int | float):
        return Problem(location, what, "put quotes around it")
    return Problem(location, what, f"write {due}")


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"'{value}'"


def fields_at(schema: type[Schema], path: tuple[str | int, ...]) -> set[str]:
    """The names that the schema knows at a path."""
    kinds: list[Any] = [schema]
    for step in path:
        kinds = [inner for kind in kinds for inner in _inner(kind, step)]
    return {str(f.alias) for kind in kinds if _is_schema(kind) for f in kind.model_fields.values()}


def _inner(kind: Any, step: str | int) -> list[Any]:
    if _is_schema(kind):
        found = [f.annotation for f in kind.model_fields.values() if f.alias == step]
    else:
        found = list(get_args(kind))[-1:] if get_origin(kind) in (list, dict) else []
    flat: list[Any] = []
    for each in found:
        flat.extend(get_args(each) if get_origin(each) in (Union, UnionType) else [each])
    return flat


def _is_schema(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Schema)


def _check_name(name: str) -> str:
    if len(name) > 253 or not _DNS_SUBDOMAIN.fullmatch(name):
        raise invalid(f"the name '{name}' is not a DNS name", "use a-z, 0-9, '-' and '.'")
    return name


def _check_namespace(name: str) -> str:
    if not _DNS_LABEL.fullmatch(name):
        raise invalid(f"the namespace '{name}' is not a DNS label", "use at most 63 of a-z, 0-9 and '-'")
    return name


def _check_label_key(key: str) -> str:
    name = key.partition(":")[2] if ":" in key else key
    if not _LABEL_KEY.fullmatch(name):
        raise invalid(f"'{key}' is not a label key", "write [prefix/]name")
    return key


def _check_label_value(value: str) -> str:
    if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
        raise invalid(f"'{value}' is not a label value", "use at most 63 of a-z, A-Z, 0-9, '-', '_' and '.'")
    return value


def _check_cidr(text: str) -> str:
    parse_cidr(text)
    return text


def parse_cidr(text: str) -> Network:
    """A CIDR with its prefix length; bits behind the prefix are cleared, as Kubernetes does. Raises
    `invalid`."""
    if "/" not in text:
        raise invalid(f"'{text}' has no prefix length", "write ADDRESS/LENGTH, for one address /32 or /128")
    if not _CIDR.fullmatch(text):
        raise invalid(f"'{text}' is not a CIDR", "write ADDRESS/LENGTH, such as 10.0.0.0/8")
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise invalid(f"'{text}' is not a CIDR", "write ADDRESS/LENGTH, such as 10.0.0.0/8") from None


Name = Annotated[str, AfterValidator(_check_name)]
Namespace = Annotated[str, AfterValidator(_check_namespace)]
LabelKey = Annotated[str, AfterValidator(_check_label_key)]
"""With or without one of Cilium's source prefixes."""
LabelValue = Annotated[str, AfterValidator(_check_label_value)]
Cidr = Annotated[str, AfterValidator(_check_cidr)]


class MetadataSchema(Schema):
    """An object's metadata. What the API server writes into it is accepted and says nothing to us."""

    name: Name
    namespace: Namespace | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    uid: Any = None
    resource_version: Any = None
    generation: Any = None
    creation_timestamp: Any = None
    deletion_timestamp: Any = None
    deletion_grace_period_seconds: Any = None
    managed_fields: Any = None
    owner_references: Any = None
    finalizers: Any = None
    self_link: Any = None


class PolicyMetadataSchema(MetadataSchema):
    """A policy's metadata: its annotations may say how it is to be treated."""

    @model_validator(mode="after")
    def _known_annotations(self) -> Self:
        found = Findings()
        for what, todo, name in annotation_findings(self.annotations or {}):
            found.add(what, todo, "annotations", name)
        found.settle()
        return self


class ExpressionSchema(Schema):
    """One item of matchExpressions."""

    key: LabelKey
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[LabelValue] | None = None

    @model_validator(mode="after")
    def _values_go_with_operator(self) -> Self:
        takes_values = self.operator in ("In", "NotIn")
        if takes_values and not self.values:
            raise invalid(f"operator {self.operator} has no values", "list the values")
        if not takes_values and self.values:
            raise invalid(f"operator {self.operator} takes no values", "remove them")
        return self

    def requirement(self) -> Requirement:
        return Requirement(self.key, Operator(self.operator), tuple(self.values or ()))


class SelectorSchema(Schema):
    """A Kubernetes label selector; empty it selects everything."""

    match_labels: dict[LabelKey, LabelValue] | None = None
    match_expressions: list[ExpressionSchema] | None = None

    def requirements(self) -> tuple[Requirement, ...]:
        """The requirements, their keys as written."""
        labels = self.match_labels or {}
        written = [Requirement(key, Operator.IN, (labels[key],)) for key in sorted(labels)]
        return (*written, *(each.requirement() for each in self.match_expressions or ()))


def check_port_name(name: str) -> None:
    """Raises `invalid` for what cannot be the name of a container port."""
    if not _PORT_NAME.fullmatch(name):
        raise invalid(
            f"port '{name}' is neither a number from 1 to 65535 nor a port name",
            "correct it (a name has at most 15 of a-z, 0-9 and '-', one of them a letter)",
        )
