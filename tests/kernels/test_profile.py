# SPDX-License-Identifier: Apache-2.0
"""`riftgate profile` with real bcc, on a kernel with headers: what a container did is in the tree, and nothing else."""

import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from riftgate.local.capabilities import DEFAULT_CAPABILITIES
from tests.kernels.pods import Machine, machine
from tests.mesh_harness import command

PORT = 9


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("machine")) as here:
        yield here


@pytest.fixture(scope="module")
def recorded(here: Machine, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, int]:
    """The JSON of a profile that ended with Ctrl-C, what it printed, and the PID of the container's first process."""
    pod, file = here.pod("app"), tmp_path_factory.mktemp("profile") / "app.json"
    here.start(pod, "app", DEFAULT_CAPABILITIES)
    files = here.instance.pod_files / "default.app"
    files.mkdir(parents=True)
    (files / "containers").write_text("app\n")
    with pod.talk("app", "reach.py") as app:
        # It runs before the recording does.
        assert app("run", "/bin/true") == {"code": 0}
        profile = subprocess.Popen(
            command(here.instance.name, "profile", "app", "--output", str(file)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert profile.stderr is not None
            said = []
            for line in profile.stderr:
                said.append(line)
                if line.startswith("recording default/app until Ctrl-C"):
                    break
            else:
                pytest.fail("".join(said))
            assert app("run", "/bin/sh", "-c", "/bin/true inner; exit 3") == {"code": 3}
            # One socket that waits, and one whose connect goes on in the background.
            assert app("call", "127.0.0.1", PORT, "", None) == {"error": "ECONNREFUSED"}
            assert app("call", "::1", PORT, "", 20) == {"error": "ECONNREFUSED"}
            assert app("stream", "/tmp/nobody", "") == {"error": "ENOENT"}
            # Of no container, at the same time.
            subprocess.run(["/bin/true", "outside"], check=True)
            profile.send_signal(signal.SIGINT)
            output, errors = profile.communicate(timeout=120)
        finally:
            profile.kill()
            profile.wait()
    assert profile.returncode == 0, errors
    found: dict[str, Any] = json.loads(file.read_text())
    return found, output, pod.containers["app"].state.init_pid


def test_the_profile_says_what_it_is_of(recorded: tuple[dict[str, Any], str, int]) -> None:
    found, _, _ = recorded
    assert (found["version"], found["pod"], found["lost"]) == (1, "default/app", 0)
    assert list(found["containers"]) == ["app"]
    assert found["seconds"] > 0


def test_what_ran_is_there_with_its_children(recorded: tuple[dict[str, Any], str, int]) -> None:
    found, _, init = recorded
    processes = {each["pid"]: each for each in found["containers"]["app"]}
    programs = {
        tuple(program["arguments"]): process for process in processes.values() for program in process["programs"]
    }
    assert programs["/bin/sleep", "infinity"]["began"] is None
    shell, inner = programs["/bin/sh", "-c", "/bin/true inner; exit 3"], programs["/bin/true", "inner"]
    assert inner["parent"] == shell["pid"]
    assert inner["began"] >= shell["began"] > 0
    assert processes[shell["parent"]]["programs"][-1]["arguments"][-1] == "/app/reach.py"
    assert not [arguments for arguments in programs if "outside" in arguments]
    assert init in processes


def test_where_it_connected_is_there(recorded: tuple[dict[str, Any], str, int]) -> None:
    found, output, _ = recorded
    seen = [
        (each["kind"], each["address"], each["port"], each["results"])
        for process in found["containers"]["app"]
        for each in process["connections"]
    ]
    assert seen == [
        ("tcp", "127.0.0.1", PORT, {"ECONNREFUSED": 1}),
        ("tcp", "::1", PORT, {"started": 1}),
        ("unix", "/tmp/nobody", 0, {"ENOENT": 1}),
    ]
    assert f"-> tcp [::1]:{PORT}: 1 started" in output
    assert "-> unix /tmp/nobody: 1 ENOENT" in output


def test_one_that_ends_by_itself(here: Machine, recorded: object) -> None:
    done = subprocess.run(
        command(here.instance.name, "--json", "profile", "app", "--for", "1s"),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seconds"] >= 1
