# SPDX-License-Identifier: Apache-2.0
"""Kernel namespaces held open by files, and work done inside them.

A namespace lives as long as something refers to it. A file with the namespace mounted on it (namespaces(7))
does so without a process, and any later process can let go of it by its path, however the one that made it
ended.
"""

import ctypes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from typing import Any, Generic, TypeVar

from riftgate.local.errors import LocalError

T = TypeVar("T")

MS_BIND = 4096
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


class Namespace(IntFlag):
    """Kinds of namespace, by their CLONE_NEW* flags (linux/sched.h)."""

    MOUNT = 0x00020000
    CGROUP = 0x02000000
    UTS = 0x04000000
    IPC = 0x08000000
    PID = 0x20000000
    NET = 0x40000000


@dataclass(frozen=True, slots=True)
class PodNamespaces:
    """Files that hold a pod's shared namespaces open; containers of the pod join them."""

    net: Path
    ipc: Path
    uts: Path

    def by_kind(self) -> dict[Namespace, Path]:
        return {Namespace.NET: self.net, Namespace.IPC: self.ipc, Namespace.UTS: self.uts}


PROC_NAMES = {Namespace.NET: "net", Namespace.IPC: "ipc", Namespace.UTS: "uts"}


def unshare(kinds: Namespace) -> None:
    """Give the calling thread fresh namespaces; call it in a thread of its own (see `in_thread`)."""
    _check(_libc.unshare(int(kinds)), f"unshare {kinds!r}")


def enter(path: Path) -> None:
    """Move the calling thread into the namespace that `path` holds open."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(fd, 0), f"setns {path}")
    finally:
        os.close(fd)


def hold(kind: Namespace, path: Path) -> None:
    """Keep the calling thread's namespace of this kind alive at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    source = f"/proc/thread-self/ns/{PROC_NAMES[kind]}"
    result = _libc.mount(source.encode(), os.fsencode(path), None, MS_BIND, None)
    _check(result, f"mount {source} on {path}")


def is_held(path: Path) -> bool:
    """True when a namespace is mounted on `path`, not when it is a plain file left from a broken start."""
    try:
        return path.stat().st_dev == Path("/proc/self/ns/net").stat().st_dev
    except FileNotFoundError:
        return False


def release(path: Path) -> None:
    """Let go of the namespace at `path`, if there is one, and remove the file."""
    # A path may have been mounted on more than once; each umount takes one layer off.
    while is_held(path):
        _check(_libc.umount2(os.fsencode(path), MNT_DETACH), f"umount {path}")
    path.unlink(missing_ok=True)


def set_hostname(name: str) -> None:
    """Set the host name of the calling thread's UTS namespace."""
    encoded = name.encode()
    _check(_libc.sethostname(encoded, len(encoded)), f"sethostname {name}")


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a fresh thread that ends with it.

    Namespaces belong to a thread, and one that has changed its own must not be used for anything else
    afterwards.
    """
    outcome = _Outcome[T]()
    thread = threading.Thread(target=outcome.settle, args=(work,), name="riftgate-namespace")
    thread.start()
    thread.join()
    return outcome.get()


def write_sysctl(name: str, value: str | int) -> None:
    """Set a network parameter of the calling thread's network namespace, e.g. `net/ipv4/ip_forward`."""
    try:
        (Path("/proc/sys") / name).write_text(f"{value}")
    except OSError as error:
        raise LocalError(
            f"cannot set {name} = {value}: {error.strerror}; /proc/sys must be writable and the kernel have IPv6"
        ) from error


class _Outcome(Generic[T]):
    def __init__(self) -> None:
        self._value: T | None = None
        self._error: BaseException | None = None

    def settle(self, work: Callable[[], T]) -> None:
        try:
            self._value = work()
        except BaseException as error:
            self._error = error

    def get(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


def _check(result: Any, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise LocalError(f"{what}: {os.strerror(number)}")
