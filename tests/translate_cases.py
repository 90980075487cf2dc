# SPDX-License-Identifier: Apache-2.0
"""The inputs of the golden pairs of the translation, as the golden test and Envoy's own validation read
them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from l7filters.faults import (
    ALL_REQUESTS,
    Abort,
    Delay,
    Effect,
    Fault,
    FaultTarget,
    HttpMatch,
    Inject,
    ResponseRate,
    RewriteStatus,
    Which,
    parse_outside,
)
from l7filters.http_match import HeaderMatch
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.policy import Policy
from l7filters.source import SourceLocation
from l7filters.translate import Resources, translate_workload
from l7filters.world import EscapedSlashes, Workload, World

HERE = Path(__file__).parent / "golden" / "translate"
INPUTS = sorted((HERE / "in").glob("*.yaml"))
OUTPUTS = HERE / "out"


@dataclass(frozen=True, slots=True)
class Case:
    """One input: a world, the workload whose sidecar is meant, policies and faults."""

    world: World
    workload: Workload
    policies: tuple[Policy, ...]
    faults: tuple[Fault, ...]

    def translate(self) -> Resources:
        return translate_workload(self.world, self.workload, self.policies, self.faults)


def read_case(path: Path) -> Case:
    plain = yaml.safe_load(path.read_text())
    world = read_world(plain.get("world") or yaml.safe_load((HERE / "world.yaml").read_text()))
    parsed = parse_documents(plain.get("policies", ""), path.name)
    workload = world.workload(plain["workload"])
    assert workload is not None, f"{path}: no workload {plain['workload']}"
    faults = (*parsed.faults, *(_fault(each, path.name) for each in plain.get("faults", ())))
    return Case(world, workload, parsed.policies, faults)


def read_world(plain: Mapping[str, Any]) -> World:
    """A world as JSON has it, without the fields that have their defaults."""
    workloads = [{**_WORKLOAD_DEFAULTS, **each} for each in plain["workloads"]]
    services = [{**_SERVICE_DEFAULTS, **each} for each in plain["services"]]
    return World.from_dict({**plain, "workloads": workloads, "services": services})


_WORKLOAD_DEFAULTS: Mapping[str, Any] = {
    "labels": {},
    "addresses": [],
    "exec_addresses": [],
    "ports": [],
    "service_account": "default",
    "escaped_slashes": EscapedSlashes.REJECT_REQUEST,
}
_SERVICE_DEFAULTS: Mapping[str, Any] = {"addresses": [], "ports": [], "selector": {}, "labels": {}}


def _fault(plain: Mapping[str, Any], file: str) -> Fault:
    target, match = plain["target"], plain.get("match", {})
    return Fault(
        scenario=plain["scenario"],
        name=plain["name"],
        location=SourceLocation(file, 1),
        target=FaultTarget(
            target["namespace"],
            Selector.of(target.get("labels", {})),
            target.get("port"),
            outside=parse_outside(target["outside"]) if "outside" in target else None,
        ),
        effects=tuple(_effect(each) for each in plain["effects"]),
        parts_per_million=plain.get("parts_per_million", ALL_REQUESTS),
        source=Selector.of(plain["source"]) if "source" in plain else None,
        which=Which(**plain["which"]) if "which" in plain else None,
        inject=Inject(plain.get("inject", "server")),
        match=HttpMatch(
            match.get("method"),
            match.get("path"),
            tuple(HeaderMatch(name, value) for name, value in match.get("headers", ())),
        ),
    )


_EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect)


def _effect(plain: Mapping[str, Any]) -> Effect:
    match dict(plain):
        case {"delay": milliseconds}:
            return Delay(milliseconds)
        case {"abort": abort}:
            return Abort(**abort)
        case {"response_rate": rate}:
            return ResponseRate(rate)
        case {"rewrite_status": status}:
            return RewriteStatus(status)
        case {"kind": _}:
            return _EFFECT.validate_python(plain)
    raise AssertionError(f"no effect: {plain}")
