# SPDX-License-Identifier: Apache-2.0
"""What the fields of a scenario file say together, told from the raw values.

The schema checks field by field, and pydantic holds one field against another only once each is right by itself.
Here nothing has to be right, so that one reading finds all mistakes. What is not a mapping is the schema's affair.
"""

from collections.abc import Iterator
from typing import Any

from l7filters.source import Problem
from l7filters.yaml_source import Located, Path

EFFECTS = (
    "delay",
    "abort",
    "reset",
    "rate",
    "rewriteStatus",
    "headers",
    "body",
    "rewrite",
    "redirect",
    "mirror",
    "concurrency",
    "dns",
    "packet",
    "process",
    "connection",
)
_FOREIGN = {
    "dns": ("from", "match", "inject"),
    "packet": ("match", "inject"),
    "process": ("from", "match", "which", "inject", "percentage"),
    "connection": ("match",),
}
"""What a fault that is not about requests cannot have, by the field that says so."""
_ABOUT = {"dns": "names", "packet": "packets", "process": "processes", "connection": "connections"}
NAME_EFFECTS = ("answer", "delay", "addresses")
BOUNDS = {
    "http": ("status", "body", "latency"),
    "flows": ("successRate", "p99"),
    "command": ("exitCode", "output"),
}
"""The tolerances of each kind of probe."""


def check_consistency(document: Located) -> Iterator[Problem]:
    spec = mapping(mapping(document.plain).get("spec"))
    yield from _unique(document, spec, "steadyState", "probe")
    for index, probe in enumerate(items(spec, "steadyState")):
        yield from _probe(document, mapping(probe), ("spec", "steadyState", index))
    yield from _unique(document, spec, "faults", "fault")
    for index, fault in enumerate(items(spec, "faults")):
        yield from _fault(document, mapping(fault), ("spec", "faults", index))
    if spec.get("faults") == []:
        todo = "add one: a run without faults proves nothing"
        yield Problem(document.location("spec", "faults"), "the scenario has no faults", todo)
    if mapping(spec.get("load")).get("requests") == 0:
        location = document.location("spec", "load", "requests")
        yield Problem(location, "a load of no requests", "write how many, or remove the load")


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(spec: dict[str, Any], field: str) -> list[Any]:
    value = spec.get(field)
    return value if isinstance(value, list) else []


def _unique(document: Located, spec: dict[str, Any], field: str, noun: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, item in enumerate(items(spec, field)):
        name = mapping(item).get("name")
        if isinstance(name, str) and first.setdefault(name, index) != index:
            line = document.location("spec", field, first[name], "name").line
            location = document.location("spec", field, index, "name")
            yield Problem(location, f"line {line} has a {noun} '{name}' already", "rename one of them")


def _probe(document: Located, probe: dict[str, Any], at: Path) -> Iterator[Problem]:
    given = [kind for kind in BOUNDS if probe.get(kind) is not None]
    if probe and len(given) != 1:
        what = f"a probe asks one thing, this one {' and '.join(given) or 'nothing'}"
        yield Problem(document.location(*at), what, "give it one of http, flows and command")
    bounds = mapping(probe.get("tolerance"))
    for kind in given if len(given) == 1 else ():
        known = ", ".join(BOUNDS[kind])
        others = [bound for each in BOUNDS if each != kind for bound in BOUNDS[each]]
        for bound in (bound for bound in others if bound in bounds):
            what = f"'{bound}' is no bound of a probe over {kind}"
            yield Problem(document.location(*at, "tolerance", bound), what, f"use {known}")
        if kind == "flows" and not bounds.keys() & set(BOUNDS[kind]):
            yield Problem(document.location(*at), "the probe has no bound", f"add a tolerance with {known}")


def _fault(document: Located, fault: dict[str, Any], at: Path) -> Iterator[Problem]:
    given = [effect for effect in EFFECTS if fault.get(effect) is not None]
    if fault and not given:
        yield Problem(document.location(*at), "the fault does nothing", f"add one of {', '.join(EFFECTS)}")
    target = mapping(fault.get("target"))
    if isinstance(fault.get("target"), dict) and target.get("selector") is None and target.get("outside") is None:
        what = "the field 'selector' is missing in target"
        yield Problem(
            document.location(*at, "target"), what, "add it, or outside: NAME for servers outside of the mesh"
        )
    for level in _ABOUT:
        if level in given:
            yield from _foreign_fields(document, fault, given, level, at)
    if "dns" in given:
        yield from _name_fault(document, fault, at)
    if "abort" not in given:
        return
    abort = mapping(fault["abort"])
    if abort and (abort.get("status") is None) == (abort.get("grpcStatus") is None):
        todo = "write either status or grpcStatus"
        yield Problem(document.location(*at, "abort"), "an abort answers with one status", todo)
    if changes := [effect for effect in given if effect not in {"abort", "delay"}]:
        what = "an aborted request has no response of the app to change"
        todo = f"remove abort, or {' and '.join(changes)}"
        yield Problem(document.location(*at, changes[0]), what, todo)


def _foreign_fields(
    document: Located, fault: dict[str, Any], given: list[str], level: str, at: Path
) -> Iterator[Problem]:
    for field in (*given, *_FOREIGN[level]):
        if field != level and fault.get(field) is not None:
            what = f"'{field}' does not go with '{level}', which is about {_ABOUT[level]}"
            yield Problem(document.location(*at, field), what, "write two faults" if field in given else "remove it")


def _name_fault(document: Located, fault: dict[str, Any], at: Path) -> Iterator[Problem]:
    if mapping(fault.get("target")).get("port") is not None:
        location = document.location(*at, "target", "port")
        yield Problem(location, "whoever asks for a name has no port", "remove it from the target")
    effects = [effect for effect in NAME_EFFECTS if mapping(fault["dns"]).get(effect) is not None]
    if mapping(fault["dns"]) and len(effects) != 1:
        what = f"a fault of names does one thing, this one {' and '.join(effects) or 'nothing'}"
        yield Problem(document.location(*at, "dns"), what, f"give it one of {', '.join(NAME_EFFECTS)}")
