# SPDX-License-Identifier: Apache-2.0
"""What a pod sees all the time (`e2e/pods/watch.py`), and what the kernel says of a frozen container; with moments."""

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mesh_harness import COMMAND_SECONDS, Mesh, command

LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """One question and what came of it; moments in seconds of CLOCK_MONOTONIC."""

    name: str
    sent: float
    done: float
    got: str
    fault: str | None = None


class Watch:
    """Everything that one pod has seen since it began to look."""

    def __init__(self, process: "subprocess.Popen[str]", questions: list[dict[str, Any]]) -> None:
        self._process = process
        self._seen: list[Seen] = []
        self._marks: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._tell(json.dumps(questions))
        threading.Thread(target=self._read, daemon=True).start()

    def since(self, moment: float) -> list[Seen]:
        """What was sent since then and is answered by now."""
        return [each for each in list(self._seen) if each.sent >= moment]

    def ask_for_mark(self, mark: str) -> None:
        """Everything that is asked before this moment counts for the mark."""
        self._tell(mark)

    def wait_for_mark(self, mark: str) -> None:
        """Until all that counts for the mark is answered."""
        while self._marks.get(timeout=COMMAND_SECONDS) != mark:
            pass

    def forget(self) -> None:
        self._seen = []

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word = json.loads(line)
            if "mark" in word:
                self._marks.put(word["mark"])
            else:
                self._seen.append(Seen(**word))


@contextmanager
def watching(mesh: Mesh, pod: str, questions: list[dict[str, Any]]) -> Iterator[Watch]:
    argv = command(mesh.name, "exec", pod, "--", "/usr/bin/python3", "/app/watch.py")
    with mesh.trusted():
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Watch(process, questions)
    finally:
        try:
            with contextlib.suppress(OSError):
                process.communicate(timeout=COMMAND_SECONDS)
        finally:
            process.kill()
            process.wait()


class FrozenMoments:
    """When a cgroup was seen frozen, as the kernel has it."""

    def __init__(self, cgroup: Path) -> None:
        self._events = cgroup / "cgroup.events"
        self._over = threading.Event()
        self.moments: list[float] = []
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            now = time.monotonic()
            with contextlib.suppress(OSError):
                if "frozen 1" in self._events.read_text():
                    self.moments.append(now)

    def stop(self) -> None:
        self._over.set()
        self._looking.join()
