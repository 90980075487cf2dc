# SPDX-License-Identifier: Apache-2.0
"""What should not have been in a run of `random_kills`, by what a client saw of it; and which levels it saw."""

from tests.kills_questions import ANSWERS, ASKS_ENVOY_OF, ASKS_FAULT_SERVER, ASKS_RESOLVER, DENIED, EFFECT, HIT, OK
from tests.random_kills import GRACE, LEVELS, Played, Trouble
from tests.watching import Seen


def judge(played: Played) -> list[str]:
    """Everything that should not have been."""
    limit = played.end + GRACE
    wrong = [f"frozen {moment - limit:.2f} s too long" for moment in played.frozen if moment > limit][-1:]
    for each in played.seen:
        if each.name in DENIED:
            if each.got in ANSWERS:
                wrong.append(f"policy lifted: {_told(played, each)}")
        elif (
            each.name in ASKS_FAULT_SERVER
            and each.sent <= played.end < limit < each.done
            and not _excused(played, each)
        ):
            wrong.append(f"held after the lease: {_told(played, each)}")
        elif each.fault or each.got == HIT.get(each.name):
            # Only what has no header may have come of something else.
            if each.sent > limit and (each.fault or not _excused(played, each)) and not _nobody_ends_a_sidecar(played):
                wrong.append(f"a fault after its lease: {_told(played, each)}")
            elif each.got != EFFECT.get(each.name, each.got) and not _excused(played, each):
                wrong.append(f"failed: {_told(played, each)}")
        elif each.got != OK[each.name] and not _excused(played, each):
            wrong.append(f"failed: {_told(played, each)}")
    return wrong


def hits(played: Played) -> set[str]:
    """The levels whose effect was seen."""
    names = {each.name for each in played.seen if each.fault or each.got == HIT.get(each.name)}
    found = {
        level for level, faults in LEVELS.items() if any(f"name: {name}," in each for name in names for each in faults)
    }
    return found | ({"process"} if played.frozen else set())


def _told(played: Played, each: Seen) -> str:
    took = f"{each.sent - played.began:.2f} to {each.done - played.began:.2f}"
    return f"{each.name} at {took}: {each.got} {each.fault or ''}"


def _excused(played: Played, each: Seen) -> bool:
    """Whether it failed because an Envoy on its way died, from then until that answers again (docs/architecture.md,
    When a process dies); of names, because the resolver did."""
    if each.name in ASKS_RESOLVER and not _nobody_starts_a_resolver(played):
        return False
    return any(
        each.done >= trouble.moment and each.sent <= _recovered(played, each.name, _unattended(played, trouble))
        for trouble in played.troubles
        if _concerns(trouble.what, each.name)
    )


def _nobody_starts_a_resolver(played: Played) -> bool:
    """Without the agent none comes back, and its sockets are gone with both."""
    kinds = {each.what.partition(" for ")[0] for each in played.troubles}
    return "kill resolver" in kinds and bool(kinds & {"kill agent", "hold agent"})


def _nobody_ends_a_sidecar(played: Played) -> bool:
    """One that stands still goes on later, if the agent does not run meanwhile."""
    kinds = {each.what.partition(" for ")[0] for each in played.troubles}
    return any(kind.startswith("hold Envoy") for kind in kinds) and bool(kinds & {"kill agent", "hold agent"})


def _concerns(what: str, name: str) -> bool:
    if name in ASKS_RESOLVER:
        return what.endswith(("resolver", "agent"))
    return (what.startswith("kill") or "Envoy" in what) and what.partition(" for ")[0].endswith(ASKS_ENVOY_OF[name])


def _unattended(played: Played, trouble: Trouble) -> float:
    """From when on an answer says that it is over. What a sidecar that nobody ends has got while it stood still, it
    answers later; and who is being killed may answer to the last."""
    held = trouble.what.startswith("hold")
    waits = trouble.what.startswith("hold Envoy") and _nobody_ends_a_sidecar(played)
    return trouble.moment if held and not waits else trouble.until


def _recovered(played: Played, name: str, moment: float) -> float:
    """When the question was first asked with success after the moment."""
    answered = (each.sent for each in played.seen if each.name == name and each.got == OK[name] and each.sent > moment)
    return min(answered, default=float("inf"))
