# SPDX-License-Identifier: Apache-2.0
"""Containers of local pods, on the real kernel: what they may do, what they see, and that nothing stays
behind."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath

import pytest

from riftgate.local import cgroups, netns
from riftgate.local.capabilities import capability_mask, effective_capabilities
from riftgate.local.errors import LocalError
from riftgate.local.layout import read_layout
from riftgate.local.mountinfo import read_mounts
from riftgate.local.sandbox import ContainerSpec, ContainerState, FileMount, User, bwrap_options, exec_argv
from tests.box import DEFAULT, Box, execute


def run(*argv: str) -> str:
    """Output of a command on the machine, at the root of this project's tree."""
    root = Path(__file__).parents[2]
    return subprocess.run(argv, cwd=root, stdout=subprocess.PIPE, text=True, check=True).stdout


Inside = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture(params=["command", "exec"])
def inside(request: pytest.FixtureRequest, box: Box) -> Inside:
    """Runs a script as a container's command, or as an exec session beside it: both are held to the same."""

    async def as_command(script: str, **changes: object) -> tuple[int, str]:
        container = await box.start("sh", "-c", script, **changes)
        status = await container.process.wait()
        return status, box.log.read_text()

    async def as_exec(script: str, **changes: object) -> tuple[int, str]:
        container = await box.start("sleep", "infinity", **changes)
        return await asyncio.to_thread(execute, container.state, script)

    return as_command if request.param == "command" else as_exec


def status_fields(text: str) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


@pytest.mark.parametrize(
    ("add", "drop"),
    [((), ()), (("NET_ADMIN",), ()), ((), ("NET_RAW",)), ((), ("ALL",)), (("NET_BIND_SERVICE",), ("ALL",))],
)
async def test_capabilities_are_exactly_those_of_the_manifest(
    inside: Inside, add: tuple[str, ...], drop: tuple[str, ...]
) -> None:
    wanted = effective_capabilities(add, drop)

    status, output = await inside("cat /proc/self/status", capabilities=wanted)

    assert status == 0, output
    fields = status_fields(output)
    expected = {"CapEff": wanted, "CapPrm": wanted, "CapBnd": wanted, "CapInh": (), "CapAmb": ()}
    assert {name: int(fields[name], 16) for name in expected} == {
        name: capability_mask(names) for name, names in expected.items()
    }
    assert fields["NoNewPrivs"] == "1"


async def test_a_user_that_is_not_root_has_no_capabilities(inside: Inside) -> None:
    _, output = await inside("id -u; id -g; id -G; cat /proc/self/status", user=User(1000, 1001))

    assert output.splitlines()[:3] == ["1000", "1001", "1001"]
    fields = status_fields(output)
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0


@pytest.mark.parametrize("kind", ["cgroup2", "bpf"])
async def test_kernel_file_systems_are_neither_seen_nor_mounted(inside: Inside, kind: str) -> None:
    status, output = await inside(f"cat /proc/self/mounts; mkdir /tmp/m && mount -t {kind} none /tmp/m")

    assert status != 0
    assert [
        line for line in output.splitlines() if line.split()[2:3] and line.split()[2] in ("cgroup", "cgroup2", "bpf")
    ] == []


async def test_mounting_is_refused_for_want_of_a_capability_only(inside: Inside) -> None:
    """Shows that the test above can fail: what stands in the way is the capability, not the script."""
    script = "mkdir /tmp/m && mount -t cgroup2 none /tmp/m && cat /tmp/m/cgroup.procs"

    status, output = await inside(script, capabilities=DEFAULT | {"SYS_ADMIN"})

    assert status == 0, output


async def test_no_user_namespace_gives_capabilities_back(inside: Inside) -> None:
    script = "unshare --user --map-root-user --mount --cgroup sh -c 'mkdir /tmp/m; mount -t cgroup2 none /tmp/m'"

    status, output = await inside(script)

    assert status != 0
    assert "Operation not permitted" in output


