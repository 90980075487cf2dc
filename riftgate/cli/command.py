# SPDX-License-Identifier: Apache-2.0
"""How every command shows itself with --help."""

from __future__ import annotations

import argparse
from typing import TypeAlias

EXIT_CODES = "exit codes: 0 ok, 1 the check failed, 2 bad input, 3 inconclusive, 4 the host cannot do it"
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(commands: Commands, name: str, summary: str, example: str = "") -> argparse.ArgumentParser:
    """With its summary, as it stands in the list of commands, and examples, a line each."""
    epilog = f"examples:\n{example}\n\n{EXIT_CODES}" if example else EXIT_CODES
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
