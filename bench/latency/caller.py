# SPDX-License-Identifier: Apache-2.0
"""A caller in a pod: one request after the other on one connection, and a line of JSON whenever the answers change.

caller.py SOURCE HOST PORT PATH     SOURCE may be empty

`at` is CLOCK_MONOTONIC, the same for all processes of the machine, when the first such answer was there.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import http.client
import json
import sys
import time

PAUSE = 0.0005
"""Seconds between an answer and the next request: the CPU is not ours alone."""


def main(source: str, host: str, port: str, path: str) -> None:
    connection = http.client.HTTPConnection(host, int(port), timeout=30, source_address=(source, 0) if source else None)
    last: tuple[int, str] | None = None
    while True:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        now = time.monotonic()
        seen = (response.status, response.headers.get("x-riftgate-fault", ""))
        if seen != last:
            last = seen
            print(json.dumps({"at": now, "status": seen[0], "fault": seen[1]}), flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main(*sys.argv[1:])