async def test_riftgates_own_files_are_out_of_sight(inside: Inside, box: Box) -> None:
    (box.state / "secret").write_text("plans")
    elsewhere = Path("/mnt") / box.name.instance
    elsewhere.mkdir()
    run("mount", "--bind", str(box.state), str(elsewhere))
    try:
        status, output = await inside(f"ls -A {box.state} {elsewhere}; cat {box.state}/secret {elsewhere}/secret")
    finally:
        run("umount", str(elsewhere))
        elsewhere.rmdir()

    assert status != 0
    assert "secret: No such file" in output
    assert "plans" not in output
    assert "resolv.conf" not in output


async def test_sockets_of_the_machine_are_out_of_sight(inside: Inside, box: Box) -> None:
    path = Path("/run") / f"{box.name.instance}.sock"
    connect = f"python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect('{path}')\""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        try:
            run("sh", "-c", connect)
            status, output = await inside(connect)
        finally:
            path.unlink()

    assert status != 0
    assert "FileNotFoundError" in output


async def test_processes_of_the_machine_are_out_of_sight(inside: Inside) -> None:
    _, output = await inside("cat /proc/1/comm; ls /proc | grep -c '^[0-9]*$'; tr '\\0' ' ' </proc/1/cmdline")

    comm, count, *rest = output.splitlines()
    assert comm == "bwrap"
    assert int(count) < 10
    # What PID 1 was started with is visible to all in the container, and says nothing about the machine.
    assert "/var/lib" not in "".join(rest)


async def test_only_scratch_folders_can_be_written(inside: Inside) -> None:
    script = """
        for folder in / /etc /usr/bin /var /root /proc/sys/kernel /sys /tmp /var/tmp /run /dev/shm; do
            touch $folder/mine 2>/dev/null && echo $folder
        done
        true
    """

    _, output = await inside(script)

    assert output.split() == ["/tmp", "/var/tmp", "/run", "/dev/shm"]
    assert not Path("/tmp/mine").exists()
    assert not Path("/dev/shm/mine").exists()


async def test_a_device_node_opens_nothing(inside: Inside) -> None:
    device = Path("/").stat().st_dev
    make = f"mknod /tmp/disk b {os.major(device)} {os.minor(device)} && mknod /run/zero c 1 5 && echo made;"

    status, output = await inside(make + " cat /run/zero; head -c 1 /tmp/disk")

    assert output.startswith("made\n")
    assert output.count("Permission denied") == 2
    assert status != 0


async def test_namespaces_are_the_pods_and_the_containers_own(box: Box) -> None:
    first, second = [await box.start("sleep", "infinity", name=name) for name in ("first", "second")]

    def kinds(state: ContainerState) -> dict[str, str]:
        _, output = execute(state, "cd /proc/self/ns && for kind in *; do echo $kind $(readlink $kind); done")
        return dict(line.split() for line in output.splitlines())

    mine = {path.name: str(path.readlink()) for path in Path("/proc/self/ns").iterdir()}
    one, other = kinds(first.state), kinds(second.state)
    assert {kind for kind in one if one[kind] == other[kind]} >= {"net", "ipc", "uts"}
    assert {kind for kind in one if one[kind] != other[kind]} >= {"mnt", "pid", "cgroup"}
    assert {kind for kind in one if one[kind] == mine[kind]} == {"time", "time_for_children", "user"}


async def test_names_resolve_from_the_pods_files(inside: Inside, box: Box) -> None:
    status, output = await inside("hostname; getent hosts deathstar; cat /etc/resolv.conf; echo $COLOUR; pwd")

    assert status == 0, output
    assert output.split() == [
        "falcon", "10.202.0.1", "deathstar", "search", "default.svc.cluster.local", "red", "/",
    ]  # fmt: skip


async def test_a_pods_hosts_file_can_change_while_it_runs(box: Box) -> None:
    container = await box.start("sleep", "infinity")

    box.hosts.write_text("10.202.0.9 hoth\n")

    assert execute(container.state, "getent hosts hoth")[1].split() == ["10.202.0.9", "hoth"]


