# SPDX-License-Identifier: Apache-2.0
"""Types of single fields, for all parts of a scenario file."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from l7filters.http_match import regex_error
from l7filters.schema import invalid
from scenarios.units import (
    parse_duration,
    parse_method,
    parse_milliseconds,
    parse_name,
    parse_offset,
    parse_percentage,
    parse_rate,
)


def check_status(written: Any) -> Any:
    """Also for statuses inside a list."""
    if _is_number(written) and not 200 <= written <= 599:
        raise invalid(f"status {written} is not between 200 and 599", "write a final HTTP status")
    return written


def _check_pattern(written: Any) -> Any:
    if isinstance(written, str) and (error := regex_error(written)):
        raise invalid(f"{written!r} is not a regular expression: {error}", "correct it (the syntax is RE2's)")
    return written


def _check_grpc_status(written: Any) -> Any:
    if _is_number(written) and not 1 <= written <= 16:
        raise invalid(f"gRPC status {written} is not between 1 and 16", "write an error; 14 is UNAVAILABLE")
    return written


def _check_port(written: Any) -> Any:
    if _is_number(written) and not 1 <= written <= 65535:
        raise invalid(f"port {written} is not between 1 and 65535", "write a TCP port")
    return written


def _is_number(written: Any) -> bool:
    return isinstance(written, int) and not isinstance(written, bool)


Duration = Annotated[Decimal, BeforeValidator(parse_duration)]
Offset = Annotated[Decimal, BeforeValidator(parse_offset)]
Milliseconds = Annotated[int, BeforeValidator(parse_milliseconds)]
Percentage = Annotated[int, BeforeValidator(parse_percentage)]
Rate = Annotated[int, BeforeValidator(parse_rate)]
Method = Annotated[str, BeforeValidator(parse_method)]
Name = Annotated[str, BeforeValidator(parse_name)]
Regex = Annotated[str, BeforeValidator(_check_pattern)]
Status = Annotated[int, BeforeValidator(check_status)]
GrpcStatus = Annotated[int, BeforeValidator(_check_grpc_status)]
Port = Annotated[int, BeforeValidator(_check_port)]
