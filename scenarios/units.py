# SPDX-License-Identifier: Apache-2.0
"""The scalars of a scenario file: durations, percentages, rates, pods. Wrong ones raise `invalid`."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from l7filters.schema import did_you_mean, invalid

PARTS_PER_PERCENT = 10_000

_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_RATE = re.compile(r"([0-9]+)(KiB|MiB)/s")
_KBYTES = {"KiB": 1, "MiB": 1024}
_POD = re.compile(r"(?:([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)/)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def parse_duration(written: Any) -> Decimal:
    """Seconds; never negative, never 0."""
    todo = "write a number and a unit, such as 500ms, 10s or 1m30s"
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise invalid(f"{written!r} is not a duration", todo)
    if isinstance(written, int | float):
        raise invalid(f"the duration {written} has no unit", todo)
    if written.startswith("-"):
        raise invalid(f"the duration {written} is negative", todo)
    parts = list(_DURATION_PART.finditer(written))
    if not parts or "".join(part.group() for part in parts) != written:
        raise invalid(f"{written!r} is not a duration", todo)
    seconds = sum((Decimal(part[1]) * _SECONDS[part[2]] for part in parts), Decimal(0))
    if seconds == 0:
        raise invalid(f"the duration {written} is nothing", "write one that is longer")
    return seconds


def parse_offset(written: Any) -> Decimal:
    """Seconds from the start of a run; 0 may be written without a unit."""
    return Decimal(0) if written in (0, "0", "0s") and written is not False else parse_duration(written)


def parse_milliseconds(written: Any) -> int:
    """Whole milliseconds, at least one: what Envoy's timers can do."""
    milliseconds = parse_duration(written) * 1000
    if milliseconds != milliseconds.to_integral_value():
        raise invalid(f"{written} is not a whole number of milliseconds", "write whole milliseconds, such as 2ms")
    return int(milliseconds)


def parse_percentage(written: Any) -> int:
    """Parts per million of `20`, `0.5`, `"20%"` or `20%`."""
    todo = "write a percentage above 0 and at most 100, such as 20 or 0.5"
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise invalid(f"{written!r} is not a percentage", todo)
    try:
        percent = Decimal(str(written).strip().removesuffix("%").rstrip())
    except InvalidOperation:
        raise invalid(f"{written!r} is not a percentage", todo) from None
    if not percent.is_finite() or percent > 100 or percent <= 0:
        raise invalid(f"{written} % is not above 0 and at most 100".replace("% %", "%"), todo)
    parts = percent * PARTS_PER_PERCENT
    if parts != parts.to_integral_value():
        raise invalid(f"{written} has more than 4 decimals", "write at most 4")
    return int(parts)


def parse_share(written: Any) -> float:
    """0..1 of a percentage."""
    return parse_percentage(written) / (100 * PARTS_PER_PERCENT)


def parse_rate(written: Any) -> int:
    """Kbytes (1,024 bytes) per second of `64KiB/s` or `2MiB/s`."""
    found = _RATE.fullmatch(written) if isinstance(written, str) else None
    if found is None or int(found[1]) == 0:
        raise invalid(f"{written!r} is not a rate", "write whole KiB/s or MiB/s of at least 1, such as 64KiB/s")
    return int(found[1]) * _KBYTES[found[2]]


def parse_pod(written: Any) -> tuple[str | None, str]:
    """(namespace or None, name) of `name`, `pod/name` or `namespace/name`."""
    found = _POD.fullmatch(written.removeprefix("pod/")) if isinstance(written, str) else None
    if found is None:
        raise invalid(f"{written!r} is not a pod", "write its name, or namespace/name")
    return found[1], found[2]


def parse_method(written: Any) -> str:
    if written not in _METHODS:
        todo = did_you_mean(str(written), list(_METHODS), f"write one of {', '.join(_METHODS)}")
        raise invalid(f"method {written!r} is not an HTTP method", todo)
    return str(written)


def parse_name(written: Any) -> str:
    """A DNS label, as Kubernetes has it: names become parts of route names, runtime keys and headers."""
    if not isinstance(written, str) or not _NAME.fullmatch(written):
        todo = "write 1 to 63 small letters, digits and '-', beginning and ending with a letter or digit"
        raise invalid(f"{written!r} is not a name", todo)
    return written
