# SPDX-License-Identifier: Apache-2.0
"""Asks the same questions over and over inside a pod, each on time however long the one before takes.

The first line of standard input says what: [{"name", "kind", "every", "seconds", ...}], times in seconds.
    http       host, port, method, path: one request over a connection of its own
    echo       host, port: some bytes over a TCP connection of its own, and back
    datagram   host, port: one datagram, and one back
    dns        host, asked: one query for an A record over UDP

For each question a line on standard output once it is answered, or not within `seconds`:
    {"name", "sent", "done", "got", "fault": header}, moments in seconds of CLOCK_MONOTONIC; `got` is a status, a DNS
    code, `echoed`, `corrupted`, `answered` or an error
Any further line of input is answered with {"mark": line} once everything that was asked before it is answered. The end
of standard input ends it. A program of its own: Python 3.11 and its standard library are all it needs.
"""

import errno
import http.client
import itertools
import json
import random
import socket
import struct
import sys
import threading
import time
from typing import Any

RCODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}

open_questions: list[threading.Thread] = []
stopped = threading.Event()


def say(word: object) -> None:
    # One write per line: threads do not cut into each other's lines.
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


def ask_http(question: dict[str, Any]) -> tuple[str, str | None]:
    connection = http.client.HTTPConnection(question["host"], question["port"], timeout=question["seconds"])
    try:
        connection.request(question["method"], question["path"])
        answer = connection.getresponse()
        answer.read()
        return str(answer.status), answer.headers.get("x-riftgate-fault")
    finally:
        connection.close()


def ask_echo(question: dict[str, Any]) -> tuple[str, None]:
    # What might be HTTP, sidecars wait for the rest of: a second each.
    sent, heard = b"\0" + random.randbytes(63), b""
    with socket.create_connection((question["host"], question["port"]), question["seconds"]) as asking:
        asking.sendall(sent)
        while len(heard) < len(sent):
            chunk = asking.recv(len(sent))
            if not chunk:
                return "closed", None
            heard += chunk
    return "echoed" if heard == sent else "corrupted", None


def ask_datagram(question: dict[str, Any]) -> tuple[str, None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(question["seconds"])
        asking.sendto(b"ping", (question["host"], question["port"]))
        asking.recvfrom(65535)
        return "answered", None


def ask_dns(question: dict[str, Any]) -> tuple[str, None]:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in question["asked"].split("."))
    number = random.getrandbits(16)
    query = struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(question["seconds"])
        asking.connect((question["host"], 53))
        asking.send(query)
        _, flags = struct.unpack_from("!2H", asking.recv(65535))
        return RCODES.get(flags & 15, str(flags & 15)), None


KINDS = {"http": ask_http, "echo": ask_echo, "datagram": ask_datagram, "dns": ask_dns}


def ask(question: dict[str, Any]) -> None:
    sent = time.monotonic()
    fault = None
    try:
        got, fault = KINDS[question["kind"]](question)
    except TimeoutError:
        got = "timed out"
    except OSError as error:
        got = errno.errorcode.get(error.errno or 0, str(error))
    except http.client.HTTPException as error:
        got = type(error).__name__
    say({"name": question["name"], "sent": sent, "done": time.monotonic(), "got": got, "fault": fault})


def ask_on(question: dict[str, Any]) -> None:
    began = time.monotonic()
    for number in itertools.count():
        if stopped.wait(max(0.0, began + number * question["every"] - time.monotonic())):
            return
        asking = threading.Thread(target=ask, args=(question,), daemon=True)
        asking.start()
        open_questions.append(asking)


if __name__ == "__main__":
    for each in json.loads(sys.stdin.readline()):
        threading.Thread(target=ask_on, args=(each,), daemon=True).start()
    for line in sys.stdin:
        before = list(open_questions)
        for pending in before:
            pending.join()
        del open_questions[: len(before)]
        say({"mark": line.strip()})
    stopped.set()
