# SPDX-License-Identifier: Apache-2.0
"""A clock that jumps and a world without sidecars, so that a ten-second run takes milliseconds."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from l7filters.faults import Fault, combine_effects
from scenarios.events import Event
from scenarios.model import Phase, Scenario
from scenarios.parse import parse_scenarios
from scenarios.runner import Run
from scenarios.world import (
    Command,
    CommandResult,
    Flow,
    FlowsLost,
    HttpAnswer,
    HttpRequest,
    Reach,
    Refused,
    Told,
)

EPOCH = 1_700_000_000.0
TARGET = "default/deathstar-0"
Record = Flow | FlowsLost | Told | Exception | None
"""What a stream of flow records brings: an exception breaks it off, None ends it."""


class FakeClock:
    """Time stands still while anything can run, then jumps to the next sleeper."""

    def __init__(self) -> None:
        self.time = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return EPOCH + self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._order), woken))
        await woken

    async def drive(self, work: Awaitable[object]) -> object:
        """Run `work` to its end. AssertionError when it waits for something that no sleeper will bring."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await self._until_idle()
            sleepers = [one for one in self._sleepers if not one[2].done()]
            if not task.done() and not sleepers:
                task.cancel()
                raise AssertionError("the run hangs: nothing sleeps and nothing runs")
            heapq.heapify(sleepers)
            if sleepers and not task.done():
                self.time, _, woken = heapq.heappop(sleepers)
                woken.set_result(None)
            self._sleepers = sleepers
        return task.result()

    async def _until_idle(self) -> None:
        """Until nothing but this coroutine can run: asyncio's queue of callbacks is empty."""
        ready = asyncio.get_running_loop()._ready  # there is no public way to ask
        await asyncio.sleep(0)
        while ready:  # noqa: ASYNC110 - what runs next is what is waited for
            await asyncio.sleep(0)


