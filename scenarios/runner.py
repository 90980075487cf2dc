# SPDX-License-Identifier: Apache-2.0
"""Runs one scenario: baseline -> faults under a lease -> revert -> recovery -> report.

    stop(cause) <-- a probe broken, control lost, a signal, a failing journal, an error
        |
        v
    hold: [ timeline | renewals | probes | load ]  --->  revert (always, not to be cancelled)  --->  recovery

Whatever ends the hold, the revert runs once the world has been touched. It tries until the world confirms or
the lease has run out; renewals have ended by then, so it ends within one lease in any case.
"""

import asyncio
import contextlib
import signal
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator

from scenarios.clock import Clock, SystemClock, within
from scenarios.concurrency import first_cause, insist, unless
from scenarios.events import (
    Activated,
    Activating,
    Cause,
    ClientSaw,
    Event,
    FaultsHit,
    Finished,
    Probed,
    Renewed,
    Reverted,
    RevertFailed,
    Stage,
    StageBegan,
    Stopped,
)
from scenarios.journal import Journal
from scenarios.model import FlowCheck, Load, Phase, Probe, Scenario
from scenarios.outcome import ACTIVATION_SECONDS, decide_outcome
from scenarios.planning import longest_delay_seconds, run_started
from scenarios.probes import Judgement, ask, expected_of
from scenarios.recorder import Recorder
from scenarios.report import Report, build_report
from scenarios.world import ControlLost, Flow, FlowsLost, HttpRequest, Refused, Told, Unable, World, WorldError

REVERT_SECONDS = 2.0
"""The least time that one attempt to revert gets."""
RETRY_SECONDS = 0.5
LOG_DELAY_SECONDS = 1.0
"""How long after a request's end its flow record may still come (sidecars flush their logs every 0.1 s)."""
LATE_RECORDS_SECONDS = 4.0
"""How much longer the records of the run's own load may take, on a host that is short of CPU."""
FAULT_HEADER = "x-riftgate-fault"
VERDICT_HEADER = "x-riftgate-verdict"


