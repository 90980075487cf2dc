# SPDX-License-Identifier: Apache-2.0
"""Locks that end with whoever holds them."""

import os
import threading
from pathlib import Path

import pytest

from riftgate.local.errors import LocalError
from riftgate.local.lock import held


def test_the_second_is_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "agent.lock"
    with held(path, "an agent of mesh x"):
        with (
            pytest.raises(
                LocalError, match=rf"an agent of mesh x runs already \(process {os.getpid()}\); there can be"
            ),
            held(path, "an agent of mesh x"),
        ):
            pass
        assert path.read_text() == f"{os.getpid()}\n"
    with held(path, "an agent of mesh x"):
        pass


def test_who_waits_gets_it_next(tmp_path: Path) -> None:
    path, order = tmp_path / "up.lock", []

    def second() -> None:
        waiting.set()
        with held(path, "an up", wait=True):
            order.append("second")

    waiting = threading.Event()
    with held(path, "an up"):
        thread = threading.Thread(target=second)
        thread.start()
        waiting.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_it_ends_with_the_process(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    child = os.fork()
    if child == 0:
        held(path, "an agent").__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    with held(path, "an agent"):
        pass
