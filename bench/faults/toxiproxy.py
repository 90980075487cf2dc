# SPDX-License-Identifier: Apache-2.0
"""Toxiproxy, built from the Go module proxy, in the place of a sidecar."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.datapath.configurations import SERVER_PORT
from bench.datapath.lab import Lab
from bench.report import BenchError

MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server"
VERSION = "v2.12.0"
PORT = 15999
"""Where it listens in its pod, before the pod's server."""
_API = "127.0.0.1:8474"
_START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Toxic:
    """One kind of trouble for the bytes from the server to the client. Times in milliseconds, rates in KB/s."""

    kind: str
    attributes: Mapping[str, int] = field(default_factory=dict)


def build(into: Path) -> Path:
    """The program. Go keeps what it has built: the next time takes a second. Raises BenchError without a toolchain."""
    environment = {**os.environ, "GOBIN": str(into), "GOFLAGS": "-trimpath", "GOWORK": "off"}
    try:
        subprocess.run(
            ["go", "install", f"{MODULE}@{VERSION}"],
            env=environment,
            cwd=into,
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise BenchError("no `go` here; install Go 1.23 or newer") from error
    except subprocess.CalledProcessError as error:
        raise BenchError(f"Toxiproxy {VERSION} could not be built:\n{error.stderr}") from error
    return into / "server"


def start(lab: Lab, pod: str, program: Path, toxic: Toxic | None) -> None:
    """Before the server of this pod, with this toxic for ever. Raises BenchError when it does not start."""
    # Like the sidecars, which have one worker.
    command = ("env", "GOMAXPROCS=1", "LOG_LEVEL=error", str(program), "-host", _API.partition(":")[0])
    lab.start(pod, "sidecar", "toxiproxy", command)
    address = lab.address(pod)
    proxy = {"name": "server", "listen": f"{address}:{PORT}", "upstream": f"{address}:{SERVER_PORT}", "enabled": True}
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            _post(lab, pod, "/proxies", proxy)
            break
        except subprocess.CalledProcessError as error:
            if time.monotonic() > deadline:
                raise BenchError(f"Toxiproxy did not start: {error.stderr}") from error
            time.sleep(0.05)
    if toxic is not None:
        body = {"type": toxic.kind, "stream": "downstream", "toxicity": 1.0, "attributes": dict(toxic.attributes)}
        _post(lab, pod, "/proxies/server/toxics", body)


def _post(lab: Lab, pod: str, path: str, body: object) -> None:
    command = ["curl", "--silent", "--show-error", "--fail", "--data", json.dumps(body), f"http://{_API}{path}"]
    lab.run(pod, command)
