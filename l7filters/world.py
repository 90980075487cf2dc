# SPDX-License-Identifier: Apache-2.0
"""The world that selectors are resolved in: workloads, services and namespaces, as values.

World ── workloads ── Workload(namespace, name, labels, addresses, ports)
      ── services ─── Service(namespace, name, virtual addresses, ports, selector)
      ── namespaces ─ labels of each namespace
      ── resolver ─── who answers the workloads' DNS queries, and is a peer like any workload
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from l7filters.labels import (
    CLUSTER_LABEL,
    CLUSTER_NAME,
    METADATA_NAME_LABEL,
    NAMESPACE_LABEL,
    NAMESPACE_LABELS_PREFIX,
    SERVICE_ACCOUNT_LABEL,
    FrozenMap,
    Selector,
)


class EscapedSlashes(StrEnum):
    """What a workload's sidecar does with a path that holds %2F or %5C.

    The names are those of Envoy's HttpConnectionManager.PathWithEscapedSlashesAction. Leaving them alone is
    not an option: an allowlist that sees `/a%2Fb` while the app sees `/a/b` is no allowlist.
    """

    REJECT_REQUEST = "REJECT_REQUEST"
    UNESCAPE_AND_REDIRECT = "UNESCAPE_AND_REDIRECT"


@dataclass(frozen=True, slots=True)
class WorkloadPort:
    """A port a container declares. `protocol` is TCP, UDP or SCTP."""

    number: int
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod. `addresses` are canonical IPv4 and IPv6 texts, the preferred one of each family first."""

    namespace: str
    name: str
    labels: Mapping[str, str] = FrozenMap()
    addresses: tuple[str, ...] = ()
    ports: tuple[WorkloadPort, ...] = ()
    service_account: str = "default"
    escaped_slashes: EscapedSlashes = EscapedSlashes.REJECT_REQUEST
    exec_addresses: tuple[str, ...] = ()
    """What its exec sessions speak from, one for each of `addresses`; none: they are not told apart."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", FrozenMap(self.labels))
        for name in ("addresses", "exec_addresses"):
            object.__setattr__(self, name, tuple(str(ip_address(address)) for address in getattr(self, name)))
        if self.exec_addresses and len(self.exec_addresses) != len(self.addresses):
            raise ValueError(f"{self.key} has {len(self.addresses)} addresses, and others for its exec sessions")

    @property
    def calling_addresses(self) -> tuple[str, ...]:
        """All that it may call from."""
        return (*self.addresses, *self.exec_addresses)

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    def port_numbers(self, name: str, protocol: str | None) -> tuple[int, ...]:
        """The numbers that a port name stands for here; `protocol` None means any."""
        return tuple(port.number for port in self.ports if port.name == name and protocol in (None, port.protocol))


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A port of a service; `target_port` is a number or the name of a container port."""

    port: int
    target_port: int | str
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service with virtual addresses; without a selector it has no backends."""

    namespace: str
    name: str
    addresses: tuple[str, ...] = ()
    ports: tuple[ServicePort, ...] = ()
    selector: Mapping[str, str] = FrozenMap()
    labels: Mapping[str, str] = FrozenMap()

    def __post_init__(self) -> None:
        object.__setattr__(self, "selector", FrozenMap(self.selector))
        object.__setattr__(self, "labels", FrozenMap(self.labels))
        object.__setattr__(self, "addresses", tuple(str(ip_address(address)) for address in self.addresses))

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class World:
    """Everything that selectors can select. Keys and addresses are unique, else ValueError.

    `namespaces` maps a namespace to its labels; a namespace that is not listed has only the one the API
    server adds.
    """

    workloads: tuple[Workload, ...] = ()
    services: tuple[Service, ...] = ()
    namespaces: Mapping[str, Mapping[str, str]] = FrozenMap()
    resolver: Workload | None = None
    _by_key: Mapping[str, Workload] = field(init=False, repr=False, compare=False)
    _by_address: Mapping[str, Workload] = field(init=False, repr=False, compare=False)
    _by_label: Mapping[tuple[str, str, str], tuple[Workload, ...]] = field(init=False, repr=False, compare=False)
    _by_exec_address: Mapping[str, Workload] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        namespaces = {name: FrozenMap(labels) for name, labels in self.namespaces.items()}
        object.__setattr__(self, "namespaces", FrozenMap(namespaces))
        by_key: dict[str, Workload] = {}
        by_address: dict[str, Workload] = {}
        by_label: dict[tuple[str, str, str], list[Workload]] = {}
        by_exec_address: dict[str, Workload] = {}
        for workload in self.peers:
            if workload.key in by_key:
                raise ValueError(f"two workloads are called {workload.key}")
            by_key[workload.key] = workload
            for address in workload.calling_addresses:
                holder = by_address.get(address) or by_exec_address.get(address)
                if holder is not None:
                    raise ValueError(f"{holder.key} and {workload.key} both have the address {address}")
                own = address in workload.addresses
                (by_address if own else by_exec_address)[address] = workload
        for workload in self.workloads:
            for key, value in workload.labels.items():
                by_label.setdefault((workload.namespace, key, value), []).append(workload)
        object.__setattr__(self, "_by_key", FrozenMap(by_key))
        object.__setattr__(self, "_by_address", FrozenMap(by_address))
        having = {label: tuple(workloads) for label, workloads in by_label.items()}
        object.__setattr__(self, "_by_label", FrozenMap(having))
        object.__setattr__(self, "_by_exec_address", FrozenMap(by_exec_address))

    @property
    def peers(self) -> tuple[Workload, ...]:
        """Whoever is told apart by labels: the workloads, and the resolver, which has no sidecar."""
        return self.workloads if self.resolver is None else (*self.workloads, self.resolver)

    def workload(self, key: str) -> Workload | None:
        """The workload called `namespace/name`."""
        return self._by_key.get(key)

    def workload_by_address(self, address: str) -> Workload | None:
        """The workload with this canonical address."""
        return self._by_address.get(address)

    def workload_by_exec_address(self, address: str) -> Workload | None:
        """The workload whose exec sessions speak from this canonical address."""
        return self._by_exec_address.get(address)

    def service(self, key: str) -> Service | None:
        """The service called `namespace/name`."""
        return next((service for service in self.services if service.key == key), None)

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """A namespace's labels, with the one that the API server always adds."""
        return {**self.namespaces.get(namespace, {}), METADATA_NAME_LABEL: namespace}

    def effective_labels(self, workload: Workload) -> Mapping[str, str]:
        """A workload's own labels and the derived ones that selectors may ask for; the derived ones win."""
        of_namespace = self.namespace_labels(workload.namespace)
        return {
            **workload.labels,
            **{NAMESPACE_LABELS_PREFIX + key: value for key, value in of_namespace.items()},
            NAMESPACE_LABEL: workload.namespace,
            SERVICE_ACCOUNT_LABEL: workload.service_account,
            CLUSTER_LABEL: CLUSTER_NAME,
        }

    def select(self, selector: Selector) -> tuple[Workload, ...]:
        """The workloads whose effective labels `selector` matches, in the world's order."""
        return tuple(workload for workload in self.workloads if selector.matches(self.effective_labels(workload)))

    def backends(self, service: Service, port: ServicePort) -> tuple[tuple[Workload, int], ...]:
        """The workloads behind a port of a service, each with the port it serves there.

        Like the endpoints controller: a service without a selector has none, and neither has a workload
        without an address or without a container port of the target's name.
        """
        if not service.selector:
            return ()
        labels = service.selector.items()
        having = [self._by_label.get((service.namespace, key, value), ()) for key, value in labels]
        found: list[tuple[Workload, int]] = []
        for workload in min(having, key=len):
            if not workload.addresses or any(workload.labels.get(key) != value for key, value in labels):
                continue
            if isinstance(port.target_port, int):
                found.append((workload, port.target_port))
            else:
                found.extend(
                    (workload, number) for number in workload.port_numbers(port.target_port, port.protocol)[:1]
                )
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` reads it back to an equal world."""
        return {
            "workloads": [_plain(workload) for workload in self.workloads],
            "services": [_plain(service) for service in self.services],
            "namespaces": {name: dict(labels) for name, labels in self.namespaces.items()},
            "resolver": None if self.resolver is None else _plain(self.resolver),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "World":
        """Reads what `to_dict` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            workloads=tuple(_workload(entry) for entry in data["workloads"]),
            services=tuple(_service(entry) for entry in data["services"]),
            namespaces=data["namespaces"],
            resolver=_workload(data["resolver"]) if data.get("resolver") else None,
        )


def _plain(value: Workload | Service) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for each in dataclasses.fields(value):
        content = getattr(value, each.name)
        if isinstance(content, FrozenMap):
            content = dict(content)
        elif each.name == "ports":
            content = [dataclasses.asdict(port) for port in content]
        elif isinstance(content, tuple):
            content = list(content)
        plain[each.name] = content
    return plain


def _workload(entry: Mapping[str, Any]) -> Workload:
    ports = tuple(WorkloadPort(**port) for port in entry["ports"])
    slashes = EscapedSlashes(entry["escaped_slashes"])
    plain = {
        key: value
        for key, value in entry.items()
        if key not in ("ports", "escaped_slashes", "addresses", "exec_addresses")
    }
    addresses, sessions = tuple(entry["addresses"]), tuple(entry["exec_addresses"])
    return Workload(**plain, addresses=addresses, exec_addresses=sessions, ports=ports, escaped_slashes=slashes)


def _service(entry: Mapping[str, Any]) -> Service:
    ports = tuple(ServicePort(**port) for port in entry["ports"])
    plain = {key: value for key, value in entry.items() if key not in ("ports", "addresses")}
    return Service(**plain, addresses=tuple(entry["addresses"]), ports=ports)
