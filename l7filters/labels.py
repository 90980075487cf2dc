# SPDX-License-Identifier: Apache-2.0
"""Labels and selectors: one selector model for policies and faults, whichever dialect they were written in.

A selector is evaluated over a workload's *effective* labels (`World.effective_labels`): its own labels plus
the derived ones below, which is how Cilium expresses namespaces too. So a NetworkPolicy's `namespaceSelector`
and a CiliumNetworkPolicy's `k8s:io.kubernetes.pod.namespace` become requirements of the same kind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

NAMESPACE_LABEL = "io.kubernetes.pod.namespace"
"""Derived label: the namespace a workload lives in."""
NAMESPACE_LABELS_PREFIX = "io.cilium.k8s.namespace.labels."
"""Derived labels: one for each label of the namespace a workload lives in."""
SERVICE_ACCOUNT_LABEL = "io.cilium.k8s.policy.serviceaccount"
"""Derived label: the workload's service account."""
CLUSTER_LABEL = "io.cilium.k8s.policy.cluster"
"""Derived label: the cluster's name. There is one cluster, with Cilium's own default name."""
CLUSTER_NAME = "default"
METADATA_NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that the Kubernetes API server puts on every namespace."""


class FrozenMap(Mapping[K, V], Generic[K, V]):
    """A mapping that can be hashed and not changed; equal to any mapping with the same items."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        self._items: dict[K, V] = dict(items or {})
        self._hash: int | None = None

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"


class Operator(StrEnum):
    """The operators of Kubernetes' label selector requirements."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """One condition on one label. `values` is non-empty for In and NotIn and empty for the other two."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.values) != (self.operator in (Operator.IN, Operator.NOT_IN)):
            raise ValueError(f"operator {self.operator} of label {self.key} does not go with values {self.values}")

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Kubernetes' semantics: NotIn also holds where the label is missing."""
        match self.operator:
            case Operator.IN:
                return labels.get(self.key) in self.values
            case Operator.NOT_IN:
                return labels.get(self.key) not in self.values
            case Operator.EXISTS:
                return self.key in labels
            case Operator.DOES_NOT_EXIST:
                return self.key not in labels

    def __str__(self) -> str:
        match self.operator:
            case Operator.IN if len(self.values) == 1:
                return f"{self.key}={self.values[0]}"
            case Operator.IN:
                return f"{self.key} in ({', '.join(self.values)})"
            case Operator.NOT_IN:
                return f"{self.key} not in ({', '.join(self.values)})"
            case Operator.EXISTS:
                return self.key
            case Operator.DOES_NOT_EXIST:
                return f"!{self.key}"


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements hold; without any, everything is selected."""

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> "Selector":
        """The selector that `matchLabels` writes."""
        return cls(tuple(Requirement(key, Operator.IN, (value,)) for key, value in sorted(labels.items())))

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)

    def failing(self, labels: Mapping[str, str]) -> tuple[Requirement, ...]:
        """The requirements that keep `labels` from being selected."""
        return tuple(requirement for requirement in self.requirements if not requirement.matches(labels))

    def and_also(self, *requirements: Requirement) -> "Selector":
        return Selector(self.requirements + requirements)

    def __str__(self) -> str:
        return ", ".join(str(requirement) for requirement in self.requirements) or "everything"


def in_namespace(namespace: str) -> Requirement:
    """The requirement to live in `namespace`."""
    return Requirement(NAMESPACE_LABEL, Operator.IN, (namespace,))