class FakeWorld:
    """Faults by the book: every nth request is hit; leases run out; each call can be made to fail."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[str] = []
        self.trouble: dict[str, Callable[[], Awaitable[None]]] = {}
        self.reach = (TARGET,)
        self.injecting = True
        self.counted: dict[str, int] = {}
        """What the agent says of faults that no sidecar injects, since it began."""
        self.answers: Callable[[HttpRequest], HttpAnswer] | None = None
        self.command_result = CommandResult(0, "fine\n")
        self._on: tuple[Fault, ...] = ()
        self._lease_ends = 0.0
        self._flows: list[asyncio.Queue[Record]] = []
        self._counter = itertools.count()

    @property
    def on(self) -> tuple[Fault, ...]:
        """What a sidecar would inject now."""
        return self._on if self.clock.time < self._lease_ends else ()

    async def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.trouble:
            await self.trouble[name]()

    def _reached(self, faults: tuple[Fault, ...]) -> Reach:
        return Reach({f.id: self.reach for f in faults}, {f.id: None for f in faults})

    async def plan(self, scenario: str, faults: tuple[Fault, ...]) -> Reach:
        await self._call("plan")
        return self._reached(faults)

    async def activate(self, scenario: str, faults: tuple[Fault, ...], lease_seconds: float) -> Reach:
        # The fault may be live before the last ACK, so trouble comes after the effect.
        self._on, self._lease_ends = faults, self.clock.time + lease_seconds
        await self._call("activate " + ",".join(f.name for f in faults))
        await self._call("activate")
        return self._reached(faults)

    async def renew(self, scenario: str, lease_seconds: float) -> None:
        await self._call("renew")
        if not self.on:
            raise Refused("the lease has run out")
        self._lease_ends = self.clock.time + lease_seconds

    async def deactivate(self, scenario: str) -> None:
        await self._call("deactivate")
        self._on = ()

    async def hits(self) -> dict[str, int]:
        await self._call("hits")
        return dict(self.counted)

    @asynccontextmanager
    async def flows(self) -> AsyncIterator[AsyncIterator[Flow | FlowsLost | Told]]:
        await self._call("flows")
        queue: asyncio.Queue[Record] = asyncio.Queue()
        self._flows.append(queue)
        yield self._records(queue)

    async def _records(self, queue: asyncio.Queue[Record]) -> AsyncIterator[Flow | FlowsLost | Told]:
        while True:
            record = await queue.get()
            if record is None:
                return
            if isinstance(record, Exception):
                raise record
            yield record

    def emit(self, record: Record) -> None:
        for queue in self._flows:
            queue.put_nowait(record)

    async def http(self, request: HttpRequest) -> HttpAnswer:
        await self._call("http")
        if self.answers is not None:
            return self.answers(request)
        number = next(self._counter)
        every = [round(1_000_000 / fault.parts_per_million) for fault in self.on]
        hit = tuple(fault for fault, n in zip(self.on, every, strict=True) if self.injecting and number % n == 0)
        started, combined = self.clock.now(), combine_effects(hit)
        duration_ms = 2.0 + combined.delay_milliseconds
        await self.clock.sleep(duration_ms / 1000)
        status = combined.abort.http_status if combined.abort else 200
        flags = {"DI"} if combined.delay_milliseconds else set()
        flags |= {"FI"} if combined.abort else set()
        faults = tuple(fault.id for fault in hit)
        self.emit(
            Flow(
                request_id=request.request_id,
                started=started,
                duration_ms=duration_ms,
                source=request.pod,
                destination=TARGET,
                port=80,
                method=request.method,
                path="/" + request.url.split("/", 3)[3],
                status=status,
                faults=faults,
                flags=frozenset(flags),
                response_bytes=12,
            )
        )
        headers = (("x-riftgate-fault", ",".join(faults)),) if faults else ()
        return HttpAnswer(status, "Ship landed\n", headers, duration_ms + 0.5)

    async def run(self, command: Command) -> CommandResult:
        await self._call("run")
        return self.command_result


class MemoryJournal:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def write(self, event: Event) -> None:
        self.events.append(event)


SCENARIO = """
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: trouble}
spec:
  for: 10s
  lease: 9s
  steadyState:
  - name: ships land
    http: {from: tiefighter, method: POST, url: "http://deathstar/v1/request-landing"}
    tolerance: {status: 200, body: Ship landed, latency: 500ms}
    when: [before, after]
  faults:
  - name: slow
    target: {selector: {matchLabels: {class: deathstar}}, port: 80}
    match: {method: POST, path: /v1/request-landing}
    percentage: 50
    delay: 1s
  - name: full
    target: {selector: {matchLabels: {class: deathstar}}, port: 80}
    match: {method: POST, path: /v1/request-landing}
    percentage: 20
    abort: {status: 503}
  load:
    from: tiefighter
    method: POST
    url: http://deathstar/v1/request-landing
    requests: 200
"""


class Stage:
    """A run on a fake clock and in a fake world."""

    def __init__(self, text: str = SCENARIO) -> None:
        self.clock = FakeClock()
        self.world = FakeWorld(self.clock)
        self.journal = MemoryJournal()
        self.scenario: Scenario = parse_scenarios(text, "trouble.yaml")[0]
        self.on_event: Callable[[Event], None] | None = None
        self.build()

    def build(self) -> None:
        self.running = Run(self.scenario, self.world, self.journal, self.clock, self._seen)

    def _seen(self, event: Event) -> None:
        if self.on_event is not None:
            self.on_event(event)

    async def report(self):
        return await self.clock.drive(self.running.execute())

    def probe_during(self) -> None:
        """All probes are asked while the faults are on, and only then; there is no other load."""
        probes = tuple(replace(probe, phases=frozenset({Phase.DURING})) for probe in self.scenario.probes)
        self.scenario = replace(self.scenario, probes=probes, load=None)
        self.build()

    def of(self, kind: type) -> list:
        return [event for event in self.journal.events if isinstance(event, kind)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def make_stage() -> type[Stage]:
    return Stage
