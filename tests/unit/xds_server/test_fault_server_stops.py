# SPDX-License-Identifier: Apache-2.0
"""A fault server that stops lets go of every request."""

from contextlib import closing
from dataclasses import dataclass
from typing import cast

from l7filters.faults import Body, Edit
from l7filters.translate.fault_server import EFFECT_KEY, effect_to_json
from xds_server.ext_proc import SERVICE, FaultServer
from xds_server.grpc_call import Call, CallListener


@dataclass
class Recorded:
    """A call that only notes its end."""

    headers: list[tuple[str, str]]
    ended: bool = False

    def end(self) -> None:
        self.ended = True


def asked(server: FaultServer) -> tuple[Recorded, CallListener | None]:
    """A request that a sidecar asks about."""
    call = Recorded([(f"{EFFECT_KEY}0", effect_to_json("siege/odd", Body(Edit.REPLACE, "no")))])
    return call, server.handler[f"/{SERVICE}/Process"](cast("Call", call))


def test_what_is_under_way() -> None:
    """Not its connections alone, which have two seconds: a request would be late by them, after the fault's end."""
    with closing(FaultServer()) as server:
        call, stream = asked(server)
        assert stream is not None
        assert not call.ended
    assert call.ended


def test_what_a_sidecar_asks_before_it_has_heard_of_the_stop() -> None:
    server = FaultServer()
    server.close()
    call, stream = asked(server)
    assert (call.ended, stream) == (True, None)
