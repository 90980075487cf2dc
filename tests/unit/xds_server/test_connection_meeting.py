# SPDX-License-Identifier: Apache-2.0
"""What the fault server says of connections, to whom, and when."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.connection_faults import ConnectionFault, Existing, connection_rule
from l7filters.faults import Family, FaultTarget, RandomDelay, Which
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World
from xds_server import connection_meeting
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_meeting import SERVICE, ConnectionFaultServer
from xds_server.grpc_call import CallListener, Shared, StatusCode

WORLD = World((Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",)),))
LATE = ConnectionEffects(latency=RandomDelay(Family.FIXED, (1.0,)))


class Call:
    """What the server answers, and how it ends."""

    def __init__(self, server: ConnectionFaultServer, method: str, body: str) -> None:
        self.headers: tuple[tuple[str, str], ...] = ()
        self.answered: str | None = None
        self.ended: StatusCode | None = None
        self._listener: CallListener | None = server.handler[f"/{SERVICE}/{method}"](self)  # type: ignore[arg-type]
        assert self._listener is not None
        self._listener.message_received(body.encode())
        if self.ended is None:
            self._listener.half_closed()

    def send(self, shared: Shared, own: bytes = b"") -> None:
        self.answered = (shared.body + own).decode()

    def end(self, code: StatusCode = StatusCode.OK, details: str = "") -> None:
        if self.ended is None:
            self.ended = code
            self.reset()

    def reset(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.closed()

    def faults(self) -> list[str]:
        assert self.answered is not None, "it is not answered"
        return [line.split()[1] for line in self.answered.splitlines() if line.startswith("fault ")]


def fault(does: ConnectionEffects, name: str = "f", **more: Any) -> ConnectionFault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return ConnectionFault("s", name, SourceLocation("s.yaml", 1), target, does, **more)


def who(number: int = 7) -> str:
    remote = f"remote 10.0.0.2:{4000 + number}"
    return f"pod default/deathstar\nside server\nlocal 10.0.0.1:80\n{remote}\nconnection {number}\n"


class Lab:
    def __init__(self) -> None:
        self.hits: list[ConnectionHit] = []
        self.server = ConnectionFaultServer(self.hits.append, Random(1))
        self.now = 1000.0
        self.server.clock = lambda: self.now

    def on(self, *faults: ConnectionFault, seconds: float = 600) -> None:
        end = self.now + seconds
        self.server.set_rules((connection_rule(WORLD, each), end) for each in faults)

    def meet(self, known: int, number: int = 7, again: bool = False) -> Call:
        return Call(self.server, "Meet", f"{who(number)}known {known}\n{'again 1' if again else ''}")

    def did(self) -> list[tuple[str, Did]]:
        return [(each.fault, each.did) for each in self.hits]


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    yield made
    made.server.close()


async def test_a_connection_is_drawn_at_once_and_told_what_changes(lab: Lab) -> None:
    lab.on(fault(LATE), fault(ConnectionEffects(bytes_per_second=100), "g"))
    first = lab.meet(0)
    assert first.answered == (
        "version 1\nfault s/f both 600000000 latency fixed 1.0 0.0 60000\nfault s/g both 600000000 rate 100\n"
    )
    assert lab.did() == [("s/f", Did.HIT), ("s/g", Did.HIT)]
    second = lab.meet(1)
    await turn()
    assert second.answered is None
    lab.now += 100.0
    lab.on(fault(LATE), seconds=500)
    await turn()
    assert second.answered == "version 2\nfault s/f both 500000000 latency fixed 1.0 0.0 60000\n"
    assert len(lab.hits) == 2


async def test_one_that_is_spared_is_told_so_and_waits(lab: Lab) -> None:
    lab.on(fault(LATE, which=Which(first=0x1, every=2)))
    assert lab.meet(0).answered == "version 1\n"
    waiting = lab.meet(1)
    lab.on()
    await turn()
    assert waiting.answered is None
    assert lab.hits == []


async def test_every_effect_has_its_words(lab: Lab) -> None:
    does = {
        "reset-now": ConnectionEffects(reset=ConnectionReset()),
        "reset-bytes 5 reset-us 7000": ConnectionEffects(reset=ConnectionReset(5, 7)),
        "slices 3 20000 corrupt 9": ConnectionEffects(slices=Slices(3, 20), corrupt_parts=9),
        "close 4 blackhole 6 close-delay-us 8000": ConnectionEffects(
            close_after_bytes=4, blackhole_after=6, close_delay_milliseconds=8
        ),
        "latency uniform 1.5 2.0 60000": ConnectionEffects(latency=RandomDelay(Family.UNIFORM, (1.5, 2.0))),
        "blackhole 0": ConnectionEffects(blackhole_after=0),
    }
    for number, (words, each) in enumerate(does.items()):
        lab.on(fault(each, stream=Stream.UPSTREAM))
        assert lab.meet(0, number).answered == f"version 1\nfault s/f upstream 600000000 {words}\n"
    # What happens as it begins needs nobody to tell.
    happened = [each for each in lab.did() if each[1] is not Did.HIT]
    assert happened == [("s/f", Did.RESET), ("s/f", Did.BLACKHOLE)]


async def test_a_fault_that_ends_by_itself_is_no_news(lab: Lab) -> None:
    """The filter ends it. Others are as they were."""
    lab.on(fault(LATE), seconds=10)
    lab.meet(0)
    waiting = lab.meet(1)
    lab.now += 10.0
    lab.on(fault(LATE, "other"))
    await turn()
    assert waiting.answered is None
    assert lab.meet(0).faults() == ["s/other"]


async def test_one_at_a_time_means_while_it_is_open(lab: Lab) -> None:
    lab.on(fault(LATE, which=Which(at_once=1)))
    assert lab.meet(0, 1).faults() == ["s/f"]
    open_one = lab.meet(1, 1)
    assert lab.meet(0, 2).faults() == []
    open_one.reset()
    assert lab.server.connections == 1, "the spared one"
    assert lab.meet(0, 3).faults() == ["s/f"]


async def test_who_does_not_ask_again_is_gone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_meeting, "RETURN_SECONDS", 0.01)
    lab.on(fault(LATE, which=Which(at_once=1)))
    assert lab.meet(0, 1).faults() == ["s/f"]
    async with asyncio.timeout(20):
        while lab.server.connections:  # noqa: ASYNC110 - what is looked at has no events
            await asyncio.sleep(0.001)
    assert lab.meet(0, 2).faults() == ["s/f"]
    # And if it was only late: what was said of it is over.
    assert lab.meet(1, 1).answered == "version 2\n"


async def test_an_answer_comes_in_any_case(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_meeting, "LONGEST_WAIT_SECONDS", 0.01)
    lab.on(fault(LATE))
    lab.meet(0)
    waiting = lab.meet(1)
    async with asyncio.timeout(20):
        while waiting.answered is None:  # noqa: ASYNC110 - what is looked at has no events
            await asyncio.sleep(0.001)
    assert waiting.answered.startswith("version 1\nfault s/f ")


async def test_open_ones_are_reset_and_no_newer_ones(lab: Lab) -> None:
    lab.meet(0)
    waiting = lab.meet(1)
    hard = fault(LATE, existing=Existing.RESET)
    lab.on(hard)
    await turn()
    assert waiting.answered == "version 2\nreset s/f\n"
    assert lab.did() == [("s/f", Did.RESET)]
    assert lab.meet(0, 8).faults() == ["s/f"]
    newer = lab.meet(1, 8)
    lab.on(hard, fault(LATE, "other"))
    await turn()
    assert newer.answered is None


async def test_one_between_two_questions_may_be_gone_and_is_not_said_to_be_reset(lab: Lab) -> None:
    """Nor is it, when that fault has ended by the time it asks."""
    for number in (7, 8):
        lab.meet(0, number)
    lab.on(fault(LATE, existing=Existing.RESET))
    await turn()
    assert lab.did() == []
    assert lab.meet(1).answered == "version 2\nreset s/f\n"
    assert lab.did() == [("s/f", Did.RESET)]
    lab.on()
    assert lab.meet(1, 8).answered == "version 2\n"
    assert lab.did() == [("s/f", Did.RESET)]


async def test_one_between_two_questions_hears_of_it_with_the_next(lab: Lab) -> None:
    lab.on(fault(LATE))
    lab.meet(0)
    lab.on()
    await turn()
    assert lab.meet(1).answered == "version 2\n"
    assert lab.meet(2).answered is None


@pytest.mark.parametrize("known", [0, 3])
async def test_who_has_lost_a_server_is_not_drawn_again(lab: Lab, known: int) -> None:
    """But what resets the connections that are open resets it, whether it came before or comes after."""
    lab.on(fault(LATE))
    waiting = lab.meet(known, again=True)
    if not known:
        assert waiting.answered == "version 1\n"
        waiting = lab.meet(1, again=False)
    await turn()
    assert (waiting.answered, lab.hits) == (None, [])
    lab.on(fault(LATE, "hard", existing=Existing.RESET))
    await turn()
    assert waiting.answered is not None
    assert waiting.answered.splitlines()[1] == "reset s/hard"
    assert lab.meet(known, 8, again=True).answered == f"version {known + 1}\nreset s/hard\n"


async def test_a_filter_that_has_let_go_has_no_place_any_more(lab: Lab) -> None:
    lab.on(fault(LATE, which=Which(at_once=1)))
    assert lab.meet(0, 1).faults() == ["s/f"]
    lab.meet(1, 1, again=True)
    assert lab.meet(0, 2).faults() == ["s/f"]


async def test_a_lease_that_is_renewed_is_told_before_the_old_one_ends(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.on(fault(LATE), seconds=10)
    lab.meet(0)
    waiting = lab.meet(1)
    lab.now += 3
    lab.on(fault(LATE), seconds=10)
    await asyncio.sleep(0.01)
    assert waiting.answered is None, "there are four seconds left at least"
    lab.now += 6
    lab.on(fault(LATE), seconds=10)
    assert waiting.answered is None
    lab.on(fault(LATE), seconds=5)
    await asyncio.sleep(0)
    short = lab.meet(0, 8)
    waiting = lab.meet(1, 8)
    lab.now += 4.5
    lab.on(fault(LATE), seconds=10)
    async with asyncio.timeout(20):
        while waiting.answered is None:  # noqa: ASYNC110 - what is looked at has no events
            await asyncio.sleep(0.001)
    assert short.faults() == ["s/f"]
    assert waiting.answered.startswith("version 2\nfault s/f both 10000000 ")


async def test_a_lease_that_is_cut_short_is_told_at_once(lab: Lab) -> None:
    lab.on(fault(LATE), seconds=10)
    lab.meet(0)
    waiting = lab.meet(1)
    lab.on(fault(LATE), seconds=2)
    await turn()
    assert waiting.answered is not None
    assert " 2000000 " in waiting.answered


async def test_a_change_is_settled_once_the_sidecars_know_it(lab: Lab) -> None:
    lab.on(fault(LATE))
    for number in range(600):
        lab.meet(0, number)
    waiting = [lab.meet(1, number) for number in range(600)]
    await asyncio.wait_for(lab.server.settled(20), 20)
    lab.on()
    settled = asyncio.create_task(lab.server.settled(20))
    for _ in range(10):
        await turn()
    assert all(each.answered == "version 2\n" for each in waiting)
    assert not settled.done()
    for number in range(1, 600):
        lab.meet(2, number)
    await turn()
    assert not settled.done()
    lab.meet(2, 0)
    await settled
    # One that stands still is not waited for.
    lab.on(fault(LATE, existing=Existing.RESET))
    await lab.server.settled(0.01)


async def test_what_the_filter_did_is_reported(lab: Lab) -> None:
    lab.on(fault(LATE))
    lab.meet(0)
    done = "did s/f close\ndid s/g overflow\n"
    told = Call(lab.server, "Tell", who() + done)
    assert (told.answered, told.ended) == ("", StatusCode.OK)
    assert lab.hits[-1] == ConnectionHit("s/g", "default/deathstar", "10.0.0.1:80", "10.0.0.2:4007", "7", Did.OVERFLOW)
    assert lab.did() == [("s/f", Did.HIT), ("s/f", Did.CLOSE), ("s/g", Did.OVERFLOW)]


async def test_one_that_stops_lets_all_go(lab: Lab) -> None:
    lab.on(fault(LATE))
    lab.meet(0)
    waiting = lab.meet(1)
    lab.server.close()
    assert waiting.ended is StatusCode.UNAVAILABLE
    assert lab.meet(0, 8).ended is StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("Meet", ""),
        ("Meet", who().replace("10.0.0.2:4007", "nowhere")),
        ("Meet", who().replace("side server", "side both")),
        ("Meet", who() + "known x"),
        ("Meet", who() + "known -1"),
        ("Meet", who().replace("pod default/deathstar", "pod d\u00e4thstar")),
        ("Tell", who() + "did s/f hit"),
        ("Tell", who() + "did s/f"),
        ("Tell", who().replace("local", "locale")),
    ],
)
async def test_what_it_cannot_understand(lab: Lab, method: str, body: str) -> None:
    lab.on(fault(LATE))
    assert Call(lab.server, method, body).ended is StatusCode.INVALID_ARGUMENT
    assert lab.server.connections == 0


def test_lines() -> None:
    hit = ConnectionHit("s/f", "default/deathstar", "10.0.0.1:80", "10.0.0.2:1", "7", Did.HIT)
    assert (
        hit.to_line()
        == b'{"hit": {"pod": "default/deathstar", "remote": "10.0.0.2:1", "connection": "7", "fault": "s/f"}}\n'
    )
    closed = ConnectionHit("s/f", "default/deathstar", "10.0.0.1:80", "10.0.0.2:1", "7", Did.CLOSE)
    assert closed.to_line().startswith(b'{"did": {"pod": "default/deathstar"')
