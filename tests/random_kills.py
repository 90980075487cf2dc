# SPDX-License-Identifier: Apache-2.0
"""Runs in which things die at random moments while faults of several levels are on.

LEVELS     a fault of each level; `kills_questions` has those on which it can be seen
TROUBLES   what happens to whom
play       one run: a scenario of some levels, some troubles, and until all of it is over; `kills_judgement` says
           what in it should not have been
"""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from riftgate.local.cgroups import processes
from scenarios.events import Activated, Activating, Event, Reverted
from scenarios.journal import read_journal
from scenarios.outcome import lease_end
from tests.kills_questions import OK
from tests.mesh_harness import Mesh, command, kill_and_wait
from tests.watching import FrozenMoments, Seen, Watch

GRACE = 2.0
"""Seconds by which a fault may outlive its lease."""
AFTER = 0.7
"""Seconds of questions after that."""
RUN_SECONDS = 60.0
LEASES = (1.0, 2.0, 3.0)

FRIEND = "from: {selector: {matchLabels: {role: friend}}}"
VAULT = "target: {selector: {matchLabels: {app: vault}}, port: 80, atMost: 100%}"
LEVELS: dict[str, tuple[str, ...]] = {
    "request, by Envoy": (f"{{name: native, {VAULT}, {FRIEND}, match: {{path: /native}}, abort: {{status: 503}}}}",),
    "request, by the fault server": (
        f"{{name: rich, {VAULT}, {FRIEND}, match: {{path: /rich}}, body: {{replace: closed}}}}",
        f"{{name: held, {VAULT}, {FRIEND}, match: {{path: /held}}, delay: {{value: 400ms, before: response}}}}",
    ),
    "request, at the caller's side": (
        "{name: client, target: {selector: {matchLabels: {app: yard}}, port: 80, atMost: 100%}, "
        f"{FRIEND}, inject: client, match: {{path: /client}}, rewriteStatus: 503}}",
    ),
    "connection": (
        f"{{name: echo, target: {{selector: {{matchLabels: {{app: yard}}}}, port: 7000, atMost: 100%}}, {FRIEND}, "
        "connection: {corrupt: 10%}}",
        f"{{name: hole, target: {{selector: {{matchLabels: {{app: vault}}}}, port: 7000, atMost: 100%}}, {FRIEND}, "
        "connection: {blackhole: {}}}",
    ),
    "packet": (
        f"{{name: packet, target: {{selector: {{matchLabels: {{app: dam}}}}, atMost: 100%}}, {FRIEND}, "
        "packet: {effect: partition}}",
    ),
    "name": (
        "{name: lost, target: {selector: {matchLabels: {role: friend}}, atMost: 100%}, "
        "dns: {names: [lost.default.svc.cluster.local], answer: SERVFAIL}}",
    ),
    "process": (
        "{name: frozen, target: {selector: {matchLabels: {app: sealed}}, atMost: 100%}, process: {freeze: true}}",
    ),
}
SCENARIO = """
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {{name: kills}}
spec:
  for: 2s
  lease: {lease:g}s
  faults:
{faults}
"""


@dataclass(slots=True)
class Trouble:
    """Something that happened to somebody, from its moment on. Until `until` who was held was so, or who was killed may
    have lived."""

    what: str
    moment: float
    until: float = 0.0


