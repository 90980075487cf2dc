# SPDX-License-Identifier: Apache-2.0
"""Sends HTTP requests as a pod's app would: from its container's cgroup and its network namespace.

A program of its own, started by ``probers.py``. Its one argument is an order in JSON: `cgroup`, `netns`, `hosts`. Each
line of standard input is a request in JSON: `number`, `method`, `url`, `headers`, `body`, `timeout`; each line of
standard output an answer: `number`, `status`, `headers`, `body`, `ms`, or `error`. It ends with its input.
"""

import ctypes
import http.client
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_CLONE_NEWNET = 0x40000000
_AT_ONCE = 256
_CHUNK = 65536


def main(order: dict[str, Any]) -> None:
    # Before any socket and any thread: the cgroup is what makes this an app's process.
    (Path(order["cgroup"]) / "cgroup.procs").write_text("0")
    netns = os.open(order["netns"], os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(netns, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"cannot join {order['netns']}")
    os.close(netns)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for line in sys.stdin:
            pool.submit(answer, json.loads(line), Path(order["hosts"]))
        # Nobody is left to be answered: what is under way need not come to its end.
        os._exit(0)


def answer(request: dict[str, Any], hosts: Path) -> None:
    started = time.monotonic()
    try:
        result = send(request, hosts, started + request["timeout"])
    except TimeoutError:
        result = {"status": 0, "error": f"no answer within {request['timeout']:g} s"}
    except Exception as error:
        # Whatever it is: somebody waits for this answer.
        result = {"status": 0, "error": str(error) or type(error).__name__}
    result |= {"number": request["number"], "ms": (time.monotonic() - started) * 1000}
    # One write per line: threads do not cut into each other's lines.
    try:
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(0)


def send(request: dict[str, Any], hosts: Path, deadline: float) -> dict[str, Any]:
    url = urlsplit(request["url"])
    connection = http.client.HTTPConnection(
        resolve(url.hostname or "", hosts), url.port or 80, timeout=remaining(deadline)
    )
    try:
        connection.connect()
        connection.sock.settimeout(remaining(deadline))
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        body = request["body"].encode() if request["body"] is not None else None
        connection.putrequest(request["method"], target, skip_host=True, skip_accept_encoding=True)
        named = {name.lower() for name, _ in request["headers"]}
        if "host" not in named:
            connection.putheader("host", url.netloc)
        if body is not None and "content-length" not in named:
            connection.putheader("content-length", str(len(body)))
        for name, value in request["headers"]:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        received = bytearray()
        while True:
            if connection.sock is not None:
                connection.sock.settimeout(remaining(deadline))
            chunk = response.read1(_CHUNK)
            if not chunk:
                break
            received += chunk
        return {
            "status": response.status,
            "headers": response.getheaders(),
            "body": received.decode(errors="replace"),
        }
    finally:
        connection.close()


def remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def resolve(host: str, hosts: Path) -> str:
    """As the pod would: by its own /etc/hosts, read anew, because services come and go."""
    for line in hosts.read_text().splitlines():
        words = line.split()
        if host in words[1:]:
            return words[0]
    return host


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
