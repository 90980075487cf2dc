# SPDX-License-Identifier: Apache-2.0
"""What was recorded, as a tree per container: pure, from records to text and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Executed:
    """A program that came to run. ``time`` is in seconds since the profile began, as everywhere here."""

    container: str
    time: float
    pid: int
    arguments: tuple[str, ...]
    cut: bool
    """There were as many arguments as a record holds, and maybe more."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A child process; threads are none."""

    container: str
    time: float
    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class Connected:
    """A connect(): where to, before anything is steered."""

    container: str
    time: float
    pid: int
    kind: str
    """tcp, udp, raw, unix, or unknown where the socket is older than the profile."""
    address: str
    """An IP address, or a unix socket's path (`@` for the abstract namespace)."""
    port: int
    result: str
    """ok, started (in the background), or an errno's name."""


Record: TypeAlias = Executed | Forked | Connected


@dataclass(frozen=True, slots=True)
class Known:
    """A process that ran when the profile began."""

    container: str
    pid: int
    parent: int
    arguments: tuple[str, ...]


@dataclass(slots=True)
class Process:
    """One process: what it ran, one after the other, its children, and its connects by destination and result."""

    pid: int
    parent: int | None
    """In the same container; None for a first one, and for what was brought in from outside."""
    began: float | None
    """None: before the profile."""
    programs: list[tuple[float | None, tuple[str, ...], bool]] = field(default_factory=list)
    connections: dict[tuple[str, str, int], Counter[str]] = field(default_factory=dict)
    children: list[int] = field(default_factory=list)


class Profile:
    """The trees of one pod's containers."""

    def __init__(self, containers: tuple[str, ...], known: tuple[Known, ...] = ()) -> None:
        self.processes: dict[str, dict[int, Process]] = {name: {} for name in containers}
        for each in known:
            process = self._process(each.container, each.pid, began=None)
            process.programs.append((None, each.arguments, False))
        for each in known:
            if each.parent in self.processes[each.container]:
                self._adopt(each.container, each.parent, each.pid)

    def add(self, record: Record) -> None:
        """Records come in the order of the kernel's ring: a child is known before it does anything."""
        if isinstance(record, Forked):
            self._process(record.container, record.pid, record.time)
            # A pid that is used again is another process.
            self.processes[record.container].pop(record.child, None)
            self._process(record.container, record.child, record.time)
            self._adopt(record.container, record.pid, record.child)
            return
        process = self._process(record.container, record.pid, record.time)
        if isinstance(record, Executed):
            process.programs.append((record.time, record.arguments, record.cut))
        else:
            destination = (record.kind, record.address, record.port)
            process.connections.setdefault(destination, Counter())[record.result] += 1

    def _process(self, container: str, pid: int, began: float | None) -> Process:
        return self.processes[container].setdefault(pid, Process(pid, None, began))

    def _adopt(self, container: str, parent: int, child: int) -> None:
        self.processes[container][child].parent = parent
        children = self.processes[container][parent].children
        if child not in children:
            children.append(child)

    def to_dict(self, name_of: Callable[[str], str | None]) -> dict[str, Any]:
        """For JSON; ``name_of`` gives the workload or service with an address."""
        return {
            name: [_process_dict(process, name_of) for process in processes.values()]
            for name, processes in self.processes.items()
        }

    def lines(self, name_of: Callable[[str], str | None]) -> Iterator[str]:
        """The trees, for people."""
        for name, processes in self.processes.items():
            yield name
            roots = [process.pid for process in processes.values() if process.parent is None]
            for root in roots:
                yield from _tree(processes, root, "  ", name_of)


def _tree(processes: dict[int, Process], pid: int, indent: str, name_of: Callable[[str], str | None]) -> Iterator[str]:
    process = processes[pid]
    when = "" if process.began is None else f" +{process.began:.1f} s"
    programs = [" ".join(arguments) + (" ..." if cut else "") for _, arguments, cut in process.programs]
    yield f"{indent}{pid}{when} {' => '.join(programs) or '(forked)'}"
    for (kind, address, port), results in process.connections.items():
        name = name_of(address)
        where = address if kind == "unix" else f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        said = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
        yield f"{indent}  -> {kind} {where}{f' ({name})' if name else ''}: {said}"
    for child in process.children:
        yield from _tree(processes, child, indent + "  ", name_of)


def _process_dict(process: Process, name_of: Callable[[str], str | None]) -> dict[str, Any]:
    return {
        "pid": process.pid,
        "parent": process.parent,
        "began": process.began,
        "programs": [
            {"time": when, "arguments": list(arguments), "cut": cut} for when, arguments, cut in process.programs
        ],
        "connections": [
            {"kind": kind, "address": address, "port": port, "name": name_of(address), "results": dict(results)}
            for (kind, address, port), results in process.connections.items()
        ],
    }
