# SPDX-License-Identifier: Apache-2.0
"""The command line as scripts see it: words in, exit codes and JSON out."""

import argparse
import importlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bpf.libbpf import BpfError
from bpf.preflight import Missing
from l7filters.source import InputError, Problem, SourceLocation
from riftgate import cli, preflight
from riftgate.cli import exits, main
from riftgate.cli.arguments import build_parser, parse_arguments
from riftgate.cli.durations import seconds
from riftgate.cli.exits import CommandError, error_code
from riftgate.cli.files import read_files
from riftgate.client import MeshClient
from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from tests.scripted_mesh import chaos, cnp
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable
from xds_server.socket_path import ListenError

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: unknown, command: [/bin/sleep, infinity]}]}
"""


@pytest.fixture
def no_mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever instance is named, its state is in a folder of the test's."""
    monkeypatch.setattr(Instance, "state", property(lambda self: tmp_path / "run" / self.name))


def answer(monkeypatch: pytest.MonkeyPatch, method: str, result: Any) -> list[tuple[Any, ...]]:
    """MeshClient's method gives or raises `result`; the list holds what it was called with."""
    calls: list[tuple[Any, ...]] = []

    async def answering(_self: MeshClient, *args: Any) -> Any:
        calls.append(args)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(MeshClient, method, answering)
    return calls


# Words