def test_resolv_conf_may_be_a_link_into_run(tmp_path: Path) -> None:
    """As on Ubuntu. The machine's own /etc stays as it is: the test has another one in a mount namespace."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    (etc / "hosts").write_text("")
    wanted = tmp_path / "resolv.conf"
    wanted.write_text("search of.the.pod\n")
    program = f"""
import subprocess, sys
from pathlib import Path
from riftgate.local.layout import read_layout
from riftgate.local.sandbox import ContainerSpec, bwrap_options
subprocess.run(["mount", "--bind", "{etc}", "/etc"], check=True)
wanted = Path("{wanted}")
options = bwrap_options(ContainerSpec("app", (), (), frozenset()), read_layout(()), wanted, wanted)
sys.exit(subprocess.run(["bwrap", *options, "cat", "/etc/resolv.conf"]).returncode)
"""

    assert run("unshare", "--mount", sys.executable, "-c", program) == "search of.the.pod\n"


async def test_files_of_the_image_are_shown_read_only(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "plans").write_text("exhaust port\n")
    files = (FileMount(tmp_path, PurePosixPath("/app")),)

    _, output = await inside("cat plans; touch plans", files=files, working_dir="/app")

    assert output.startswith("exhaust port\n")
    assert "Read-only file system" in output


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)])
async def test_the_exit_status_is_the_commands(inside: Inside, script: str, status: int) -> None:
    assert (await inside(script))[0] == status


async def test_a_command_that_does_not_exist_says_so(box: Box) -> None:
    container = await box.start("hyperdrive")

    assert await container.process.wait() == 127
    assert "hyperdrive" in box.log.read_text()


async def test_all_processes_are_in_the_cgroup_from_the_start(box: Box) -> None:
    container = await box.start("sh", "-c", "sleep infinity & sleep infinity & wait")
    here = cgroups.processes(box.cgroup)

    assert {container.process.pid, container.state.init_pid} <= set(here)
    session = box.cgroup / "exec"
    session.mkdir()
    argv = exec_argv(container.state, ("cat",), cgroup=session)
    process = await asyncio.create_subprocess_exec(*argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"ready\n")
    assert await process.stdout.readline() == b"ready\n"
    assert process.pid in cgroups.processes(session)
    assert len(cgroups.processes(session)) == 2
    process.stdin.close()
    assert await process.wait() == 0


async def test_what_cannot_start_says_why(box: Box) -> None:
    missing = (FileMount(Path("/no/such/folder"), PurePosixPath("/app")),)
    with pytest.raises(LocalError, match="/no/such/folder"):
        await box.start("true", files=missing)

    box.cgroup.rmdir()
    with pytest.raises(LocalError, match=r"cgroup\.procs"):
        await box.start("true")


async def test_nothing_stays_behind(box: Box) -> None:
    await box.start("sh", "-c", "sleep infinity & sleep infinity")
    instance = box.name.instance

    cgroups.remove_tree(box.cgroup)
    netns.purge(instance, box.state)

    assert not box.cgroup.exists()
    assert not (box.state / "namespaces").exists()
    assert [mount for mount in read_mounts() if instance in str(mount.point)] == []
    names = netns.NETNS_DIR.iterdir() if netns.NETNS_DIR.is_dir() else ()
    assert [path for path in names if path.name.startswith(instance)] == []


def test_the_layout_covers_every_kernel_file_system_there_is(box: Box) -> None:
    """Against this machine's own mount table: whatever is not covered lies under a folder of the container's
    own."""
    layout = read_layout([box.state])
    covered = layout.masked_folders + layout.masked_files
    own = tuple(PurePosixPath(path) for path in ("/proc", "/sys", "/dev", "/run", "/tmp"))

    options = bwrap_options(ContainerSpec("app", (), (), DEFAULT), layout, box.hosts, box.hosts)

    assert PurePosixPath(box.state) in covered
    for mount in read_mounts():
        if mount.kind in ("cgroup", "cgroup2", "bpf", "nsfs", "sysfs"):
            assert any(mount.point.is_relative_to(path) for path in (*own, *covered))
    assert not {"/sys", "/run", "/tmp"} & {options[i + 2] for i, o in enumerate(options) if o == "--ro-bind"}
