# SPDX-License-Identifier: Apache-2.0
"""The programs that are measured: started on a core of their own, told what to do by lines, weighed from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.report import BenchError

HERE = Path(__file__).parent


class Program:
    """A child process. `cores` are those that it may run on."""

    def __init__(self, command: Sequence[str | Path], cores: frozenset[int], environment: dict[str, str]) -> None:
        self._name = Path(command[0]).name
        self._process = subprocess.Popen(
            ["taskset", "--cpu-list", ",".join(map(str, sorted(cores))), *(str(part) for part in command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parents[1],
            env={**os.environ, **environment},
        )
        self._folder = Path("/proc") / str(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """At once: thousands of open streams are not to be closed one by one."""
        self._process.kill()
        self._process.wait()

    def tell(self, do: str, **arguments: object) -> dict[str, Any]:
        """Raises BenchError when the program says that it could not, or has died."""
        return self.exchange({"Do": do, **arguments})

    def exchange(self, line: Mapping[str, object], key: str = "") -> dict[str, Any]:
        """A line of JSON to it, and its next one, or its next one with this key. Raises BenchError when that is an
        error, or it has died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
        while True:
            said = self._process.stdout.readline()
            if not said:
                raise BenchError(f"{self._name} ended with {self._process.wait()} instead of answering {line}")
            answer: dict[str, Any] = json.loads(said)
            if not key or key in answer:
                break
        if answer.get("error"):
            raise BenchError(f"{self._name}: {answer['error']}")
        return answer

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Of all its threads until now."""
        total = 0
        for thread in (self._folder / "task").iterdir():
            with suppress(FileNotFoundError):  # A thread that ended in between.
                total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory_kib(self, field: str) -> int:
        """`VmRSS`: resident now. `VmHWM`: at most."""
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
        raise BenchError(f"no {field} in {self._folder}/status")

    def rest(self) -> None:
        """Wait until it has nothing to do any more, so that its CPU seconds hold all of the last work."""
        deadline = time.monotonic() + 30
        before = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(0.25)
            now = self.cpu_seconds()
            if now - before < 0.01:
                return
            before = now
        raise BenchError(f"{self._name} is still busy 30 s after the last ACK")


class Programs:
    """Where the built programs are, and which core is whose: server and client share none where there are two."""

    def __init__(self, built: Path, resources: Path, *, distinct: bool) -> None:
        self._built = built
        self._resources = resources
        self._distinct = ["--distinct"] if distinct else []
        cores = sorted(os.sched_getaffinity(0))
        half = max(1, len(cores) // 2)
        self.server_cores = frozenset(cores[:half])
        self.client_cores = frozenset(cores[half:] or cores)

    def server(self, kind: str) -> Program:
        """`riftgate`, `snapshot` or `linear`."""
        command: list[str | Path] = [sys.executable, "-m", "bench.xds.server", *self._distinct]
        if kind != "riftgate":
            command = [self._built / "peer", f"-cache={kind}", f"-resources={self._resources}", *self._distinct]
        return Program(command, self.server_cores, {"GOMAXPROCS": str(len(self.server_cores))})

    def sidecars(self, clusters: int, route: str) -> Program:
        command: list[str | Path] = [self._built / "sidecars", f"-clusters={clusters}", f"-route={route}"]
        return Program(command, self.client_cores, {"GOMAXPROCS": str(len(self.client_cores))})


def build(into: Path) -> None:
    """Compile the Go programs. Raises BenchError without a Go toolchain."""
    try:
        subprocess.run(["go", "build", "-o", f"{into}/", "./peer", "./sidecars"], cwd=HERE, check=True)
    except FileNotFoundError as error:
        raise BenchError("no `go` here; install Go 1.26 or newer") from error
    except subprocess.CalledProcessError as error:
        raise BenchError("the Go programs could not be built; the compiler's words are above") from error