def test_every_command_is_there_and_every_module_has_it() -> None:
    for words, (module, function) in cli._COMMANDS.items():
        assert callable(getattr(importlib.import_module(f"riftgate.cli.{module}"), function)), words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("exec", "tie", "--", "curl", "-s", "--", "x"), {"pod": "tie", "argv": ["curl", "-s", "--", "x"]}),
        (("exec", "tie", "ls"), {"argv": ["ls"]}),
        (("exec", "ns/tie", "-c", "app", "-t", "--", "sh"), {"pod": "ns/tie", "container": "app", "tty": True}),
        (("up", "-f", "a.yaml", "-f", "b"), {"file": [Path("a.yaml"), Path("b")], "images": None, "policies": None}),
        (("policy", "apply", "-f", "a.yaml", "--for", "30s"), {"verb": "apply", "duration": "30s"}),
        (("policy", "apply", "-f", "a.yaml"), {"duration": "5m"}),
        (("policy", "delete", "a", "b/c"), {"names": ["a", "b/c"], "file": []}),
        (("flows", "--count", "3"), {"count": 3}),
        (("flows",), {"count": None}),
        (("--instance", "other", "status"), {"instance": "other", "json": False}),
        (("--json", "scenario", "run", "s.yaml"), {"json": True, "verb": "run", "file": Path("s.yaml")}),
        (("policy", "explain", "--from", "pod/a", "--to", "pod/b", "GET", "/"), {"method": "GET", "path": "/"}),
        (("serve", "--ready-fd", "7"), {"ready_fd": 7, "policies": None}),
    ],
)
def test_words(words: tuple[str, ...], expected: dict[str, Any]) -> None:
    args = vars(parse_arguments(words))
    assert {key: args[key] for key in expected} == expected


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fly",),
        ("policy",),
        ("up",),
        ("exec", "tie"),
        ("exec", "tie", "--"),
        ("flows", "--", "x"),
        ("flows", "--count", "0"),
        ("flows", "--count", "-1"),
        ("flows", "--count", "many"),
        ("--instance", "Not-Valid", "status"),
        ("--instance", "", "status"),
        ("policy", "explain", "--to", "pod/a"),
        ("policy", "explain", "--from", "pod/a", "--to", "pod/b", "--protocol", "DCCP"),
        ("up", "-f", "x.yaml", "--dns-upstream", "dns.example"),
    ],
)
def test_wrong_words_are_bad_input(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert ended.value.code == exits.BAD_INPUT
    assert "usage: riftgate" in capsys.readouterr().err


def test_an_instance_name_that_is_not_valid_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--instance", "Not-Valid", "status"])
    assert "use a letter and up to 31 letters or digits" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--help",), ("up", "--help"), ("policy", "apply", "--help"), ("agent", "-h")])
def test_help_shows_examples_and_exit_codes(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "examples:" in told
    assert exits.__doc__ is not None and "exit codes: 0 ok" in told


def test_every_example_of_help_can_be_typed() -> None:
    examples = list(examples_of(build_parser()))
    assert len(examples) > 30
    for example in examples:
        command = shlex.split(example.partition(" | ")[0])
        assert parse_arguments(command[1:]).command, example


def examples_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Of a command and all below it."""
    yield from re.findall(r"^  (riftgate .*)$", parser.epilog or "", re.MULTILINE)
    for action in parser._actions:
        for command in action.choices.values() if isinstance(action, argparse._SubParsersAction) else ():
            yield from examples_of(command)


@pytest.mark.parametrize(("written", "expected"), [("30s", 30), ("5m", 300), ("1m30s", 90), ("250ms", 0.25)])
def test_durations(written: str, expected: float) -> None:
    assert seconds("--for", written) == expected


@pytest.mark.parametrize("written", ["", "5", "five minutes", "-3s", "nan", "1e9999s"])
def test_no_durations(written: str) -> None:
    with pytest.raises(CommandError, match=r"--for: .+; write ") as refused:
        seconds("--for", written)
    assert refused.value.code == exits.BAD_INPUT


# Exit codes


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandError("no"), exits.FAILED),
        (CommandError("no", exits.INCONCLUSIVE), exits.INCONCLUSIVE),
        (InputError([Problem(SourceLocation("a", 1), "what", "todo")]), exits.BAD_INPUT),
        (AdminError(422, "bad_input", "no"), exits.BAD_INPUT),
        (AdminError(502, "rejected", "no"), exits.FAILED),
        (AdminError(409, "conflict", "no"), exits.FAILED),
        (ServerUnreachable("no"), exits.UNABLE),
        (ListenError("no"), exits.UNABLE),
        (LocalError("no"), exits.UNABLE),
        (BpfError(1, "no"), exits.UNABLE),
        (ValueError("a defect"), None),
        (OSError("a defect"), None),
    ],
)
def test_codes_of_errors(error: Exception, code: int | None) -> None:
    assert error_code(error) == code


def test_an_error_is_text_on_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "documents", ServerUnreachable("no server listens"))
    assert main(["policy", "list"]) == exits.UNABLE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("no server listens\n")
    assert "riftgate up -f MANIFESTS" in told.err, "and what to do"


def test_or_one_object_of_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "documents", ServerUnreachable("no server listens"))
    assert main(["--json", "policy", "list"]) == exits.UNABLE
    told = capsys.readouterr()
    body = json.loads(told.out)
    assert body["error"].startswith("no server listens\n")
    assert body["exitCode"] == exits.UNABLE
    assert told.err == ""


def test_a_defect_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "documents", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["policy", "list"])


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("riftgate.cli.policy.show", interrupted)
    assert main(["policy", "list"]) == exits.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


# Files


def test_a_folder_stands_for_its_yaml_files(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.txt"):
        (tmp_path / name).write_text(name)
    assert [text for _, text in read_files([tmp_path])] == ["a.yml", "b.yaml"]


def test_all_that_cannot_be_read_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"\xe9")
    with pytest.raises(InputError) as refused:
        read_files([tmp_path / "empty", tmp_path / "latin.yaml", tmp_path / "none.yaml"])
    assert [problem.what.split(":")[0] for problem in refused.value.problems] == [
        "holds no .yaml or .yml file",
        "is not UTF-8 text (byte 0)",
        "cannot be read",
    ]


# Policies


def test_check_says_all_that_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(cnp())
    bad.write_text("kind: What\n")
    assert main(["policy", "check", str(good)]) == exits.OK
    assert f"{good}:4: CiliumNetworkPolicy default/rule1: ok" in capsys.readouterr().out
    assert main(["--json", "policy", "check", str(good), str(bad), str(tmp_path)]) == exits.BAD_INPUT
    told = json.loads(capsys.readouterr().out)
    assert told["exitCode"] == exits.BAD_INPUT
    assert {each["file"] for each in told["problems"]} == {str(bad)}
    assert all(each["line"] and each["what"] and each["todo"] for each in told["problems"])


APPLIED = {
    "applied": ["CiliumNetworkPolicy default/late"],
    "deleted": [],
    "nodes": ["default/a"],
    "absent": ["default/b"],
    "faults": {"default.late/rule0.0.80": 30.0},
}


def test_apply_sends_whole_files_and_tells_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "late.yaml"
    file.write_text(chaos())
    calls = answer(monkeypatch, "change", APPLIED)
    assert main(["policy", "apply", "-f", str(file), "--for", "30s"]) == exits.OK
    body = {"files": [{"file": str(file), "text": chaos()}], "lease": 30.0}
    assert calls == [("/v1/policies/apply", body)]
    told = capsys.readouterr()
    assert "CiliumNetworkPolicy default/late: in force, confirmed by 1 sidecar\n" in told.out
    assert "fault default.late/rule0.0.80: on for 30 s" in told.out
    assert "the sidecar of default/b is not connected" in told.err


def test_apply_asks_nobody_when_a_file_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.yaml").write_text("}{")
    calls = answer(monkeypatch, "change", {})
    assert main(["policy", "apply", "-f", str(tmp_path / "bad.yaml")]) == exits.BAD_INPUT
    assert main(["policy", "apply", "-f", str(tmp_path / "none.yaml")]) == exits.BAD_INPUT
    assert calls == []


def test_a_rejected_policy_is_a_failure_in_envoys_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(cnp())
    answer(monkeypatch, "change", AdminError(502, "rejected", "default/a refused route inbound/80: bad regex"))
    assert main(["policy", "apply", "-f", str(tmp_path / "a.yaml")]) == exits.FAILED
    assert "bad regex" in capsys.readouterr().err


IN_FORCE = [
    {"kind": kind, "namespace": namespace, "name": "a", "file": file, "line": line, "text": "...", "audited": audited}
    for kind, namespace, file, line, audited in (
        ("NetworkPolicy", "default", "a.yaml", 4, False),
        ("CiliumNetworkPolicy", "default", "b.yaml", 5, True),
        ("CiliumNetworkPolicy", "hoth", "c.yaml", 6, False),
    )
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a"], [("CiliumNetworkPolicy", "default"), ("NetworkPolicy", "default")]),
        (["hoth/a"], [("CiliumNetworkPolicy", "hoth")]),
    ],
)
def test_delete_by_name(
    words: list[str], expected: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    answer(monkeypatch, "documents", IN_FORCE)
    calls = answer(monkeypatch, "change", {**APPLIED, "deleted": ["CiliumNetworkPolicy hoth/a"]})
    assert main(["policy", "delete", *words]) == exits.OK
    ((path, body),) = calls
    assert path == "/v1/policies/delete"
    assert sorted((each["kind"], each["namespace"]) for each in body["documents"]) == expected
    assert "CiliumNetworkPolicy hoth/a: deleted" in capsys.readouterr().out


def test_delete_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(cnp())
    answer(monkeypatch, "documents", IN_FORCE)
    calls = answer(monkeypatch, "change", APPLIED)
    assert main(["policy", "delete", "-f", str(tmp_path / "a.yaml")]) == exits.OK
    assert calls[0][1] == {"documents": [{"kind": "CiliumNetworkPolicy", "namespace": "default", "name": "rule1"}]}


@pytest.mark.parametrize(("words", "code"), [(["b"], exits.FAILED), ([], exits.BAD_INPUT)])
def test_nothing_to_delete(words: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    answer(monkeypatch, "documents", IN_FORCE)
    assert main(["policy", "delete", *words]) == code
    told = capsys.readouterr().err
    assert "in force: default/a" in told or "name a policy" in told


def test_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "documents", IN_FORCE)
    assert main(["policy", "list"]) == exits.OK
    assert capsys.readouterr().out.splitlines() == [
        "default/a\tNetworkPolicy\ta.yaml:4",
        "default/a\tCiliumNetworkPolicy\tb.yaml:5\tunder audit",
        "hoth/a\tCiliumNetworkPolicy\tc.yaml:6",
    ]
    assert main(["--json", "policy", "list"]) == exits.OK
    assert "text" not in json.loads(capsys.readouterr().out)[0]


# Bringing up


def test_up_touches_nothing_when_its_files_are_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], no_mesh: None
) -> None:
    def touched(*_args: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr("riftgate.cli.mesh.start_processes", touched)
    monkeypatch.setattr("riftgate.cli.mesh.require_host", lambda: None)
    good, bad = tmp_path / "app.yaml", tmp_path / "bad.yaml"
    good.write_text(MANIFEST)
    bad.write_text("images: 3\n")
    nothing_to_run = tmp_path / "image.yaml"
    nothing_to_run.write_text(MANIFEST.replace(", command: [/bin/sleep, infinity]", ""))
    for words in (
        ["-f", str(bad)],
        ["-f", str(good), "--images", str(bad)],
        ["-f", str(good), "--images", str(tmp_path / "none.yaml")],
        ["-f", str(nothing_to_run)],
    ):
        assert main(["up", *words]) == exits.BAD_INPUT, words
    assert "none.yaml:1: cannot be read" in capsys.readouterr().err


def test_a_host_that_cannot_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], no_mesh: None
) -> None:
    (tmp_path / "app.yaml").write_text(MANIFEST)
    monkeypatch.setattr(preflight, "check", lambda: (Missing("there is no libbpf", "apt-get install -y libbpf1"),))
    for words in (["up", "-f", str(tmp_path / "app.yaml")], ["demo"], ["agent"]):
        assert main(words) == exits.UNABLE
        assert capsys.readouterr().err == "there is no libbpf: apt-get install -y libbpf1\n"


def test_down_of_nothing_is_fine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], no_mesh: None
) -> None:
    monkeypatch.setattr("riftgate.cli.mesh.remove_everything", lambda _instance: False)
    assert main(["down"]) == exits.OK
    assert capsys.readouterr().out == "nothing of this mesh is there\n"
    assert main(["--json", "down"]) == exits.OK
    assert json.loads(capsys.readouterr().out) == {"removed": False}
