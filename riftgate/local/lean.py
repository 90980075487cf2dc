# SPDX-License-Identifier: Apache-2.0
"""The agent's libraries without the larger part of what they bring along: it is on every machine, and its memory counts
there."""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import os
import sys

_M_ARENA_MAX = -8
"""Of mallopt(3)."""


def import_libraries() -> None:
    """To be called before anything else of the agent is imported; what is loaded already stays as it is."""
    # The threads come one after the other: an arena for each would be holes. Without glibc there are none.
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 1)
    in_python = dict.fromkeys((f"{name}_NO_EXTENSIONS" for name in ("AIOHTTP", "FROZENLIST", "YARL")), "1")
    _import_with("aiohttp.web", {"SSL_CERT_FILE": os.devnull, **in_python})
    if "pyroute2" not in sys.modules:
        _import_part("pyroute2", "pyroute2.iproute", ("IPRoute",))


def give_back() -> None:
    """Returns to the kernel what starting took for a moment: the verifier's log, the kernel's types, modules' texts."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _import_with(name: str, environment: dict[str, str]) -> None:
    """aiohttp parses the machine's certificates when it is imported, and has parsers in C and lists in C++: the agent
    speaks over unix sockets alone, and seldom."""
    before = {key: os.environ.get(key) for key in environment}
    os.environ.update(environment)
    try:
        importlib.import_module(name)
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def _import_part(package: str, module: str, names: tuple[str, ...]) -> None:
    """These names of a package, without what its own __init__ imports: of pyroute2 a database in SQLite, a dozen other
    protocols, mocks."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return  # the preflight says so
    made = importlib.util.module_from_spec(spec)
    sys.modules[package] = made
    part = importlib.import_module(module)
    for name in names:
        setattr(made, name, getattr(part, name))
