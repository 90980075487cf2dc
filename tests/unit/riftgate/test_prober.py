# SPDX-License-Identifier: Apache-2.0
"""The sender inside a pod: every request gets its answer, and exactly one."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riftgate.instance import Instance
from riftgate.local import prober, probers
from riftgate.local.errors import LocalError
from riftgate.local.probers import Probers

REQUEST = {"number": 7, "method": "POST", "url": "http://127.0.0.1:1/", "headers": [], "body": None, "timeout": 2.0}
ECHO = """\
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["url"] == "garbage":
        print("no json", flush=True)
    elif request["url"] == "end":
        sys.exit()
    else:
        print(json.dumps({"number": request["number"], "status": 200, "url": request["url"]}), flush=True)
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1\tlocalhost\n\n# a comment\n10.96.0.1 deathstar deathstar.default.svc.cluster.local\n")
    return path


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("deathstar", "10.96.0.1"),
        ("deathstar.default.svc.cluster.local", "10.96.0.1"),
        ("10.0.0.9", "10.0.0.9"),
        ("10.96.0.1", "10.96.0.1"),
        ("nobody", "nobody"),
    ],
)
def test_names_are_the_pods_own(hosts: Path, host: str, address: str) -> None:
    assert prober.resolve(host, hosts) == address


def test_a_deadline_that_is_over() -> None:
    with pytest.raises(TimeoutError):
        prober.remaining(0.0)


@pytest.fixture
def server() -> Iterator[tuple[int, list[bytes]]]:
    """Answers one request, and keeps what it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            got = b""
            while not got.endswith("é".encode()):
                got += connection.recv(65536)
            seen.append(got)
            connection.sendall(b"HTTP/1.1 418 Teapot\r\nx-a: 1\r\ncontent-length: 3\r\n\r\n\xc3\xa9!")

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1], seen
    thread.join()


def answered(request: dict[str, Any], hosts: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    prober.answer(request, hosts)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_request_goes_out_to_the_letter(
    server: tuple[int, list[bytes]], hosts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port, seen = server
    url = f"http://127.0.0.1:{port}/v1//a/%2e?q=1"
    request = REQUEST | {"url": url, "headers": [["x-request-id", "r1"]], "body": "é"}
    found = answered(request, hosts, capsys)
    assert (found["number"], found["status"], found["body"]) == (7, 418, "é!")
    assert ["x-a", "1"] in found["headers"]
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /v1//a/%2e?q=1 HTTP/1.1",
        f"host: 127.0.0.1:{port}".encode(),
        b"content-length: 2",
        b"x-request-id: r1",
    ]
    assert body == "é".encode()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"timeout": 0.0},
        {"url": "http://127.0.0.1:99999/"},
        {"url": "http://[::1"},
        {"method": "BAD METHOD"},
        {"headers": "what"},
        {"headers": [["x", "\r\ny: 1"]]},
        {"body": 3},
    ],
)
def test_whatever_goes_wrong_is_an_answer(
    change: dict[str, Any], hosts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answered(REQUEST | change, hosts, capsys)
    assert (found["number"], found["status"]) == (7, 0)
    assert found["error"]


@pytest.fixture
def echoing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Probers whose program needs no pod; the list says which pods one was started for."""
    program = tmp_path / "echo.py"
    program.write_text(ECHO)
    started: list[str] = []

    class State:
        cgroup = tmp_path

    def find(_instance: Instance, pod: str) -> State:
        started.append(pod)
        if pod == "default/none":
            raise LocalError("there is no pod default/none")
        return State()

    monkeypatch.setattr(probers, "_PROGRAM", program)
    monkeypatch.setattr(probers, "find_container", find)
    return started


async def test_answers_find_their_requests(echoing: list[str], tmp_path: Path) -> None:
    async with Probers(Instance("unit", tmp_path)) as senders:
        answers = await asyncio.gather(*(senders.send("default/a", {"url": str(number)}) for number in range(50)))
    assert [each["url"] for each in answers] == [str(number) for number in range(50)]
    assert echoing == ["default/a"], "one sender, though all asked at once"


async def test_a_sender_that_ended_is_replaced(echoing: list[str], tmp_path: Path) -> None:
    async with Probers(Instance("unit", tmp_path)) as senders:
        with pytest.raises(LocalError, match="has ended"):
            await senders.send("default/a", {"url": "end"})
        assert (await senders.send("default/a", {"url": "again"}))["url"] == "again"
    assert echoing == ["default/a", "default/a"]


async def test_nobody_waits_for_a_sender_that_talks_nonsense(echoing: list[str], tmp_path: Path) -> None:
    senders = Probers(Instance("unit", tmp_path))
    with pytest.raises(LocalError, match="has ended"):
        await senders.send("default/a", {"url": "garbage"})
    with pytest.raises(ValueError, match="Expecting value"):
        await senders.__aexit__(None, None, None)


async def test_a_pod_that_does_not_run(echoing: list[str], tmp_path: Path) -> None:
    async with Probers(Instance("unit", tmp_path)) as senders:
        with pytest.raises(LocalError, match="there is no pod"):
            await senders.send("default/none", {"url": "x"})
