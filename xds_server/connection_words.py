# SPDX-License-Identifier: Apache-2.0
"""What the sidecar's filter and the fault server say to each other of a connection: lines of ASCII, a key and a value.

Meet    pod P, side S, local A, remote A, connection N    whose it is
        known N           the version that the filter has; 0: it has asked for the first time
        again 1           it had lost the server, and lets everything through; nobody draws for it any more
answer  version N         the filter asks again with this one, and hears when there is another
        reset F           a fault that resets what was open has met it
        fault F STREAM MICROSECONDS EFFECT...    one line for each that does something to it, and for how long still
Tell    whose it is, and `did F WHAT` for each fault that has ended it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from l7filters.connection_effects import ConnectionEffects, ConnectionReset
from l7filters.connection_faults import ConnectionRule
from l7filters.faults import Inject

from .connection_lines import Did
from .connection_table import Ends

_TELLABLE = (Did.RESET, Did.CLOSE, Did.BLACKHOLE, Did.OVERFLOW)


@dataclass(frozen=True, slots=True)
class Meet:
    """The sidecar's question: what of this connection that differs from what it knows?"""

    ends: Ends
    known: int
    """Version; 0: none."""
    again: bool
    """Nothing is done to it any more, but a reset may still meet it."""

    @classmethod
    def parse(cls, encoded: bytes) -> Meet:
        """Raises ValueError with the reason."""
        words = dict(_words(encoded))
        known = int(words.get("known", "0"))
        if known < 0:
            raise ValueError(f"version {known} is below 0")
        return cls(_ends(words), known, words.get("again") == "1")


@dataclass(frozen=True, slots=True)
class Tell:
    """What the sidecar has done to a connection."""

    ends: Ends
    done: tuple[tuple[str, Did], ...]

    @classmethod
    def parse(cls, encoded: bytes) -> Tell:
        """Raises ValueError with the reason."""
        done = []
        for key, value in _words(encoded):
            if key == "did":
                fault, _, what = value.rpartition(" ")
                if not fault or what not in _TELLABLE:
                    raise ValueError(f"did {value!r} is not a fault and one of {', '.join(_TELLABLE)}")
                done.append((fault, Did(what)))
        return cls(_ends(dict(_words(encoded))), tuple(done))


def answer(version: int, resets: Iterable[str], faults: Sequence[tuple[ConnectionRule, float]]) -> bytes:
    """To Meet; each fault with the seconds until its end."""
    lines = [f"version {version}"]
    lines += (f"reset {fault}" for fault in resets)
    for rule, seconds in faults:
        microseconds = max(0, round(seconds * 1e6))
        lines.append(" ".join(("fault", rule.fault, rule.stream.value, str(microseconds), *_effects(rule.does))))
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _effects(does: ConnectionEffects) -> Iterator[str]:
    if (late := does.latency) is not None:
        first, second = (*late.parameters, 0.0)[:2]
        yield f"latency {late.family.value} {first!r} {second!r} {late.limit_milliseconds!r}"
    if does.bytes_per_second is not None:
        yield f"rate {does.bytes_per_second}"
    if does.slices is not None:
        yield f"slices {does.slices.size} {does.slices.pause_milliseconds * 1000}"
    if does.corrupt_parts is not None:
        yield f"corrupt {does.corrupt_parts}"
    if does.reset == ConnectionReset():
        yield "reset-now"
    elif does.reset is not None:
        if does.reset.after_bytes is not None:
            yield f"reset-bytes {does.reset.after_bytes}"
        if does.reset.after_milliseconds is not None:
            yield f"reset-us {does.reset.after_milliseconds * 1000}"
    if does.close_after_bytes is not None:
        yield f"close {does.close_after_bytes}"
    if does.blackhole_after is not None:
        yield f"blackhole {does.blackhole_after}"
    if does.close_delay_milliseconds is not None:
        yield f"close-delay-us {does.close_delay_milliseconds * 1000}"


def _words(encoded: bytes) -> Iterator[tuple[str, str]]:
    for line in encoded.decode("ascii").splitlines():
        key, _, value = line.partition(" ")
        yield key, value


def _ends(words: dict[str, str]) -> Ends:
    for key in ("pod", "side", "local", "remote", "connection"):
        if key not in words:
            raise ValueError(f"it does not say its {key}")
    return Ends(words["pod"], Inject(words["side"]), words["local"], words["remote"], words["connection"])
