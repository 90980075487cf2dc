# SPDX-License-Identifier: Apache-2.0
"""Faults of connections on a real Envoy, as the one that dials sees them: every effect and its end."""

import asyncio
import socket
import struct
import time
from statistics import mean

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.connection_faults import Existing
from l7filters.faults import Family, RandomDelay, Which
from l7filters.labels import Selector
from tests.connection_laboratory import BLOB, ECHO, HTTP, TIE, Lab, eventually, exchange, fault, fixed, to_the_end
from tests.delays import EARLY, at_least
from tests.envoy_harness import next_flow, request_bytes
from tests.private_network import TIMEOUT
from xds_server.connection_lines import Did
from xds_server.draw import seeded

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_a_fault_all_passes(lab: Lab) -> None:
    """Large streams in both directions, a half-close on either side, a reset on either side."""
    connection = await lab.dial()
    assert await lab.talk(connection, BLOB) == BLOB
    assert await asyncio.to_thread(to_the_end, connection, b"\0last", True) == (b"\0last", "fin")
    connection = await lab.dial()
    assert await asyncio.to_thread(to_the_end, connection, b"\0bye") == (b"farewell", "fin")
    connection.close()
    await eventually(lambda: lab.servers.ends == ["fin", "fin"])
    connection = await lab.dial()
    await lab.talk(connection, b"\0hello")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    await eventually(lambda: lab.servers.ends[2:] == ["rst"])
    assert lab.hits == []


@pytest.mark.parametrize("stream", list(Stream))
async def test_latency_follows_its_distribution(lab: Lab, stream: Stream) -> None:
    """No more round trips are below a quantile than the distribution says (Kolmogorov and Smirnov, one-sided: one in
    ten thousand by chance); a busy machine makes them longer, never shorter. And it is no fixed delay, nor much longer.
    """
    lab.on(fault("late", ConnectionEffects(latency=RandomDelay(Family.UNIFORM, (20.0, 60.0))), stream=stream))
    connection = await lab.dial()

    def trips(count: int) -> list[float]:
        found = []
        for _ in range(count):
            begun = time.monotonic()
            exchange(connection, b"\0ping", 4)
            found.append((time.monotonic() - begun) * 1000)
        return found

    found = await asyncio.to_thread(trips, 120)
    assert min(found) >= 1000 * at_least(0.02, 2 if stream is Stream.BOTH else 1)
    expected = {60: 0.125, 80: 0.5, 100: 0.875} if stream is Stream.BOTH else {30: 0.25, 40: 0.5, 50: 0.75}
    for quantile, share in expected.items():
        assert mean(each <= quantile for each in found) < share + 0.2, (quantile, sorted(found))
    first, *_, last = expected
    assert min(found) < first + 15
    assert mean(each <= last + 60 for each in found) > 0.5
    assert lab.did(Did.HIT) == ["trouble/late"]
    connection.close()


async def test_latency_keeps_the_order(lab: Lab) -> None:
    lab.on(fault("late", ConnectionEffects(latency=RandomDelay(Family.EXPONENTIAL, (5.0,)))))
    connection = await lab.dial()
    assert await lab.talk(connection, BLOB) == BLOB
    assert await asyncio.to_thread(to_the_end, connection, b"\0end", True) == (b"\0end", "fin")


@pytest.mark.parametrize("stream", [Stream.UPSTREAM, Stream.DOWNSTREAM])
async def test_bandwidth(lab: Lab, stream: Stream) -> None:
    lab.on(fault("slow", ConnectionEffects(bytes_per_second=400_000), stream=stream))
    connection = await lab.dial()

    async def seconds(said: bytes) -> float:
        begun = time.monotonic()
        assert await lab.talk(connection, said, 200_000) == BLOB[:200_000]
        return time.monotonic() - begun

    downstream = min([await seconds(b"\0get 200000") for _ in range(3)])
    both = await seconds(BLOB[:200_000])
    assert both >= at_least(0.5)
    assert downstream >= at_least(0.5) if stream is Stream.DOWNSTREAM else downstream < both
    assert await asyncio.to_thread(to_the_end, connection, b"\0end", True) == (b"\0end", "fin")


