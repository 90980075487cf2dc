# SPDX-License-Identifier: Apache-2.0
"""Scenario files: text in, `Scenario` out. All that is wrong in a file comes back in one InputError.

text -> documents -> parts, each validated by itself, so that a mistake in one hides none in another
                  -> consistency of the whole, over the raw values
                  -> only where all is right: the model
"""

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from l7filters.faults import MAX_OVERLAPPING_FAULTS, Fault, too_many_overlapping
from l7filters.schema import Schema, validate
from l7filters.source import InputError, Problem, SourceLocation
from l7filters.yaml_source import Located, load_documents
from scenarios.build import Builder
from scenarios.consistency import check_consistency, items, mapping
from scenarios.fault_schema import FaultSchema
from scenarios.model import BY_HAND, MAX_LEASE_SECONDS, MIN_LEASE_SECONDS, Load, Scenario, ScheduledFault
from scenarios.schema import KIND, LoadSchema, ProbeSchema, ScenarioSchema, SpecSchema

DEFAULT_NAMESPACE = "default"
MAX_NAME_LENGTH = 63

SchemaT = TypeVar("SchemaT", bound=Schema)


def parse_scenarios(text: str, file: str) -> tuple[Scenario, ...]:
    """All scenarios of a YAML stream, in its order. Raises InputError with every problem of the file."""
    documents, found = load_documents(text, file)
    problems = list(found)
    scenarios: list[Scenario] = []
    for document in documents:
        parser = _Parser(document)
        if (scenario := parser.scenario()) is not None:
            if any(scenario.name == earlier.name for earlier in scenarios):
                what = f"there are two scenarios '{scenario.name}'"
                parser.problem(what, "rename one of them", "metadata", "name")
            scenarios.append(scenario)
        problems.extend(parser.problems)
    if not documents and not problems:
        problems.append(Problem(SourceLocation(file, 1), "the file holds no scenario", "write one"))
    if problems:
        raise InputError(problems)
    return tuple(scenarios)


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """`parse_scenarios` of a file. A file that cannot be read is an InputError too."""
    location = SourceLocation(str(path), 1)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise InputError((Problem(location, what, "name a file that can be read"),)) from None
    except UnicodeDecodeError:
        raise InputError((Problem(location, "is not UTF-8", "save it as UTF-8"),)) from None
    return parse_scenarios(text, str(path))


class _Parser:
    """One document and what is wrong with it."""

    def __init__(self, source: Located) -> None:
        self._source = source
        self._spec = mapping(mapping(source.plain).get("spec"))
        self.problems: list[Problem] = []

    def problem(self, what: str, todo: str, *at: str | int) -> None:
        self.problems.append(Problem(self._source.location(*at), what, todo))

    def scenario(self) -> Scenario | None:
        if self._is_another_kind():
            return None
        document = self._part(ScenarioSchema)
        probes = self._parts(ProbeSchema, "steadyState")
        faults = self._parts(FaultSchema, "faults")
        load = None if self._spec.get("load") is None else self._part(LoadSchema, "spec", "load")
        self.problems.extend(check_consistency(self._source))
        self._check_name()
        if document is None:
            return None
        spec = document.spec
        self._check_lease(spec)
        for index, fault in faults.items():
            self._check_times(fault, spec.for_, "spec", "faults", index)
        if self.problems:
            return None
        builder = Builder(document.metadata.name, document.metadata.namespace or DEFAULT_NAMESPACE, spec.for_)
        return self._scenario(builder, spec, probes, faults, None if load is None else builder.load(load))

    def _scenario(
        self,
        builder: Builder,
        spec: SpecSchema,
        probes: dict[int, ProbeSchema],
        faults: dict[int, FaultSchema],
        load: Load | None,
    ) -> Scenario | None:
        locate = self._source.location
        scheduled = tuple(self._faults(builder, faults))
        self._check_overlap([each.fault for each in scheduled if isinstance(each.fault, Fault)])
        if self.problems:
            return None
        return Scenario(
            name=builder.scenario,
            namespace=builder.namespace,
            description=" ".join(spec.description.split()),
            location=locate("metadata", "name"),
            duration_seconds=float(spec.for_),
            lease_seconds=float(spec.lease),
            recovery_seconds=float(spec.recover_within),
            probes=tuple(builder.probe(each, locate("spec", "steadyState", i)) for i, each in probes.items()),
            faults=scheduled,
            load=load,
        )

    def _faults(self, builder: Builder, faults: dict[int, FaultSchema]) -> Iterator[ScheduledFault]:
        for index, fault in faults.items():
            try:
                yield builder.fault(fault, self._source.location("spec", "faults", index))
            except ValueError as error:
                self.problem(str(error), "correct the fault", "spec", "faults", index)

    def _part(self, schema: type[SchemaT], *at: str | int) -> SchemaT | None:
        part, found = validate(schema, self._source.at(*at))
        self.problems.extend(found)
        return part

    def _parts(self, schema: type[SchemaT], field: str) -> dict[int, SchemaT]:
        """The right ones among the items of a list, by their places in it."""
        written: list[Any] = items(self._spec, field)
        parts = {index: self._part(schema, "spec", field, index) for index in range(len(written))}
        return {index: part for index, part in parts.items() if part is not None}

    def _is_another_kind(self) -> bool:
        """A document of another kind has one problem, not one per field; a misspelt one is read as meant."""
        kind = mapping(self._source.plain).get("kind")
        if not isinstance(kind, str) or get_close_matches(kind, [KIND]):
            return False
        self.problem(f"'{kind}' is no {KIND}", "remove it from this file", "kind")
        return True

    def _check_name(self) -> None:
        name = mapping(mapping(self._source.plain).get("metadata")).get("name")
        if isinstance(name, str) and (len(name) > MAX_NAME_LENGTH or "." in name):
            todo = f"use at most {MAX_NAME_LENGTH} of a-z, 0-9 and '-': it becomes a part of route names"
            self.problem(f"the name '{name}' is not a DNS label", todo, "metadata", "name")
        if name == BY_HAND:
            what = f"the name '{name}' is that of faults turned on by hand, whose ids these would share"
            self.problem(what, "rename the scenario", "metadata", "name")

    def _check_lease(self, spec: SpecSchema) -> None:
        if not MIN_LEASE_SECONDS <= spec.lease <= MAX_LEASE_SECONDS:
            bounds = f"{MIN_LEASE_SECONDS:g} and {MAX_LEASE_SECONDS:g} s"
            what = f"a lease of {spec.lease:g} s is not between {bounds}"
            todo = "it bounds how long faults outlive a dead control server, not the run ('for')"
            self.problem(what, todo, "spec", "lease")

    def _check_times(self, fault: FaultSchema, duration: Decimal, *at: str | int) -> None:
        if fault.after >= duration:
            what = f"the fault begins {fault.after:g} s into a run of {duration:g} s"
            self.problem(what, "begin earlier, or lengthen spec.for", *at, "after")
        elif fault.for_ is not None and fault.after + fault.for_ > duration:
            what = f"the fault ends {fault.after + fault.for_:g} s into a run of {duration:g} s"
            self.problem(what, "shorten it, or lengthen spec.for", *at, "for")

    def _check_overlap(self, faults: list[Fault]) -> None:
        if crowd := too_many_overlapping(faults):
            names = ", ".join(fault.name for fault in crowd)
            what = f"{len(crowd)} faults may hit the same request ({names}), {MAX_OVERLAPPING_FAULTS} can"
            todo = "narrow their matches, or put them into several scenarios"
            self.problems.append(Problem(crowd[-1].location, what, todo))
