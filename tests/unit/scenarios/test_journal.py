# SPDX-License-Identifier: Apache-2.0
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.events import (
    SCHEMA,
    Activated,
    Activating,
    Kind,
    Renewed,
    RequestSeen,
    Stage,
    StageBegan,
    decode_event,
    encode_event,
)
from scenarios.journal import FileJournal, JournalError, read_journal

EVENT = Renewed(time=1.0, lease_ends=6.0)
REQUEST = RequestSeen(
    time=1.5,
    request="a\nb",
    started=1.0,
    source="default/tiefighter",
    destination="default/deathstar-0",
    port=80,
    method="POST",
    path='/v1/"\u2028',
    status=503,
    kind=Kind.INJECTED,
    duration_ms=12.25,
    on_target=True,
    routed=("s/a", "s/b"),
    fired=("s/a",),
)
ROOT = Path(__file__).parents[3]


async def test_what_a_run_wrote_is_read_back(stage, tmp_path):
    path = tmp_path / "run.jsonl"
    with FileJournal(path) as journal:
        stage.journal.write = journal.write
        await stage.report()
    assert read_journal(path) == tuple(stage.running._recorder.events)


@pytest.mark.parametrize("event", [EVENT, REQUEST, StageBegan(0.0, Stage.REVERT), Activated(1.0, ("s/a",), ())])
def test_an_event_is_one_line_with_schema_and_time(event):
    line = encode_event(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["schema"] == SCHEMA
    assert json.loads(line)["time"] == event.time
    assert decode_event(line) == event


def test_an_older_line_without_newer_fields_is_read(tmp_path):
    written = json.loads(encode_event(REQUEST))
    for newer in ("routed", "fired", "eligible", "denied_by", "grpc_status", "trace", "probe"):
        del written[newer]
    assert decode_event(json.dumps(written).encode()).request == REQUEST.request


def test_an_existing_journal_is_not_overwritten(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text("precious")
    with pytest.raises(JournalError, match="exists already; name another file"):
        FileJournal(path)
    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(JournalError, match=r"absent/run\.jsonl: cannot be created: No such file"):
        FileJournal(tmp_path / "absent" / "run.jsonl")


def test_a_full_disk_leaves_whole_lines_and_is_an_error(tmp_path):
    """The limit on file sizes behaves like a full disk: a write is cut short, the next one fails."""
    path = tmp_path / "run.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with FileJournal(path) as journal:
        journal.write(EVENT)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(encode_event(EVENT)) + 10, hard))
        try:
            with pytest.raises(JournalError, match=r"run\.jsonl: File too large; free or repair the disk"):
                journal.write(EVENT)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        journal.write(EVENT)
    assert read_journal(path) == (EVENT, EVENT)


def test_borders_are_forced_to_the_disk_and_requests_are_not(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with FileJournal(tmp_path / "run.jsonl") as journal:
        journal.write(REQUEST)
        journal.write(EVENT)
        assert synced == []
        journal.write(Activating(1.0, ("s/a",), 5.0))
        assert len(synced) == 1


WRITER = """
import sys
from pathlib import Path
from scenarios.events import Renewed
from scenarios.journal import FileJournal
journal = FileJournal(Path(sys.argv[1]))
for number in range(10_000_000):
    journal.write(Renewed(float(number), 0.0))
    if number == 1000:
        print("ready", flush=True)
"""


def test_a_killed_writer_leaves_whole_lines(tmp_path):
    path = tmp_path / "run.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
    with contextlib.closing(writer.stdout) as out:
        assert out.readline() == b"ready\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    events = read_journal(path)
    assert len(events) > 1000
    assert [event.time for event in events] == [float(number) for number in range(len(events))]
    assert path.read_bytes().endswith(b"\n")


def test_a_torn_last_line_is_left_out(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(encode_event(EVENT) * 2 + encode_event(EVENT)[:-5])
    assert read_journal(path) == (EVENT, EVENT)


@pytest.mark.parametrize(
    "line, words",
    [
        (b"nonsense", "run.jsonl:2: not a line of a journal"),
        (b'{"schema":2,"event":"renewed"}', "run.jsonl:2: schema 2, this version reads schema 1"),
        (b'{"schema":1,"event":"party","time":1}', "run.jsonl:2: not an event of schema 1"),
        (b'{"schema":1,"event":"renewed","time":"x"}', "run.jsonl:2: not an event of schema 1"),
    ],
)
def test_damage_elsewhere_is_named_with_its_line(tmp_path, line, words):
    path = tmp_path / "run.jsonl"
    path.write_bytes(encode_event(EVENT) + line + b"\n" + encode_event(EVENT))
    with pytest.raises(JournalError, match=words):
        read_journal(path)


def test_a_journal_that_is_not_there(tmp_path):
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        read_journal(tmp_path / "absent.jsonl")
