# SPDX-License-Identifier: Apache-2.0
"""Riftgate's own part of every sidecar's Envoy: libriftgate.so, which Envoy loads when a listener names it.

Its sources are in envoy/filter/src; script/build-filter makes it for each machine that Envoys run on.
"""

import os
import platform
from collections.abc import Mapping
from importlib import resources
from itertools import islice
from pathlib import Path

MODULE = Path(str(resources.files("riftgate"))) / "envoy_modules" / platform.machine() / "libriftgate.so"
_SEARCH_VARIABLE = "ENVOY_DYNAMIC_MODULES_SEARCH_PATH"
SEARCH_PATH: Mapping[str, str] = {_SEARCH_VARIABLE: str(MODULE.parent)}
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
    name = f"{_SEARCH_VARIABLE}=".encode()
    folders = [os.fsdecode(each.removeprefix(name)) for each in environment if each.startswith(name)]
    if not folders:
        return "it was started without Riftgate's module"
    # One that it has loaded it does not look for again, whatever is in its place now.
    loaded = (line.split(maxsplit=1)[0] for line in maps.splitlines() if f"/{MODULE.name}" in line)
    modules = [Path(folders[0]) / MODULE.name, *(_mapped(process, each) for each in islice(loaded, 1))]
    return None if all(map(_is_todays, modules)) else "its module of Riftgate's is another one"


def _mapped(process: Path, addresses: str) -> Path:
    """The file that is there in its memory, also one that was deleted."""
    begin, end = (int(each, 16) for each in addresses.split("-"))
    return process / "map_files" / f"{begin:x}-{end:x}"


def _is_todays(module: Path) -> bool:
    try:
        return module.read_bytes() == MODULE.read_bytes()
    except OSError:
        return False
