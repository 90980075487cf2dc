# SPDX-License-Identifier: Apache-2.0
"""Riftgate's own part of every sidecar's Envoy: libriftgate.so, which Envoy loads when a listener names it.

Its sources are in envoy/filter/src; script/build-filter makes it for each machine that Envoys run on.
"""

import platform
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

MODULE = Path(str(resources.files("riftgate"))) / "envoy_modules" / platform.machine() / "libriftgate.so"
SEARCH_PATH: Mapping[str, str] = {"ENVOY_DYNAMIC_MODULES_SEARCH_PATH": str(MODULE.parent)}
"""Environment of an Envoy that finds it there."""


def why_outdated(pid: int) -> str | None:
    """Why an Envoy that runs refuses configuration that names the module as it is today: another Riftgate started it.
    None: it does not, or it has ended."""
    process = Path(f"/proc/{pid}")
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
        maps = (process / "maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if not all(f"{name}={value}".encode() in environment for name, value in SEARCH_PATH.items()):
        return "it was started where Riftgate's module was not, or was somewhere else"
    # Where another file is in its place now, the kernel says of what is loaded that it was deleted; and an Envoy that
    # has loaded a module does not look for it again.
    lines = (line.split(maxsplit=5) for line in maps.splitlines())
    loaded = {words[5] for words in lines if len(words) == 6 and f"/{MODULE.name}" in words[5]}
    return "it has loaded an older module of Riftgate's" if loaded - {str(MODULE.resolve())} else None
