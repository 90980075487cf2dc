# SPDX-License-Identifier: Apache-2.0
"""Text in, policies and faults out: the one door for both dialects of policy and the chaos dialect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from l7filters.cnp import parse_cilium_network_policy
from l7filters.faults import Fault
from l7filters.local_policy import LocalPolicy
from l7filters.local_policy_schema import API_VERSION as LOCAL_API_VERSION
from l7filters.local_policy_schema import parse_local_policy
from l7filters.networkpolicy import parse_network_policy
from l7filters.policy import Policy, PolicyKind
from l7filters.schema import did_you_mean
from l7filters.source import InputError, Problem
from l7filters.unsupported import UNSUPPORTED
from l7filters.yaml_source import Located, load_documents

POLICY_KINDS: Mapping[str, str] = {
    PolicyKind.CILIUM_NETWORK_POLICY: "cilium.io/v2",
    PolicyKind.NETWORK_POLICY: "networking.k8s.io/v1",
    PolicyKind.LOCAL_POLICY: LOCAL_API_VERSION,
}
"""The kinds that are read here, with their apiVersion."""

LOOK_ALIKES: Mapping[str, str] = {
    "CiliumClusterwideNetworkPolicy": "write a CiliumNetworkPolicy in each namespace",
    "CiliumCIDRGroup": "write the CIDRs into the policies",
    "CiliumEgressGatewayPolicy": "remove it",
    "CiliumLocalRedirectPolicy": "remove it",
    "AdminNetworkPolicy": "write a NetworkPolicy or CiliumNetworkPolicy in each namespace",
    "BaselineAdminNetworkPolicy": "write a NetworkPolicy or CiliumNetworkPolicy in each namespace",
    "ClusterNetworkPolicy": "write a NetworkPolicy or CiliumNetworkPolicy in each namespace",
    "GlobalNetworkPolicy": "write a NetworkPolicy or CiliumNetworkPolicy in each namespace",
    "AuthorizationPolicy": "write a CiliumNetworkPolicy",
}
"""Kinds one could take for a policy that is enforced here, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says, and warnings about what it says in vain."""

    policies: tuple[Policy, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Problem, ...] = ()
    local: tuple[LocalPolicy, ...] = ()


def parse_documents(text: str, file: str, unsupported: Mapping[str, str] = UNSUPPORTED) -> Parsed:
    """Reads a stream of policy documents. Raises InputError with all problems of the file.

    `file` is the name that locations carry; `unsupported` the table of what to refuse though the model knows
    it.
    """
    documents, problems = load_documents(text, file)
    return parse_located(documents, unsupported, problems)


def parse_policies(text: str, file: str) -> tuple[Policy, ...]:
    """The policies of a file; like `parse_documents`."""
    return parse_documents(text, file).policies


def parse_located(
    documents: Iterable[Located],
    unsupported: Mapping[str, str] = UNSUPPORTED,
    problems: Iterable[Problem] = (),
) -> Parsed:
    """Like `parse_documents`, for documents read already, with the problems met in reading them."""
    found = list(problems)
    policies: list[Policy] = []
    faults: list[Fault] = []
    warnings: list[Problem] = []
    local: list[LocalPolicy] = []
    for document in documents:
        try:
            parsed = _parse_document(document, unsupported)
        except InputError as error:
            found.extend(error.problems)
            continue
        policies.extend(parsed.policies)
        faults.extend(parsed.faults)
        warnings.extend(parsed.warnings)
        local.extend(parsed.local)
    found.extend(name_clashes((*policies, *local)))
    if found:
        raise InputError(found)
    return Parsed(tuple(policies), tuple(faults), tuple(warnings), tuple(local))


def name_clashes(policies: Iterable[Policy | LocalPolicy]) -> tuple[Problem, ...]:
    """Policies of one kind, namespace and name that are not specs of one document: a cluster would keep only
    one.

    To be asked again about all files together.
    """
    first: dict[tuple[PolicyKind, str], Policy | LocalPolicy] = {}
    clashes: list[Problem] = []
    for policy in policies:
        earlier = first.setdefault((policy.kind, policy.key), policy)
        if earlier.document != policy.document:
            what = f"{policy.kind} {policy.key} is already defined at {earlier.document}"
            clashes.append(Problem(policy.document, what, "rename or remove one of them"))
    return tuple(dict.fromkeys(clashes))


def _parse_document(document: Located, unsupported: Mapping[str, str]) -> Parsed:
    plain = document.plain
    if not isinstance(plain, dict):
        raise InputError([Problem(document.location(), "the document is not an object", "write apiVersion and kind")])
    kind = str(plain.get("kind", ""))
    version = plain.get("apiVersion")
    if kind in POLICY_KINDS and version != POLICY_KINDS[kind]:
        what = f"{kind} of apiVersion '{version}' is not supported"
        todo = f"write apiVersion: {POLICY_KINDS[kind]}"
        raise InputError([Problem(document.location("apiVersion"), what, todo)])
    if kind == PolicyKind.CILIUM_NETWORK_POLICY:
        policies, faults = parse_cilium_network_policy(document, unsupported)
        return Parsed(policies, faults)
    if kind == PolicyKind.NETWORK_POLICY:
        policy, warnings = parse_network_policy(document)
        return Parsed((policy,), (), warnings)
    if kind == PolicyKind.LOCAL_POLICY:
        return Parsed((), (), (), (parse_local_policy(document),))
    if not kind:
        raise InputError([Problem(document.location(), "the field 'kind' is missing", "write apiVersion and kind")])
    todo = LOOK_ALIKES.get(kind) or did_you_mean(kind, list(POLICY_KINDS), f"write one of {', '.join(POLICY_KINDS)}")
    raise InputError([Problem(document.location("kind"), f"the kind '{kind}' is not supported", todo)])
