# SPDX-License-Identifier: Apache-2.0
"""The command `riftgate`: one module per group of commands, and one place where errors become exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from bpf.libbpf import BpfError
from l7filters.source import InputError
from riftgate.cli import exits, mesh, policy, processes, scenario, story
from riftgate.cli.arguments import build_parser
from riftgate.cli.exits import CommandError, report_error
from riftgate.local.errors import LocalError
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable

_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": story.demo,
    "up": mesh.up,
    "down": mesh.down,
    "exec": mesh.execute,
    "status": mesh.status,
    "flows": mesh.flows,
    "policy check": policy.check,
    "policy explain": policy.explain,
    "policy apply": policy.apply,
    "policy delete": policy.delete,
    "policy list": policy.show,
    "scenario check": scenario.check,
    "scenario run": scenario.run,
    "scenario report": scenario.report,
    "serve": processes.serve,
    "agent": processes.agent,
}


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    args = build_parser().parse_args(arguments)
    verb = getattr(args, "verb", None)
    command = _COMMANDS[f"{args.command} {verb}" if verb else args.command]
    try:
        return command(args)
    except (CommandError, InputError) as error:
        return report_error(error, as_json=args.json)
    except AdminError as error:
        code = exits.BAD_INPUT if error.code == "bad_input" else exits.FAILED
        return report_error(CommandError(str(error), code), as_json=args.json)
    except (LocalError, BpfError, ServerUnreachable) as error:
        return report_error(CommandError(str(error), exits.UNABLE), as_json=args.json)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left (`| head`).
        sys.stderr.close()
        return exits.OK
