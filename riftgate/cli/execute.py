# SPDX-License-Identifier: Apache-2.0
"""`riftgate exec`."""

from __future__ import annotations

import argparse
import os
import sys

from riftgate.cli.exits import BAD_INPUT, CommandError
from riftgate.instance import Instance
from riftgate.local.containers import find_container
from riftgate.local.sandbox import exec_argv
from riftgate.local.terminal import run_in_terminal


def execute(args: argparse.Namespace) -> int:
    """Runs the command in the pod: its exit status is the command's, 125 when the container cannot be entered."""
    state = find_container(Instance(args.instance), args.pod, args.container)
    if not args.tty:
        argv = exec_argv(state, tuple(args.argv))
        os.execv(argv[0], argv)
    if not sys.stdin.isatty():
        raise CommandError("--tty needs a terminal as standard input", BAD_INPUT)
    return run_in_terminal(exec_argv(state, tuple(args.argv), tty=True))