async def test_slices(lab: Lab) -> None:
    lab.on(fault("sliced", ConnectionEffects(slices=Slices(10, 20)), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    begun = time.monotonic()
    assert await lab.talk(connection, b"\0" * 95) == b"\0" * 95
    # Ten slices, nine pauses.
    assert time.monotonic() - begun >= at_least(0.02, 9)
    # Nor is anything lost of what one end says before it closes.
    assert await asyncio.to_thread(to_the_end, connection, b"\0bye") == (b"farewell", "fin")
    connection.close()
    await eventually(lambda: lab.servers.ends == ["fin"])


@pytest.mark.parametrize("said", [b"\0hello", b""])
async def test_reset_at_once(lab: Lab, said: bytes) -> None:
    """Also where nobody says anything."""
    lab.on(fault("gone", ConnectionEffects(reset=ConnectionReset())))
    connection = await lab.dial()
    assert await asyncio.to_thread(to_the_end, connection, said) == (b"", "rst")
    await lab.does(Did.HIT, "trouble/gone")
    await lab.does(Did.RESET, "trouble/gone")


async def test_reset_after_bytes(lab: Lab) -> None:
    does = ConnectionEffects(reset=ConnectionReset(after_bytes=100_000))
    lab.on(fault("torn", does, stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0get 500000")
    assert (len(received) <= 100_000, end) == (True, "rst")
    assert received == BLOB[: len(received)]
    # What is said in time arrives.
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0get 99999", 99_999) == BLOB[:99_999]
    connection.close()


async def test_reset_after_a_time(lab: Lab) -> None:
    lab.on(fault("torn", ConnectionEffects(reset=ConnectionReset(after_milliseconds=1500))))
    connection = await lab.dial()
    begun = time.monotonic()
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    assert await asyncio.to_thread(to_the_end, connection) == (b"", "rst")
    assert time.monotonic() - begun >= at_least(1.5)


@pytest.mark.parametrize("stream", list(Stream))
async def test_data_limit(lab: Lab, stream: Stream) -> None:
    """Both streams together, if it is about both."""
    lab.on(fault("short", ConnectionEffects(close_after_bytes=1000), stream=stream))
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0" * 400) == b"\0" * 400
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0" * 900)
    # Upstream 600 get there, of which some may be echoed before the close; together the streams have 200 left.
    assert end == "fin"
    assert len(received) == 600 if stream is Stream.DOWNSTREAM else len(received) <= 600
    await lab.does(Did.CLOSE, "trouble/short")


async def test_blackhole_until_the_fault_ends(lab: Lab) -> None:
    """Then all that was sent arrives, in order."""
    lab.on(fault("hole", ConnectionEffects(blackhole_after=0), stream=Stream.UPSTREAM))
    connection = await lab.dial()
    connection.sendall(BLOB[:1000])
    await lab.does(Did.BLACKHOLE, "trouble/hole")
    await lab.takes_all()
    connection.sendall(BLOB[1000:3000])
    await lab.takes_all()
    lab.on()
    assert await lab.talk(connection, b"", 3000) == BLOB[:3000]
    assert await asyncio.to_thread(to_the_end, connection, b"\0end", True) == (b"\0end", "fin")


async def test_blackhole_after_bytes_and_then_a_reset(lab: Lab) -> None:
    does = ConnectionEffects(blackhole_after=500, reset=ConnectionReset(after_milliseconds=1500))
    lab.on(fault("hole", does, stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    begun = time.monotonic()
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0get 2000")
    assert (received, end) == (BLOB[:500], "rst")
    assert time.monotonic() - begun >= at_least(1.5)


async def test_a_rule_ends_by_itself(lab: Lab) -> None:
    ends = time.monotonic() + 1.0
    lab.on(fault("hole", ConnectionEffects(blackhole_after=0)), seconds=1.0)
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    assert time.monotonic() >= ends - EARLY
    connection.close()


async def test_slow_close(lab: Lab) -> None:
    lab.on(fault("lingers", ConnectionEffects(close_delay_milliseconds=400), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    begun = time.monotonic()
    connection.sendall(b"\0bye")
    assert await lab.talk(connection, b"", 8) == b"farewell"
    assert await asyncio.to_thread(to_the_end, connection) == (b"", "fin")
    assert time.monotonic() - begun >= at_least(0.4)
    connection.close()


async def test_corruption(lab: Lab) -> None:
    lab.on(fault("noise", ConnectionEffects(corrupt_parts=10_000), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    received = await lab.talk(connection, b"\0get 100000", 100_000)
    flipped = sum((one ^ other).bit_count() for one, other in zip(received, BLOB, strict=False))
    assert len(received) == 100_000
    # One percent of 800,000 bits; each piece has at least one.
    assert flipped == pytest.approx(8000, abs=100)
    connection.close()


async def test_which_ones(lab: Lab) -> None:
    gone = ConnectionEffects(reset=ConnectionReset())

    async def ends(count: int) -> list[str]:
        found = []
        for _ in range(count):
            connection = await lab.dial()
            found.append((await asyncio.to_thread(to_the_end, connection, b"\0bye"))[1])
            connection.close()
        return found

    lab.on(fault("gone", gone, which=Which(every=3, first=2)))
    assert await ends(10) == ["fin", "fin", "rst", "fin", "fin", "rst", "fin", "fin", "fin", "fin"]
    lab.on(fault("seeded", gone, which=Which(seed=42), parts_per_million=400_000))
    drawn = ["rst" if seeded(42, "trouble/seeded", f"#{n}") < 400_000 else "fin" for n in range(1, 21)]
    assert await ends(20) == drawn
    lab.on(fault("late", ConnectionEffects(latency=fixed(1)), which=Which(at_once=1)))
    lab.hits.clear()
    one, other = await lab.dial(), await lab.dial()
    for connection in (one, other):
        assert await lab.talk(connection, b"\0hello") == b"\0hello"
    assert lab.did(Did.HIT) == ["trouble/late"]
    one.close()
    other.close()


async def test_by_caller(lab: Lab) -> None:
    does = ConnectionEffects(reset=ConnectionReset())
    lab.on(fault("gone", does, source=Selector.of({"org": "empire"})))
    connection = await lab.sidecar.open("10.0.0.3", ECHO)
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    connection.close()
    assert (await asyncio.to_thread(to_the_end, await lab.dial(), b"\0hello"))[1] == "rst"


async def test_open_connections_are_kept_or_reset(lab: Lab) -> None:
    first = fault("first", ConnectionEffects(latency=fixed(1)))
    lab.on(first)
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    hole = ConnectionEffects(blackhole_after=0)
    lab.on(first, fault("kept", hole, existing=Existing.KEEP))
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    lab.on(fault("hard", hole, existing=Existing.RESET))
    assert await asyncio.to_thread(to_the_end, connection) == (b"", "rst")
    await lab.does(Did.RESET, "trouble/hard")


async def test_several_at_once(lab: Lab) -> None:
    """Delays add up, and of the ends the earliest counts."""
    lab.on(
        fault("a", ConnectionEffects(latency=fixed(100)), stream=Stream.UPSTREAM),
        fault("b", ConnectionEffects(latency=fixed(150), close_after_bytes=50), stream=Stream.UPSTREAM),
        fault("c", ConnectionEffects(reset=ConnectionReset(after_bytes=10)), stream=Stream.DOWNSTREAM),
    )
    connection = await lab.dial()
    begun = time.monotonic()
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0" * 20)
    assert time.monotonic() - begun >= at_least(0.25)
    assert (received, end) == (b"\0" * 10, "rst")
    assert lab.did(Did.HIT) == ["trouble/a", "trouble/b", "trouble/c"]


async def test_what_is_held_is_bounded(lab: Lab) -> None:
    """Who dials waits, as for any network that takes nothing; who was dialled cannot be made to, and is reset."""

    def flood(connection: socket.socket) -> str:
        try:
            for _ in range(1000):
                connection.sendall(BLOB)
        except ConnectionError:
            return "rst"
        except TimeoutError:
            return "waits"
        return "taken"

    lab.on(fault("hole", ConnectionEffects(blackhole_after=0), stream=Stream.UPSTREAM))
    connection = await lab.dial()
    connection.settimeout(1)
    assert await asyncio.to_thread(flood, connection) == "waits"
    lab.on()
    connection.settimeout(TIMEOUT)
    received, end = await asyncio.to_thread(to_the_end, connection, b"", True)
    assert (len(received) > len(BLOB), end) == (True, "fin")
    assert lab.did(Did.OVERFLOW) == []

    lab.on(fault("hole", ConnectionEffects(blackhole_after=0), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    assert await asyncio.to_thread(flood, connection) == "rst"
    await lab.does(Did.OVERFLOW, "trouble/hole")


async def test_the_log_says_which_fault(lab: Lab) -> None:
    lab.on(fault("late", ConnectionEffects(latency=fixed(1))))
    with lab.sidecar.flows() as flows:
        connection = await lab.dial()
        assert await asyncio.to_thread(to_the_end, connection, b"\0bye") == (b"farewell", "fin")
        connection.close()
        async with asyncio.timeout(TIMEOUT):
            while (await next_flow(flows)).effects != ("trouble/late:connection",):
                continue


async def test_http(lab: Lab) -> None:
    """Also when Envoy itself closes behind its answer."""
    lab.on(fault("late", ConnectionEffects(latency=fixed(60), slices=Slices(40, 1))))
    begun = time.monotonic()
    (one, other) = await lab.sidecar.send_all(TIE, HTTP, [request_bytes("GET", "/", "deathstar")] * 2)
    assert time.monotonic() - begun >= at_least(0.06, 4)
    assert (one.status, one.body, other.status) == (200, b"Ship landed\n", 200)
    closing = await lab.sidecar.send(TIE, HTTP, request_bytes("GET", "/", "deathstar", [("connection", "close")]))
    assert (closing.status, closing.body) == (200, b"Ship landed\n")
    broken = await lab.dial(HTTP)
    broken.sendall(b"nonsense / HTTP/1.1\r\n\r\n")
    assert (await lab.talk(broken, b"", 24)).startswith(b"HTTP/1.1 400 Bad Request")
    broken.close()
