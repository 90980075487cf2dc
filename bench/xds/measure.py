# SPDX-License-Identifier: Apache-2.0
"""What is measured, with all servers alive at once and taking turns: what slows the machine slows them all."""

from __future__ import annotations

import itertools
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.xds.processes import Program, Programs
from bench.xds.resources import CLUSTERS, ROUTE_NAME


@dataclass(frozen=True, slots=True)
class Publish:
    """One publish until the last ACK for it was sent."""

    seconds: float
    server_cpu: float
    client_cpu: float
    responses: int


@dataclass(slots=True)
class Result:
    """One server with so many sidecars."""

    server: str
    sidecars: int
    cold_start: Publish | None = None
    """All connect at once and start from nothing."""
    restart: Publish | None = None
    """All reconnect at once after a restart that brought one change, and tell what they hold."""
    to_all: list[Publish] = field(default_factory=list)
    to_one: list[float] = field(default_factory=list)
    """Seconds from a publish for one sidecar to its ACK."""
    to_one_cpu: float = 0.0
    """Server CPU seconds for each of those: the same whatever the number of sidecars, if the others are no work."""
    responses_to_others: int = 0
    """What those publishes made all the other sidecars get."""
    idle_kib: float = 0.0
    """Resident memory for each sidecar, once all are current."""
    peak_kib: float = 0.0
    """Most that was ever resident, for each sidecar."""

    def median(self, of: Callable[[Publish], float]) -> float:
        return statistics.median(map(of, self.to_all))

    def percentile_to_one(self, percent: int) -> float:
        ordered = sorted(self.to_one)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Pair:
    """One server and the sidecars that are connected to it."""

    def __init__(self, programs: Programs, kind: str, count: int, stack: ExitStack) -> None:
        self._programs = programs
        self._kind = kind
        self._count = count
        self._stack = stack
        self._generations = itertools.count(1)
        self.client = stack.enter_context(programs.sidecars(CLUSTERS, ROUTE_NAME))
        self.server, self._address = self._started()
        self._empty_kib = self.server.memory_kib("VmRSS")
        self.result = Result(kind, count)

    def _started(self) -> tuple[Program, str]:
        server = self._stack.enter_context(self._programs.server(self._kind))
        self._publish(server)
        return server, server.tell("listen")["address"]

    def _publish(self, server: Program, node: int | None = None) -> dict[str, int]:
        self._generation = next(self._generations)
        return server.tell("publish", Generation=self._generation, Count=self._count, Node=node)

    @contextmanager
    def _weighed(self) -> Iterator[list[Publish]]:
        """Call with nothing going on. What is appended inside comes out with the CPU seconds that it took."""
        server, client = self.server.cpu_seconds(), self.client.cpu_seconds()
        inside: list[Publish] = []
        yield inside
        client_cpu = self.client.cpu_seconds() - client
        self.server.rest()
        (plain,) = inside
        inside[0] = Publish(plain.seconds, self.server.cpu_seconds() - server, client_cpu, plain.responses)

    def _connect(self, *, versions: bool) -> Publish:
        with self._weighed() as made:
            answer = self.client.tell(
                "connect",
                Address=self._address,
                Count=self._count,
                Generation=self._generation,
                Versions=versions,
            )
            made.append(Publish((answer["last"] - answer["began"]) / 1e9, 0, 0, answer["responses"]))
        return made[0]

    def cold_start(self) -> None:
        self.result.cold_start = self._connect(versions=False)
        self.result.idle_kib = (self.server.memory_kib("VmRSS") - self._empty_kib) / self._count

    def to_all(self) -> None:
        with self._weighed() as made:
            self.client.tell("expect", Generation=self._generation + 1, Count=self._count)
            began = self._publish(self.server)["began"]
            answer = self.client.tell("wait")
            made.append(Publish((answer["last"] - began) / 1e9, 0, 0, answer["responses"]))
        self.result.to_all.append(made[0])
        self.result.peak_kib = (self.server.memory_kib("VmHWM") - self._empty_kib) / self._count

    def to_one(self, node: int) -> None:
        self.client.tell("expect", Generation=self._generation + 1, Count=1)
        began = self._publish(self.server, node)["began"]
        self.result.to_one.append((self.client.tell("wait")["last"] - began) / 1e9)

    def responses(self) -> int:
        """That all sidecars got since they exist, once no more are on their way."""
        self.server.rest()
        self.client.rest()
        count: int = self.client.tell("count")["all"]
        return count

    def restart(self) -> None:
        self.client.tell("disconnect")
        self.server.stop()
        self.server, self._address = self._started()
        self.result.restart = self._connect(versions=True)


def measure(
    programs: Programs, kinds: Sequence[str], count: int, *, rounds: int, singles: int, restart: bool
) -> list[Result]:
    """Raises BenchError."""
    with ExitStack() as stack:
        pairs = [Pair(programs, kind, count, stack) for kind in kinds]
        for pair in pairs:
            pair.cold_start()
        for _ in range(rounds):
            for pair in pairs:
                pair.to_all()
        # A linear cache has the same for everybody.
        particular = [pair for pair in pairs if pair.result.server != "linear"]
        before = [(pair.responses(), pair.server.cpu_seconds()) for pair in particular]
        chosen = random.Random(count)
        for node in (chosen.randrange(count) for _ in range(singles)):
            for pair in particular:
                pair.to_one(node)
        for pair, (responses, cpu) in zip(particular, before, strict=True):
            # Counted at rest: what came late is in both.
            pair.result.responses_to_others = pair.responses() - responses - singles
            pair.result.to_one_cpu = (pair.server.cpu_seconds() - cpu) / max(1, singles)
        if restart:
            for pair in pairs:
                pair.restart()
        return [pair.result for pair in pairs]