class Run:
    """One run of one scenario; `execute` is called once. `interrupt` may be called at any time."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        journal: Journal,
        clock: Clock | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._clock: Clock = clock or SystemClock()
        self._recorder = Recorder(scenario, journal, self._clock, on_event, self._stop)
        self._stopped = asyncio.Event()
        self._hurried = asyncio.Event()
        self._over = False
        self._reached = False
        self._hits_before: Counter[str] = Counter()
        self._touched = False
        self._renewable = False
        self._lease_ends = 0.0
        self._sending: list[asyncio.Task[None]] = []

    def interrupt(self, reason: str) -> None:
        """Stop and revert. A second call also gives up the recovery probes; the revert is never given up."""
        if self._stopped.is_set():
            self._hurried.set()
        self._stop(Cause.INTERRUPTED, reason)

    async def execute(self) -> Report:
        """Raises only CancelledError, after the revert; every other trouble is part of the report."""
        self._record(run_started(self._scenario, self._clock.now()))
        try:
            async with self._world.flows() as flows:
                await self._with_flows(flows)
                self._over = True
        except asyncio.CancelledError:
            self._stop(Cause.INTERRUPTED, "cancelled")
            raise
        except Exception as error:
            self._stop_for(error, "flow records")
        finally:
            self._over = True
            outcome = decide_outcome(self._recorder.events)
            self._record(Finished(self._clock.now(), outcome.verdict, outcome.reasons))
        return build_report(self._recorder.events)

    async def _with_flows(self, flows: AsyncIterator[Flow | FlowsLost | Told]) -> None:
        reader = asyncio.create_task(self._read_flows(flows))
        try:
            try:
                await self._stages()
            finally:
                await insist(self._revert())
            await self._count_hits()
            if self._reached:
                await unless(self._hurried, self._recovery())
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _read_flows(self, flows: AsyncIterator[Flow | FlowsLost | Told]) -> None:
        try:
            async for flow in flows:
                self._recorder.on_flow(flow)
        except Exception as error:
            self._stop_for(error, "flow records", Cause.CONTROL_LOST)
        else:
            self._stop(Cause.CONTROL_LOST, "the flow records ended")

    async def _stages(self) -> None:
        try:
            if await unless(self._stopped, self._baseline()) and not self._stopped.is_set():
                await self._hold()
        except Exception as error:
            self._stop_for(error, "the run")

    async def _baseline(self) -> None:
        scenario = self._scenario
        self._record(StageBegan(self._clock.now(), Stage.BASELINE))
        # What is never on at the same time does not contradict itself.
        for faults in scenario.sets:
            plan = self._world.plan(scenario.name, faults)
            self._recorder.reach |= await within(self._clock, ACTIVATION_SECONDS, plan)
        async with asyncio.TaskGroup() as group:
            asked = [
                (probe, group.create_task(self._probe(probe, Stage.BASELINE)))
                for probe in scenario.probes_in(Phase.BEFORE)
            ]
        failed = [(probe, task.result()) for probe, task in asked if task.result().met is not True]
        if failed:
            self._stop(Cause.BASELINE, "; ".join(f"{probe.name}: {seen.seen}" for probe, seen in failed))

    async def _hold(self) -> None:
        self._record(StageBegan(self._clock.now(), Stage.FAULTS))
        if self._stopped.is_set():
            return
        activated = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._renew(activated))]
            for probe in self._scenario.probes_in(Phase.DURING):
                beside.append(group.create_task(self._probe_repeatedly(probe, activated)))
            if self._scenario.load is not None:
                beside.append(group.create_task(self._send_load(self._scenario.load, activated, group)))
            await unless(self._stopped, self._timeline(activated))
            for task in beside:
                task.cancel()
            # The load's last answers may be slow: revert before waiting for them.
            await insist(self._revert())
            if self._sending and not await unless(self._hurried, asyncio.wait(self._sending)):
                for task in self._sending:
                    task.cancel()

    async def _timeline(self, activated: asyncio.Event) -> None:
        """Turns each fault on and off at its offset; ends with the run's duration."""
        await self._switch(0.0)
        began = self._clock.monotonic()
        activated.set()
        for moment in self._scenario.borders()[1:]:
            await self._clock.sleep(began + moment - self._clock.monotonic())
            if moment < self._scenario.duration_seconds:
                await self._switch(moment)

    async def _switch(self, moment: float) -> None:
        """Make exactly the faults of this moment active; returns once every target has ACKed."""
        scenario, world = self._scenario, self._world
        faults = scenario.active_at(moment)
        names = tuple(fault.id for fault in faults)
        self._recorder.turning_off()
        self._renewable = False
        self._record(Activating(self._clock.now(), names, scenario.lease_seconds))
        if self._stopped.is_set():
            # The journal has just failed: what cannot be recorded is not done.
            return
        if scenario.counted and not self._reached:
            self._hits_before = Counter(await within(self._clock, ACTIVATION_SECONDS, world.hits()))
        self._touched = self._reached = True
        targets: set[str] = set()
        try:
            if faults:
                activation = world.activate(scenario.name, faults, scenario.lease_seconds)
                reach = await within(self._clock, ACTIVATION_SECONDS, activation)
                self._recorder.turned_on(names, reach)
                self._renewable = True
                targets.update(*(reach.targets.get(name, ()) for name in names))
            else:
                await within(self._clock, ACTIVATION_SECONDS, world.deactivate(scenario.name))
        except TimeoutError:
            raise Refused(f"not every target has ACKed within {ACTIVATION_SECONDS:g} s") from None
        finally:
            self._lease_begins()
        self._record(Activated(self._clock.now(), names, tuple(sorted(targets))))

    def _lease_begins(self) -> None:
        self._lease_ends = self._clock.monotonic() + self._scenario.lease_seconds

    async def _renew(self, activated: asyncio.Event) -> None:
        """At a third of the lease, so that one slow renewal does not end the faults early."""
        await activated.wait()
        name, lease = self._scenario.name, self._scenario.lease_seconds
        while True:
            await self._clock.sleep(lease / 3)
            if not self._renewable:
                continue
            self._record(Renewed(self._clock.now(), self._clock.now() + lease))
            try:
                await within(self._clock, lease / 3, self._world.renew(name, lease))
            except Exception as error:
                # Without renewals the faults end; without control they could not be ended early. So stop now.
                self._stop_for(error, "renewing the lease", Cause.CONTROL_LOST)
                return
            finally:
                # Whether or not the answer came: the world may have heard the question.
                self._lease_begins()

    async def _revert(self) -> None:
        """Returns once no fault of this run can be on any more, whatever happens meanwhile."""
        if not self._touched:
            return
        self._recorder.turning_off()
        self._record(StageBegan(self._clock.now(), Stage.REVERT))
        attempt, last = 0, ""
        while self._touched:
            attempt += 1
            try:
                patience = max(REVERT_SECONDS, self._lease_ends - self._clock.monotonic())
                await within(self._clock, patience, self._world.deactivate(self._scenario.name))
                self._record(Reverted(self._clock.now(), "confirmed"))
                self._touched = False
            except (Exception, asyncio.CancelledError) as error:
                # A closing event loop cancels this task too; going on is safe, since the lease bounds it.
                if (words := _words(error)) != last:
                    lease_ends = self._clock.now() + self._lease_ends - self._clock.monotonic()
                    self._record(RevertFailed(self._clock.now(), attempt, words, lease_ends))
                    last = words
                await self._until_retry()

    async def _count_hits(self) -> None:
        """What the agent counted of the faults that no sidecar injects; without it, they count as never fired."""
        if not self._reached or not self._scenario.counted:
            return
        try:
            now = Counter(await within(self._clock, REVERT_SECONDS, self._world.hits()))
        except (WorldError, TimeoutError) as error:
            self._stop_for(error, "counting hits", Cause.CONTROL_LOST)
            return
        hits = {name: max(0, now[name] - self._hits_before[name]) for name in self._scenario.counted}
        self._record(FaultsHit(self._clock.now(), hits))

    async def _until_retry(self) -> None:
        remaining = self._lease_ends - self._clock.monotonic()
        if remaining <= 0:
            self._record(Reverted(self._clock.now(), "lease"))
            self._touched = False
            return
        with contextlib.suppress(asyncio.CancelledError):
            await self._clock.sleep(min(RETRY_SECONDS, remaining))

    async def _recovery(self) -> None:
        """Ask every probe until it holds again, and collect the flow records of requests still under way."""
        began = self._clock.monotonic()
        self._record(StageBegan(self._clock.now(), Stage.RECOVERY))
        try:
            async with asyncio.TaskGroup() as group:
                for probe in self._scenario.probes_in(Phase.AFTER):
                    group.create_task(self._probe_until_met(probe, began))
        except Exception as error:
            self._stop_for(error, "the recovery probes")
        longest = longest_delay_seconds(self._scenario)
        await self._clock.sleep(began + longest + LOG_DELAY_SECONDS - self._clock.monotonic())
        with contextlib.suppress(TimeoutError):
            await within(self._clock, LATE_RECORDS_SECONDS, self._recorder.load_recorded.wait())

    async def _probe_until_met(self, probe: Probe, began: float) -> None:
        while (await self._probe(probe, Stage.RECOVERY)).met is not True:
            if self._clock.monotonic() - began >= self._scenario.recovery_seconds:
                return
            await self._clock.sleep(probe.interval_seconds)

    async def _probe(self, probe: Probe, stage: Stage) -> Judgement:
        """Ask once, outside the faults. A probe over flows waits until its window lies in this stage."""
        if isinstance(probe.check, FlowCheck):
            await self._clock.sleep(probe.check.window_seconds)
        return await self._ask(probe, stage)

    async def _probe_repeatedly(self, probe: Probe, activated: asyncio.Event) -> None:
        await activated.wait()
        broken = 0
        while True:
            judgement = await self._ask(probe, Stage.FAULTS)
            broken = broken + 1 if judgement.met is False else 0
            if broken > probe.failures:
                self._stop(Cause.STEADY_STATE, f"{probe.name}: {judgement.seen}")
                return
            await self._clock.sleep(probe.interval_seconds)

    async def _ask(self, probe: Probe, stage: Stage) -> Judgement:
        request_id = str(uuid.uuid4())
        self._recorder.is_probe(request_id, probe.name)
        judgement = await ask(probe, self._world, self._clock, self._recorder.recent(), request_id)
        now, expected = self._clock.now(), expected_of(probe.check)
        self._record(Probed(now, stage, probe.name, judgement.met, expected, judgement.seen))
        return judgement

    async def _send_load(self, load: Load, activated: asyncio.Event, group: asyncio.TaskGroup) -> None:
        """Open loop: a slow answer does not hold back the next request."""
        await activated.wait()
        began = self._clock.monotonic()
        for number in range(load.requests):
            await self._clock.sleep(began + number / load.per_second - self._clock.monotonic())
            self._sending.append(group.create_task(self._send(load)))

    async def _send(self, load: Load) -> None:
        request_id = str(uuid.uuid4())
        answer = await self._world.http(
            HttpRequest(load.pod, load.method, load.url, request_id, load.headers, load.body, load.timeout_seconds)
        )
        faults = (answer.header(FAULT_HEADER) or "").split(",")
        self._recorder.record_client(
            ClientSaw(
                time=self._clock.now(),
                request=request_id,
                status=answer.status,
                duration_ms=answer.duration_ms,
                faults=tuple(name.strip() for name in faults if name.strip()),
                denied=answer.header(VERDICT_HEADER) == "denied",
                error=answer.error,
            )
        )

    def _record(self, event: Event) -> None:
        self._recorder.record(event)

    def _stop(self, cause: Cause, detail: str) -> None:
        """The first cause stands; what follows from it is not a cause of its own."""
        if not self._stopped.is_set() and not self._over:
            self._stopped.set()
            self._record(Stopped(self._clock.now(), cause, detail))

    def _stop_for(self, error: Exception, what: str, otherwise: Cause = Cause.ERROR) -> None:
        first = first_cause(error)
        match first:
            case ControlLost():
                cause = Cause.CONTROL_LOST
            case Unable():
                cause = Cause.UNABLE
            case Refused():
                cause = Cause.REFUSED
            case _:
                cause = otherwise
        self._stop(cause, f"{what}: {_words(first)}")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


@contextlib.contextmanager
def interrupted_by_signals(run: Run) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP interrupt the run while the context is open; a further one hurries it."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, run.interrupt, signal.Signals(number).name)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def run_scenario(
    scenario: Scenario,
    world: World,
    journal: Journal,
    on_event: Callable[[Event], None] | None = None,
) -> Report:
    """Run it to its report with the real clock; SIGINT, SIGTERM and SIGHUP end it early, reverted."""
    run = Run(scenario, world, journal, on_event=on_event)
    with interrupted_by_signals(run):
        return await run.execute()
