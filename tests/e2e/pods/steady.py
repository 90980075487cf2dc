# SPDX-License-Identifier: Apache-2.0
"""Steady traffic, each request counted: steady.py HOST, until its standard input ends.

A JSON line `{"begun": true}` once all kinds of it run, and at the end one with what was sent and what went wrong:

fresh   a connection per request to port 80, of several threads
kept    requests on connections that stay, of several threads
stream  pieces that port 7000 sends back, on one connection

A program of its own: Python 3.11 and its standard library are all it needs.
"""

import http.client
import json
import socket
import sys
import threading
from collections import Counter

SECONDS = 20.0
PAUSE = 0.002
THREADS = 2

stop = threading.Event()
lock = threading.Lock()
sent: Counter[str] = Counter()
failures: list[str] = []
begun = threading.Barrier(2 * THREADS + 2)


def settle(kind: str, failure: str | None) -> None:
    with lock:
        if failure is None:
            sent[kind] += 1
        else:
            failures.append(f"{kind}: {failure}")


def one(connection: http.client.HTTPConnection, kind: str) -> str | None:
    try:
        connection.request("GET", f"/{kind}")
        response = connection.getresponse()
        response.read()
        return None if response.status == 200 else str(response.status)
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return repr(error)


def fresh(host: str) -> None:
    begun.wait()
    while not stop.wait(PAUSE):
        connection = http.client.HTTPConnection(host, 80, timeout=SECONDS)
        settle("fresh", one(connection, "fresh"))
        connection.close()


def kept(host: str) -> None:
    connection = http.client.HTTPConnection(host, 80, timeout=SECONDS)
    connection.connect()
    begun.wait()
    while not stop.wait(PAUSE):
        settle("kept", one(connection, "kept"))


def stream(host: str) -> None:
    with socket.create_connection((host, 7000), SECONDS) as connection:
        # Neither a method nor too short to tell.
        pieces = connection.makefile("rwb")
        begun.wait()
        number = 0
        while not stop.wait(PAUSE):
            number += 1
            line = f"\0{number}\n".encode()
            try:
                pieces.write(line)
                pieces.flush()
                heard = pieces.readline()
            except OSError as error:
                settle("stream", repr(error))
                return
            settle("stream", None if heard == line else repr(heard))
            if heard != line:
                return


def main(host: str) -> None:
    kinds = [fresh, kept] * THREADS + [stream]
    threads = [threading.Thread(target=kind, args=(host,)) for kind in kinds]
    for thread in threads:
        thread.start()
    begun.wait()
    print(json.dumps({"begun": True}), flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"sent": sent, "failures": failures[:20]}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
