# SPDX-License-Identifier: Apache-2.0
"""The agent's libraries without the larger part of what they bring along: it is on every machine, and its memory counts
there."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_M_ARENA_MAX = -8
"""Of mallopt(3)."""


def import_libraries() -> None:
    """To be called before anything else of the agent is imported; what is loaded already stays as it is.

    Without OpenSSL: the agent speaks over unix sockets and netlink, and the hashes that it makes are few.
    """
    # The threads come one after the other: an arena for each would be holes. Without glibc there are none.
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 1)
    # They do it in Python where there is no OpenSSL. pydantic has `hmac` imported.
    with _without("_hashlib"):
        importlib.import_module("hashlib")
        importlib.import_module("hmac")
    in_python = dict.fromkeys((f"{name}_NO_EXTENSIONS" for name in ("AIOHTTP", "FROZENLIST", "YARL")), "1")
    with _without("ssl"):
        _import_with("aiohttp.web", {"SSL_CERT_FILE": os.devnull, **in_python})
    if "pyroute2" not in sys.modules:
        with _without("ssl", _Later("ssl")):
            _import_part("pyroute2", "pyroute2.iproute", ("IPRoute",))


def give_back() -> None:
    """Returns to the kernel what starting took for a moment: the verifier's log, the kernel's types, modules' texts."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


class _Later(ModuleType):
    """A module that is imported when somebody uses it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


@contextlib.contextmanager
def _without(name: str, instead: ModuleType | None = None) -> Iterator[None]:
    """What is imported meanwhile finds this module missing, or something in its place; unless it is loaded already."""
    if name in sys.modules:
        yield
        return
    # That of None is how Python itself says that there is none.
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
    modules[name] = instead
    try:
        yield
    finally:
        del modules[name]


def _import_with(name: str, environment: dict[str, str]) -> None:
    """aiohttp has parsers in C and lists in C++, and parses the machine's certificates where OpenSSL is loaded: the
    agent speaks over unix sockets alone, and seldom."""
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
