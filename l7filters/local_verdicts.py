# SPDX-License-Identifier: Apache-2.0
"""The reference verdict of LocalPolicies, and its explanation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from l7filters.local_policy import Act, LocalPolicy, LocalPorts, LocalRule, LocalTarget
from l7filters.source import Problem
from l7filters.world import World


@dataclass(frozen=True, slots=True)
class LocalUse:
    """A container of a workload (`namespace/name`) listens on a port or unix socket of its pod, or connects to one."""

    workload: str
    container: str
    act: Act
    target: LocalTarget

    def __str__(self) -> str:
        verb = "listens on" if self.act is Act.LISTEN else "connects to"
        return f"{self.workload}/{self.container} {verb} {self.target}"


@dataclass(frozen=True, slots=True)
class LocalVerdict:
    """`rules` are all that allow it; `default_deny` all policies that restrict the container there."""

    allowed: bool
    rules: tuple[LocalRule, ...]
    default_deny: tuple[LocalPolicy, ...]


def decide_local(world: World, policies: Iterable[LocalPolicy], use: LocalUse) -> LocalVerdict:
    """What no policy restricts is allowed; else one rule of any of them must name the target.

    Raises ValueError for a workload that the world does not have.
    """
    workload = world.workload(use.workload)
    if workload is None:
        raise ValueError(f"there is no workload {use.workload}")
    labels = world.effective_labels(workload)
    speaking = [
        policy
        for policy in policies
        if use.act in policy.restricts and policy.binds(use.container) and policy.subject.matches(labels)
    ]
    rules = tuple(
        rule for policy in speaking for rule in policy.rules if rule.act is use.act and rule.target.covers(use.target)
    )
    return LocalVerdict(not speaking or bool(rules), rules, tuple(speaking))


@dataclass(frozen=True, slots=True)
class LocalExplanation:
    """A verdict, told to people."""

    use: LocalUse
    verdict: LocalVerdict

    def __str__(self) -> str:
        verdict = self.verdict
        outcome = "allowed" if verdict.allowed else "denied in the pod (EPERM)"
        lines = [f"{outcome}: {self.use}"]
        if verdict.rules:
            lines.append(f"  decided by {', '.join(map(str, verdict.rules))}")
        elif verdict.default_deny:
            denying = ", ".join(f"default deny of {each.key} ({each.location})" for each in verdict.default_deny)
            lines += [f"  decided by {denying}", "  what would change it:"]
            lines += [f"    {change}" for change in self._changes()]
        else:
            lines.append("  decided by no policy")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        use, verdict = self.use, self.verdict
        return {
            "subject": {
                "workload": use.workload,
                "container": use.container,
                "act": str(use.act),
                "target": str(use.target),
            },
            "allowed": verdict.allowed,
            "rules": [
                {"id": each.id, "file": each.location.file, "line": each.location.line} for each in verdict.rules
            ],
            "default_deny": [
                {"policy": each.key, "file": each.location.file, "line": each.location.line}
                for each in verdict.default_deny
            ],
        }

    def _changes(self) -> Iterable[str]:
        for policy in self.verdict.default_deny:
            named = [str(rule.target) for rule in policy.rules if rule.act is self.use.act]
            what = f"{self.use.target} is not {' or '.join(named)}" if named else f"it lets it {self.use.act} nowhere"
            yield f"{what}: {policy.key} ({policy.location})"


def explain_local(world: World, policies: Iterable[LocalPolicy], use: LocalUse) -> LocalExplanation:
    """The verdict of `decide_local`, explained. ValueError as there."""
    return LocalExplanation(use, decide_local(world, policies, use))


def lint_local(policies: Iterable[LocalPolicy]) -> tuple[Problem, ...]:
    """Warnings, in file order: rules that others cover, and ports that a container may listen on and others join."""
    found: set[Problem] = set()
    chosen = tuple(policies)
    for policy in chosen:
        for rule in policy.rules:
            wider = [
                other
                for other in policy.rules
                if other is not rule and other.act is rule.act and other.target.covers(rule.target)
            ]
            if wider:
                what = f"{rule.act} of {rule.target} is allowed by {wider[0]} already"
                found.add(Problem(rule.location, what, "remove it"))
    for policy in chosen:
        listening = [rule for rule in policy.rules if rule.act is Act.LISTEN and isinstance(rule.target, LocalPorts)]
        everybody = any(
            other.container is None and Act.LISTEN in other.restricts and other.subject == policy.subject
            for other in chosen
        )
        if policy.container is not None and listening and not everybody:
            what = f"other containers of the pod than '{policy.container}' may listen on {listening[0].target} too"
            todo = "restrict them as well: a LocalPolicy without 'container' and with 'listen: []'"
            found.add(Problem(listening[0].location, what, todo))
    return tuple(sorted(found))
