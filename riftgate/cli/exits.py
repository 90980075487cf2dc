# SPDX-License-Identifier: Apache-2.0
"""Exit codes, the same for every command, and the errors that lead to them."""

from __future__ import annotations

import json
import sys
from typing import Any

from l7filters.source import InputError

OK = 0
FAILED = 1
"""The check, the scenario or the change failed; everything is as it was before."""
BAD_INPUT = 2
INCONCLUSIVE = 3
UNABLE = 4
"""The host cannot do it: something is missing, and the message names the command that brings it."""
INTERRUPTED = 130
TERMINATED = 143
"""128+n for signal n, as a shell reports it."""


class Terminated(KeyboardInterrupt):
    """SIGTERM, where it unwinds as Ctrl-C does."""


class CommandError(Exception):
    """Ends a command with one message and this exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def error_code(error: Exception) -> int | None:
    """The exit code for an error that is meant for people; None for a defect, which deserves its traceback."""
    kinds = _kinds(error)
    if isinstance(error, CommandError):
        return error.code
    if "AdminError" in kinds:
        return {"bad_input": BAD_INPUT, "unable": UNABLE}.get(getattr(error, "code", ""), FAILED)
    if kinds & {"LocalError", "BpfError", "ServerUnreachable", "ListenError"}:
        return UNABLE
    return BAD_INPUT if isinstance(error, InputError) else None


def _kinds(error: Exception) -> set[str]:
    """By name, so that a command that cannot raise an error need not import where it lives."""
    return {kind.__name__ for kind in type(error).__mro__}


def report_error(error: Exception, code: int, *, as_json: bool) -> int:
    """Prints what went wrong where scripts and people look for it, and returns the exit code."""
    text = str(error)
    if "ServerUnreachable" in _kinds(error):
        text += "\nif no mesh is up, or a part of it has ended, start what is missing: riftgate up -f MANIFESTS"
    if as_json:
        body: dict[str, Any] = {"error": text, "exitCode": code}
        if isinstance(error, InputError):
            body["problems"] = [
                {"file": each.location.file, "line": each.location.line, "what": each.what, "todo": each.todo}
                for each in error.problems
            ]
        print(json.dumps(body, indent=2))
    else:
        print(text, file=sys.stderr)
    return code
