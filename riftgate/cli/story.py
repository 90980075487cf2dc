# SPDX-License-Identifier: Apache-2.0
"""`riftgate demo`."""

from __future__ import annotations

import argparse

from riftgate.cli.host import require_host
from riftgate.demo.story import tell


def demo(args: argparse.Namespace) -> int:
    """Tells the story and cleans up, however it ends."""
    require_host()
    return tell(args)
