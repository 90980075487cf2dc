# SPDX-License-Identifier: Apache-2.0
"""Policies as text, and what is said of them."""

import pytest

from l7filters.parse import Parsed, parse_documents
from l7filters.source import InputError


def cnp(spec: str) -> str:
    return f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p}}\nspec:\n{spec}"


def np(spec: str) -> str:
    return f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\nspec:\n{spec}"


def ingress(rule: str) -> str:
    """Line 6 holds the rule."""
    return cnp(f"  endpointSelector: {{}}\n  ingress: [{rule}]\n")


def http(rule: str) -> str:
    return ingress(f'{{toPorts: [{{ports: [{{port: "80", protocol: TCP}}], rules: {{http: [{rule}]}}}}]}}')


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        parse_documents(text, "f.yaml")
    return [str(problem) for problem in raised.value.problems]


def lifted(text: str) -> Parsed:
    return parse_documents(text, "f.yaml", unsupported={})
