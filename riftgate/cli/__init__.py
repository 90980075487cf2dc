# SPDX-License-Identifier: Apache-2.0
"""The command `riftgate`: one module per group of commands, and one place where errors become exit codes."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable

from riftgate.cli.arguments import parse_arguments
from riftgate.cli.exits import INTERRUPTED, OK, TERMINATED, Terminated, error_code, report_error

# Imported when called: `exec` starts in a tenth of the time that all of it would take.
_COMMANDS = {
    "demo": ("story", "demo"),
    "up": ("mesh", "up"),
    "down": ("mesh", "down"),
    "exec": ("execute", "execute"),
    "status": ("status", "status"),
    "flows": ("flows", "flows"),
    "events": ("events", "events"),
    "metrics": ("metrics", "metrics"),
    "policy check": ("policy", "check"),
    "policy explain": ("explain", "explain"),
    "policy apply": ("policy", "apply"),
    "policy delete": ("policy", "delete"),
    "policy list": ("policy", "show"),
    "fault on": ("fault", "on"),
    "fault off": ("fault", "off"),
    "fault list": ("fault", "show"),
    "fault plan": ("fault", "plan"),
    "scenario check": ("scenario", "check"),
    "scenario run": ("scenario", "run"),
    "scenario report": ("scenario", "report"),
    "sidecar restart": ("sidecar", "restart"),
    "profile": ("profile", "profile"),
    "serve": ("processes", "serve"),
    "fault-server": ("processes", "fault_server"),
    "agent": ("processes", "agent"),
}


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    args = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    verb = getattr(args, "verb", None)
    module, function = _COMMANDS[f"{args.command} {verb}" if verb else args.command]
    command: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f"riftgate.cli.{module}"), function)
    try:
        return command(args)
    except KeyboardInterrupt as interrupt:
        print("interrupted", file=sys.stderr)
        return TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left (`| head`).
        sys.stderr.close()
        return OK
    except Exception as error:
        code = error_code(error)
        if code is None:
            raise
        return report_error(error, code, as_json=args.json)
