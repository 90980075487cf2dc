# SPDX-License-Identifier: Apache-2.0
"""`riftgate exec`."""

from __future__ import annotations

import argparse
import os

from riftgate.instance import Instance
from riftgate.local.containers import find_container
from riftgate.local.sandbox import exec_argv


def execute(args: argparse.Namespace) -> int:
    """Becomes the command in the pod: its exit status is the command's."""
    state = find_container(Instance(args.instance), args.pod, args.container)
    argv = exec_argv(state, tuple(args.argv))
    os.execv(argv[0], argv)
