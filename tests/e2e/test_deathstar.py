# SPDX-License-Identifier: Apache-2.0
"""The demo's app as its own process, on this machine's loopback."""

import http.client
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

import riftgate.demo

APP = Path(riftgate.demo.__file__).parent / "app" / "deathstar.py"


class Deathstar:
    def __init__(self, process: subprocess.Popen[str], output: IO[str]) -> None:
        self.process = process
        self.output = output
        self.port = int(output.readline().rpartition(" ")[2])

    def connect(self, host: str = "127.0.0.1") -> http.client.HTTPConnection:
        return http.client.HTTPConnection(host, self.port, timeout=20)


@pytest.fixture
def deathstar() -> Iterator[Deathstar]:
    environment = {**os.environ, "PORT": "0"}
    with subprocess.Popen(["/usr/bin/python3", APP], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        yield Deathstar(process, process.stdout)
        process.kill()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_ships_land_over_one_connection(deathstar: Deathstar, host: str) -> None:
    connection = deathstar.connect(host)
    for _ in range(3):
        connection.request("POST", "/v1/request-landing", body=b"who cares", headers={"X-Has-Force": "true"})
        answer = connection.getresponse()

        assert (answer.status, answer.read()) == (200, b"Ship landed\n")
        assert answer.headers["x-served-by"] == os.uname().nodename
        logged = deathstar.output.readline()
        assert logged.startswith("request 'POST /v1/request-landing HTTP/1.1' 200 from ")
        assert logged.endswith("x-has-force=true\n")


def test_the_exhaust_port_ends_it(deathstar: Deathstar) -> None:
    connection = deathstar.connect()
    connection.request("PUT", "/v1/exhaust-port")
    answer = connection.getresponse()

    assert answer.status == 500
    assert answer.read().startswith(b"Panic: deathstar exploded\n\ngoroutine 1 [running]:\n")
    assert deathstar.process.wait(20) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/", 200),
        ("GET", "/v1/request-landing", 404),
        ("PUT", "/v1/%65xhaust-port", 404),
        ("POST", "//v1", 404),
    ],
)
def test_the_log_shows_a_request_as_it_came(deathstar: Deathstar, method: str, path: str, status: int) -> None:
    connection = deathstar.connect()
    connection.request(method, path)

    assert connection.getresponse().status == status
    assert deathstar.output.readline().startswith(f"request '{method} {path} HTTP/1.1' {status} from ")
