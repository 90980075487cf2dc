# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from scenarios.agreement import compare
from scenarios.events import ClientSaw, Kind, RequestSeen

DELAYS = {"s/slow": 1000}
CLIENT = ClientSaw(time=11.0, request="r", status=200, duration_ms=1002.0, faults=("s/slow",))
RECORD = RequestSeen(
    time=11.1,
    request="r",
    started=10.0,
    source="default/tiefighter",
    destination="default/deathstar-0",
    port=80,
    method="POST",
    path="/",
    status=200,
    kind=Kind.INJECTED,
    duration_ms=1001.0,
    on_target=True,
    routed=("s/slow",),
    fired=("s/slow",),
)


def test_what_both_saw_agrees():
    agreement = compare([CLIENT], [RECORD], DELAYS)
    assert (agreement.agreed, agreement.differences) == (1, ())


@pytest.mark.parametrize(
    "client, record, words",
    [
        ({"status": 503}, {}, "the client saw status 503, the sidecar sent 200"),
        ({"status": 0, "error": "timed out"}, {}, "no answer (timed out)"),
        ({"denied": True}, {}, "denied: the client saw True"),
        ({}, {"kind": Kind.DENIED}, "denied: the client saw False"),
        ({"faults": ()}, {}, "faults: the client saw none, the sidecar logged s/slow"),
        ({"faults": ("s/slow", "s/full")}, {}, "faults: the client saw s/full, s/slow"),
        ({}, {"routed": (), "fired": ()}, "faults: the client saw s/slow, the sidecar logged none"),
        ({"duration_ms": 900.0}, {}, "delayed by 1000 ms, but the client had its answer after 900 ms"),
        ({}, {"request": "other"}, "sent 1 times, the sidecars logged 0"),
        ({}, {"on_target": False}, "sent 1 times, the sidecars logged 0"),
    ],
)
def test_each_difference_is_found(client, record, words):
    agreement = compare([replace(CLIENT, **client)], [replace(RECORD, **record)], DELAYS)
    assert agreement.agreed == 0
    assert words in str(agreement.differences[0])


def test_a_drawn_fault_that_had_nothing_to_do_may_be_in_the_header():
    drawn = replace(RECORD, fired=(), kind=Kind.GENUINE)
    assert compare([CLIENT], [drawn], DELAYS).agreed == 1


@pytest.mark.parametrize(("status", "agreed"), [(503, 1), (0, 1), (200, 0), (500, 0)])
def test_a_reset_is_no_answer_or_that_of_the_clients_own_sidecar(status, agreed):
    reset = replace(RECORD, status=0)
    assert compare([replace(CLIENT, status=status, faults=(), duration_ms=1.0)], [reset], DELAYS).agreed == agreed


def test_retries_under_one_id_are_paired_in_the_order_of_time():
    first = replace(CLIENT, time=5.0, status=503, faults=(), duration_ms=1.0)
    failed = replace(RECORD, started=4.9, status=503, routed=(), fired=())
    assert compare([CLIENT, first], [RECORD, failed], DELAYS).agreed == 2
    swapped = replace(failed, started=20.0)
    assert len(compare([CLIENT, first], [RECORD, swapped], DELAYS).differences) == 2


def test_a_request_logged_twice_is_a_difference():
    agreement = compare([CLIENT], [RECORD, replace(RECORD, started=11.0)], DELAYS)
    assert str(agreement.differences[0]) == "r: sent 1 times, the sidecars logged 2"
