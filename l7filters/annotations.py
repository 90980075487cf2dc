# SPDX-License-Identifier: Apache-2.0
"""How a policy is to be treated, which neither Cilium's nor Kubernetes' schema has a field for.

riftgate.io/enforcement    enforce | audit      audit: nothing of it is in force; what it would deny is logged
riftgate.io/authorization  rbac | ext_authz     ext_authz: the control server judges what its HTTP rules speak of
riftgate.io/failure-mode   closed | open        open: what the server asked gives no verdict on passes
riftgate.io/authorization-server   grpc://HOST:PORT   the users' own server, asked in place of the control server
riftgate.io/authorization-timeout  1s                 how long it may take
riftgate.io/process        any | main | exec    exec: it speaks of the connections of exec sessions alone
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from l7filters.authorization import DEFAULT_TIMEOUT_MILLISECONDS, AuthorizationServer, parse_server, parse_timeout
from l7filters.policy import Enforcement, FailureMode, Process

PREFIX = "riftgate.io/"
ENFORCEMENT = PREFIX + "enforcement"
AUTHORIZATION = PREFIX + "authorization"
FAILURE_MODE = PREFIX + "failure-mode"
AUTHORIZATION_SERVER = PREFIX + "authorization-server"
AUTHORIZATION_TIMEOUT = PREFIX + "authorization-timeout"
PROCESS = PREFIX + "process"
RBAC = "rbac"
EXT_AUTHZ = "ext_authz"

_VALUES: Mapping[str, tuple[str, ...]] = {
    ENFORCEMENT: tuple(Enforcement),
    AUTHORIZATION: (RBAC, EXT_AUTHZ),
    FAILURE_MODE: tuple(FailureMode),
    PROCESS: tuple(Process),
}
_KNOWN = (*_VALUES, AUTHORIZATION_SERVER, AUTHORIZATION_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the annotations of one object say. `delegated` is None when the sidecar judges by itself; `server` is whom
    it asks then, None: the control server."""

    enforcement: Enforcement
    delegated: FailureMode | None
    process: Process
    server: AuthorizationServer | None = None


def treatment(annotations: Mapping[str, str] | None, namespace: str) -> Treatment:
    """Of annotations without findings, on an object of that namespace."""
    written = annotations or {}
    failure_mode = FailureMode(written.get(FAILURE_MODE, FailureMode.CLOSED))
    server = written.get(AUTHORIZATION_SERVER)
    timeout = written.get(AUTHORIZATION_TIMEOUT)
    milliseconds = DEFAULT_TIMEOUT_MILLISECONDS if timeout is None else parse_timeout(timeout)
    return Treatment(
        enforcement=Enforcement(written.get(ENFORCEMENT, Enforcement.ENFORCE)),
        delegated=failure_mode if written.get(AUTHORIZATION) == EXT_AUTHZ else None,
        server=None if server is None else parse_server(server, namespace, milliseconds),
        process=Process(written.get(PROCESS, Process.ANY)),
    )


def annotation_findings(annotations: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with them, what to do, and the annotation. Those of others say nothing to us."""
    for name, value in annotations.items():
        if not name.startswith(PREFIX):
            continue
        known = _VALUES.get(name)
        if name not in _KNOWN:
            yield f"unknown annotation '{name}'", _advice(name, _KNOWN), name
        elif known is None:
            yield from _unreadable(name, value)
        elif value not in known:
            yield f"annotation {name} is '{value}'", _advice(value, known), name
    if AUTHORIZATION_SERVER in annotations and annotations.get(AUTHORIZATION) != EXT_AUTHZ:
        what = f"annotation {AUTHORIZATION_SERVER} has no effect: nobody is asked"
        yield what, f"remove it, or write {AUTHORIZATION}: {EXT_AUTHZ}", AUTHORIZATION_SERVER
    if AUTHORIZATION_TIMEOUT in annotations and AUTHORIZATION_SERVER not in annotations:
        what = f"annotation {AUTHORIZATION_TIMEOUT} has no effect: it is about a server that is named"
        yield what, f"remove it, or add {AUTHORIZATION_SERVER}", AUTHORIZATION_TIMEOUT
    if FAILURE_MODE in annotations and annotations.get(AUTHORIZATION) != EXT_AUTHZ:
        what = f"annotation {FAILURE_MODE} has no effect: nothing is asked that could fail"
        yield what, f"remove it, or write {AUTHORIZATION}: {EXT_AUTHZ}", FAILURE_MODE


def _unreadable(name: str, value: str) -> Iterator[tuple[str, str, str]]:
    try:
        if name == AUTHORIZATION_TIMEOUT:
            parse_timeout(value)
        else:
            parse_server(value, "default", DEFAULT_TIMEOUT_MILLISECONDS)
    except ValueError as error:
        yield f"annotation {name} is '{value}'", str(error), name


def _advice(written: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(written, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"write one of {', '.join(known)}"