@dataclass(slots=True)
class Played:
    """One run as it went. Moments in seconds of CLOCK_MONOTONIC."""

    seed: int
    levels: tuple[str, ...]
    lease: float
    planned: tuple[tuple[float, str], ...]
    began: float = 0.0
    troubles: list[Trouble] = field(default_factory=list)
    events: tuple[Event, ...] = ()
    end: float = 0.0
    """When the last fault must be over, GRACE left aside."""
    seen: list[Seen] = field(default_factory=list)
    frozen: list[float] = field(default_factory=list)
    output: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the faults."""
        return tuple(fault.split("name: ")[1].split(",")[0] for level in self.levels for fault in LEVELS[level])

    def __str__(self) -> str:
        planned = ", ".join(f"{what} after {moment:.2f} s" for moment, what in self.planned)
        told = [f"seed {self.seed}: {', '.join(self.levels)}; lease {self.lease:g} s; moments from the run's start on"]
        told.append(f"  planned: {planned}")
        told += [f"  {each.moment - self.began:6.2f} {each.what}" for each in self.troubles]
        told += [f"  {self.end - self.began:6.2f} the last lease is over", *(f"  | {line}" for line in self.output)]
        return "\n".join(told)


def pids(mesh: Mesh, part: str) -> tuple[int, ...]:
    """The processes of one part, without those that it has started."""

    def is_it(pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        only = {"fault server": b"fault-server", "keeper": b"-S"}
        others = {"control": b"fault-server", "agent": b"-S"}
        return only[part] in words if part in only else others.get(part) not in words

    cgroup = mesh.instance.process_cgroup({"fault server": "control", "keeper": "agent"}.get(part, part))
    return tuple(pid for pid in processes(cgroup) if is_it(pid))


def kill(found: tuple[int, ...]) -> None:
    """kill -9 of those who are still there."""
    if found:
        with contextlib.suppress(ProcessLookupError):
            kill_and_wait(found)


def send(found: tuple[int, ...], number: int) -> None:
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


PARTS = ("control", "agent", "fault server", "resolver")
KILLS = (*PARTS, "keeper", "runner", "Envoy of vault", "Envoy of friend", "pod vault", "pod dam", "pod sealed")
HOLDS = (*PARTS, "keeper", "runner", "Envoy of vault", "Envoy of friend")
TROUBLES = (*(f"kill {who}" for who in KILLS), *(f"hold {who}" for who in HOLDS))


def make_trouble(mesh: Mesh, played: Played, what: str, runner: "subprocess.Popen[str]", hold: float) -> None:
    """Returns when it is done; whoever is held goes on after `hold` seconds, by itself."""
    verb, _, who = what.partition(" ")
    trouble = Trouble(what, time.monotonic())
    played.troubles.append(trouble)
    if verb == "hold":
        if who == "runner":
            found = (runner.pid,) if runner.poll() is None else ()
        else:
            found = pids(mesh, who) if who in (*PARTS, "keeper") else mesh.sidecar_pids(who.rpartition(" ")[2])
        send(found, signal.SIGSTOP)
        # What was asked before that may have been answered.
        trouble.moment = time.monotonic()
        if who == "fault server" or who.startswith("Envoy"):
            # Past the end of every lease, if nobody did anything about it.
            hold += max(LEASES)
        trouble.what += f" for {hold:.2f} s"
        trouble.until = time.monotonic() + hold
        timer = threading.Timer(hold, send, (found, signal.SIGCONT))
        timer.start()
        return
    if who == "runner":
        runner.kill()
        runner.wait()
    elif who.startswith("Envoy"):
        kill(mesh.sidecar_pids(who.rpartition(" ")[2]))
    elif who.startswith("pod"):
        for part in ("container-app", "sidecar"):
            kill(processes(mesh.pod_cgroup(who.partition(" ")[2], part)))
    else:
        kill(pids(mesh, who))
    trouble.until = time.monotonic()


def planned(seed: int) -> Played:
    """What a seed stands for."""
    drawn = random.Random(seed)
    levels = tuple(sorted(drawn.sample(sorted(LEVELS), drawn.randint(2, len(LEVELS)))))
    lease = drawn.choice(LEASES)
    # Each has its turn, beside others.
    troubles = [TROUBLES[seed % len(TROUBLES)], *drawn.choices(TROUBLES, k=drawn.randint(0, 3))]
    return Played(seed, levels, lease, tuple(sorted((drawn.uniform(0.0, 2.5), what) for what in troubles)))


def play(mesh: Mesh, watch: Watch, seed: int, folder: Path, repair: Callable[[], None]) -> Played:
    """One run. Returns when its last lease is over and everything works again."""
    played = planned(seed)
    drawn = random.Random(f"{seed} moments")
    faults = "\n".join(f"  - {fault}" for level in played.levels for fault in LEVELS[level])
    file, journal = folder / f"seed-{seed}.yaml", folder / f"seed-{seed}.jsonl"
    file.write_text(SCENARIO.format(lease=played.lease, faults=faults))
    # From the moment on at which faults may be on, or at which all are.
    marker = drawn.choice(("turning the faults on", "on: ", "on: "))
    frozen = FrozenMoments(mesh.pod_cgroup("sealed", "container-app"))
    argv = command(mesh.name, "scenario", "run", "--journal", str(journal), str(file))
    runner = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    reached = threading.Event()
    reader = threading.Thread(target=_read, args=(runner, played.output, marker, reached), daemon=True)
    reader.start()
    try:
        assert reached.wait(RUN_SECONDS), f"{played}\nthe run never got to '{marker}'"
        played.began = time.monotonic()
        for moment, what in played.planned:
            time.sleep(max(0.0, played.began + moment - time.monotonic()))
            make_trouble(mesh, played, what, runner, drawn.uniform(0.5, 3.0))
        try:
            runner.wait(RUN_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{played}\nthe run does not end") from None
        time.sleep(max(0.0, max(each.until for each in played.troubles) - time.monotonic()))
    finally:
        runner.kill()
        runner.wait()
    reader.join()
    played.events = read_journal(journal)
    played.end = _end(played)
    time.sleep(max(0.0, played.end + GRACE + AFTER - time.monotonic()))
    watch.ask_for_mark(str(seed))
    frozen.stop()
    repair()
    watch.wait_for_mark(str(seed))
    played.frozen = frozen.moments
    started = next(each for each in played.events if isinstance(each, Activating)).time - _wall()
    played.began = started
    played.seen = watch.since(started)
    watch.forget()
    return played


def _read(runner: "subprocess.Popen[str]", output: list[str], marker: str, reached: threading.Event) -> None:
    assert runner.stdout is not None
    for line in runner.stdout:
        if line[0] not in "|+":  # of tables
            output.append(line.rstrip())
        if line.startswith(marker):
            reached.set()


def _wall() -> float:
    """Seconds from CLOCK_MONOTONIC to the time that journals are written in."""
    return time.time() - time.monotonic()


def _end(played: Played) -> float:
    """By when the faults are over, as the journal has it; and as the deaths have it, where they say more."""
    ends = lease_end(played.events)
    reverted = [each.time for each in played.events if isinstance(each, Reverted)]
    told = (ends if ends is not None else reverted[-1] if reverted else time.time()) - _wall()
    # Nobody renews what a dead runner or control server wanted, once it was on.
    if any(isinstance(each, Activated) and each.faults for each in played.events):
        deaths = [each.moment for each in played.troubles if each.what in ("kill runner", "kill control")]
        told = min([told, *(moment + played.lease for moment in deaths)])
    return told


def wait_until_well(watch: Watch, moment: float) -> None:
    """Until every question has been answered as it should since the moment."""

    def missing() -> set[str]:
        good = {each.name for each in watch.since(moment) if each.got == OK.get(each.name) and each.fault is None}
        return OK.keys() - good

    deadline = time.monotonic() + RUN_SECONDS
    while still := missing():
        seen = {each.name: each for each in watch.since(moment) if each.name in still}
        assert time.monotonic() < deadline, f"not well: {sorted(still)}; at last {list(seen.values())}"
        time.sleep(0.1)
