# SPDX-License-Identifier: Apache-2.0
"""Steady traffic between pods, and an account of it that both ends must agree on; for tests that disturb things."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.mesh_harness import COMMAND_SECONDS, Mesh, command


@dataclass(slots=True)
class Account:
    """Filled when the traffic is over."""

    sent: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    served: Counter[str] = field(default_factory=Counter)
    """Requests in the log of the server, by their kind."""


@contextmanager
def steady_traffic(mesh: Mesh, client: str, server: str, host: str) -> Iterator[Account]:
    """From the client's pod (`pods/steady.py`) to the server's (`pods/server.py`), for as long as the context lasts."""
    account, before = Account(), _served(mesh, server)
    pipe: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    argv = command(mesh.name, "exec", client, "--", "/usr/bin/python3", "/app/steady.py", host)
    with mesh.trusted():
        # The pod's own traffic, and no exec session's.
        process = subprocess.Popen(argv, **pipe)
    with process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline()) == {"begun": True}
            yield account
        except BaseException:
            process.kill()
            raise
        output, _ = process.communicate(timeout=COMMAND_SECONDS)
    told = json.loads(output)
    account.sent.update(told["sent"])
    account.failures.extend(told["failures"])
    account.served.update(_served(mesh, server) - before)


def _served(mesh: Mesh, server: str) -> Counter[str]:
    lines = mesh.log(server).splitlines()
    return Counter(kind for line in lines for kind in ("fresh", "kept") if line == f"http GET /{kind} HTTP/1.1")


def assert_nothing_lost(account: Account) -> None:
    """Every request was answered, and the server has seen each of them once."""
    assert account.failures == []
    assert min(account.sent[kind] for kind in ("fresh", "kept", "stream")) > 0
    assert account.served == Counter({kind: account.sent[kind] for kind in ("fresh", "kept")})
