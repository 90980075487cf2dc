# SPDX-License-Identifier: Apache-2.0
"""Authorization servers that policies name: gRPC servers of `envoy.service.auth.v3` in pods of the mesh.

grpc://NAME:PORT                     a service of the policy's own namespace
grpc://NAME.NAMESPACE[.svc...]:PORT  a service of another one
grpc://ADDRESS:PORT                  a pod, or a service by its address; IPv6 in brackets
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from l7filters.world import ServicePort, Workload, World

DEFAULT_TIMEOUT_MILLISECONDS = 1_000
"""For a verdict. It bounds what a server that hangs costs each request."""
MAX_TIMEOUT_MILLISECONDS = 60_000

_SCHEME = "grpc://"
_HOST_AND_PORT = re.compile(r"(?:\[(?P<ipv6>[^]]+)]|(?P<host>[^:/\[\]]+)):(?P<port>[0-9]{1,5})")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DURATION = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(ms|s)")
_SERVICE_DOMAINS = ((), ("svc",), ("svc", "cluster", "local"))


@dataclass(frozen=True, slots=True, order=True)
class AuthorizationServer:
    """`host` is a service's key (`namespace/name`) or a canonical address; two with different timeouts are two."""

    host: str
    port: int
    timeout_milliseconds: int = DEFAULT_TIMEOUT_MILLISECONDS

    def backends(self, world: World) -> tuple[tuple[Workload, int], ...]:
        """The workloads that answer for it, each with the port it listens on; none where there is nobody of that
        name: then there is no verdict."""
        if "/" not in self.host:
            workload = world.workload_by_address(self.host)
            if workload is not None:
                return ((workload, self.port),)
        found: dict[tuple[str, int], tuple[Workload, int]] = {}
        for service in world.services:
            if self.host == service.key or self.host in service.addresses:
                for port in filter(self._serves, service.ports):
                    found.update(((each.key, number), (each, number)) for each, number in world.backends(service, port))
        return tuple(found.values())

    def _serves(self, port: ServicePort) -> bool:
        return port.port == self.port and port.protocol == "TCP"

    @property
    def authority(self) -> str:
        """HOST:PORT, as a URL has it."""
        if "/" in self.host:
            namespace, name = self.host.split("/")
            return f"{name}.{namespace}:{self.port}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return _SCHEME + self.authority


def parse_server(written: str, namespace: str, timeout_milliseconds: int) -> AuthorizationServer:
    """What an annotation names; `namespace` is the policy's. Raises ValueError that says what to write instead."""
    match = _HOST_AND_PORT.fullmatch(written.removeprefix(_SCHEME)) if written.startswith(_SCHEME) else None
    if match is None or not 0 < int(match["port"]) < 1 << 16:
        raise ValueError("write grpc://SERVICE.NAMESPACE:PORT or grpc://ADDRESS:PORT")
    host = match["ipv6"] or match["host"]
    try:
        return AuthorizationServer(str(ip_address(host)), int(match["port"]), timeout_milliseconds)
    except ValueError:
        name, *rest = host.split(".")
        owner, *domain = rest or [namespace]
        if match["ipv6"] or not _NAME.fullmatch(name) or not _NAME.fullmatch(owner):
            raise ValueError(f"'{host}' is neither an address nor the name of a service") from None
        if tuple(domain) not in _SERVICE_DOMAINS:
            raise ValueError("only services of the mesh can be named: grpc://SERVICE.NAMESPACE:PORT") from None
        return AuthorizationServer(f"{owner}/{name}", int(match["port"]), timeout_milliseconds)


def parse_timeout(written: str) -> int:
    """Milliseconds of `250ms` or `1.5s`. Raises ValueError that says what to write instead."""
    match = _DURATION.fullmatch(written)
    milliseconds = round(float(match[1]) * (1 if match[2] == "ms" else 1_000)) if match else 0
    if not 0 < milliseconds <= MAX_TIMEOUT_MILLISECONDS:
        raise ValueError(f"write a time such as 250ms or 2s, from 1ms to {MAX_TIMEOUT_MILLISECONDS // 1_000}s")
    return milliseconds
