# SPDX-License-Identifier: Apache-2.0
"""How a policy is to be treated, which neither Cilium's nor Kubernetes' schema has a field for.

riftgate.io/enforcement    enforce | audit      audit: nothing of it is in force; what it would deny is logged
riftgate.io/authorization  rbac | ext_authz     ext_authz: the control server judges what its HTTP rules speak of
riftgate.io/failure-mode   closed | open        open: what the control server cannot judge passes
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from l7filters.policy import Enforcement, FailureMode

PREFIX = "riftgate.io/"
ENFORCEMENT = PREFIX + "enforcement"
AUTHORIZATION = PREFIX + "authorization"
FAILURE_MODE = PREFIX + "failure-mode"
RBAC = "rbac"
EXT_AUTHZ = "ext_authz"

_VALUES: Mapping[str, tuple[str, ...]] = {
    ENFORCEMENT: tuple(Enforcement),
    AUTHORIZATION: (RBAC, EXT_AUTHZ),
    FAILURE_MODE: tuple(FailureMode),
}


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the annotations of one object say. `delegated` is None when the sidecar judges by itself."""

    enforcement: Enforcement
    delegated: FailureMode | None


def treatment(annotations: Mapping[str, str] | None) -> Treatment:
    """Of annotations without findings."""
    written = annotations or {}
    failure_mode = FailureMode(written.get(FAILURE_MODE, FailureMode.CLOSED))
    return Treatment(
        enforcement=Enforcement(written.get(ENFORCEMENT, Enforcement.ENFORCE)),
        delegated=failure_mode if written.get(AUTHORIZATION) == EXT_AUTHZ else None,
    )


def annotation_findings(annotations: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with them, what to do, and the annotation. Those of others say nothing to us."""
    for name, value in annotations.items():
        if not name.startswith(PREFIX):
            continue
        known = _VALUES.get(name)
        if known is None:
            yield f"unknown annotation '{name}'", _advice(name, tuple(_VALUES)), name
        elif value not in known:
            yield f"annotation {name} is '{value}'", _advice(value, known), name
    if FAILURE_MODE in annotations and annotations.get(AUTHORIZATION) != EXT_AUTHZ:
        what = f"annotation {FAILURE_MODE} has no effect: nothing is asked that could fail"
        yield what, f"remove it, or write {AUTHORIZATION}: {EXT_AUTHZ}", FAILURE_MODE


def _advice(written: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(written, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"write one of {', '.join(known)}"
