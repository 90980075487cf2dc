# SPDX-License-Identifier: Apache-2.0
"""The check of the machine before a command touches it."""

from __future__ import annotations

from riftgate import preflight
from riftgate.cli import exits
from riftgate.cli.exits import CommandError


def require_host() -> None:
    """Raises CommandError (exit code 4): one line for each missing thing, with the command that brings it."""
    missing = preflight.check()
    if missing:
        raise CommandError("\n".join(str(each) for each in missing), exits.UNABLE)
