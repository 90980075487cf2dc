# SPDX-License-Identifier: Apache-2.0
"""What is kept for a connection has a bound, however small the pieces are in which its bytes come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import cast

from envoy_api.service.network_ext_proc.v3 import Data, ProcessingRequest, ProcessingResponse
from l7filters.connection_effects import ConnectionEffects, Stream
from l7filters.connection_faults import ALL_CONNECTIONS, ConnectionRule, Existing
from l7filters.faults import Inject
from l7filters.translate.connection_faults import CONNECTION_KEY, INJECT_KEY, LOCAL_KEY, POD_KEY, REMOTE_KEY
from xds_server.connection_lane import Lane, Shaping
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_proc import MAX_HELD_BYTES, SERVICE, ConnectionFaultServer
from xds_server.grpc_call import Call, CallListener, Shared

HEADERS = [
    (POD_KEY, "space/falcon"),
    (INJECT_KEY, "server"),
    (LOCAL_KEY, "10.0.0.1:80"),
    (REMOTE_KEY, "10.0.0.2:9"),
    (CONNECTION_KEY, "7"),
]
BYTE = ProcessingRequest(read_data=Data(data=b"x")).SerializeToString()


@dataclass
class Recorded:
    """A call that only notes what it is sent."""

    headers: list[tuple[str, str]] = field(default_factory=lambda: HEADERS)
    blocked: bool = False
    sent: list[ProcessingResponse] = field(default_factory=list)

    round_trip = 0.0

    def measure(self, since: float) -> None:
        pass

    def send(self, message: Shared) -> None:
        self.sent.append(ProcessingResponse.FromString(message.body))


@contextmanager
def connection(does: ConnectionEffects) -> Iterator[tuple[ConnectionFaultServer, Recorded, CallListener, list[Did]]]:
    """One that a fault hits, from its first byte on."""
    said: list[Did] = []

    def note(hit: ConnectionHit) -> None:
        said.append(hit.did)

    rule = ConnectionRule(
        fault="siege/wire",
        activation=1,
        does=does,
        stream=Stream.BOTH,
        parts_per_million=ALL_CONNECTIONS,
        which=None,
        inject=Inject.SERVER,
        existing=Existing.KEEP,
        pods=frozenset({"space/falcon"}),
        peers=frozenset({None}),
        port=80,
        dialled=(("10.0.0.1", 80),),
        callers=None,
    )
    call = Recorded()
    server = ConnectionFaultServer(note)
    server.set_rules([(rule, server.clock() + 3600)])
    listener = server.handler[f"/{SERVICE}/Process"](cast("Call", call))
    assert listener is not None
    try:
        yield server, call, listener, said
    finally:
        listener.closed()
        server.close()


async def test_a_sender_of_single_bytes_into_a_blackhole_is_reset_within_the_bound() -> None:
    with connection(ConnectionEffects(blackhole_after=0)) as (server, call, listener, said):
        pieces = 0
        while Did.OVERFLOW not in said:
            listener.message_received(BYTE)
            pieces += 1
            assert pieces * 256 < MAX_HELD_BYTES, "each of them takes more than that"
        assert call.sent[-1].connection_status == ProcessingResponse.ConnectionStatus.CLOSE_RST
        listener.closed()
        assert server.held == 0


def test_what_has_left_takes_no_memory() -> None:
    lane = Lane([Shaping(ConnectionEffects(close_delay_milliseconds=1000), ())], Random(7))
    lane.feed(b"first", False, 0.0)
    lane.feed(b"last", True, 0.0)
    assert lane.memory > lane.held == len(b"firstlast")
    while lane.take(10.0) is not None:
        pass
    assert lane.memory == 0
