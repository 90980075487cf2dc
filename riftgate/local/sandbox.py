# SPDX-License-Identifier: Apache-2.0
"""Containers of a pod: an ordinary command on the machine's files, boxed in by bubblewrap.

    sh (joins the cgroup) → nsenter (joins the pod's net, IPC, UTS) → bwrap (own mount, PID, cgroup
    namespaces)
        → init (PID 1, without capabilities, reaps) → setpriv (capabilities) → sh (says ready) → the command

Each step replaces the one before, so no process of a container ever runs outside its cgroup or its pod.
"""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from riftgate.local.capabilities import capability_mask
from riftgate.local.errors import LocalError
from riftgate.local.layout import Layout, read_layout
from riftgate.local.namespaces import PodNamespaces
from riftgate.local.seccomp import no_user_namespaces

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The command's standard input is a pipe until the box is closed around it; then it says so and reads nothing.
_ANNOUNCE = 'echo ready >&0 && exec "$@" </dev/null'
_JOIN_CGROUP = 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'

# setpriv sets the final capabilities, and needs these to do it: dropping from the bounding set, changing ids.
_SETPRIV_NEEDS = frozenset({"SETPCAP", "SETUID", "SETGID"})

_SCRATCH = ("/tmp", "/var/tmp", "/dev/shm")

_ENTER = Path(__file__).with_name("enter.py")


@dataclass(frozen=True, slots=True)
class FileMount:
    """A folder or file of the machine, shown read-only at `target` inside."""

    source: Path
    target: PurePosixPath


@dataclass(frozen=True, slots=True)
class User:
    """Numeric ids of who runs the command."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """What to run. Capabilities are names without `CAP_`; `user` None is root."""

    name: str
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    capabilities: frozenset[str]
    working_dir: str = "/"
    files: tuple[FileMount, ...] = ()
    user: User | None = None


@dataclass(frozen=True, slots=True)
class ContainerState:
    """A container that runs; its JSON form lets other processes enter it."""

    name: str
    # As seen by the machine: PID 1 of the container, and when it started (field 22 of /proc/PID/stat).
    init_pid: int
    init_start: int
    cgroup: Path
    env: tuple[tuple[str, str], ...]
    capabilities: frozenset[str]
    working_dir: str
    user: User | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "init_pid": self.init_pid,
            "init_start": self.init_start,
            "cgroup": str(self.cgroup),
            "env": [list(pair) for pair in self.env],
            "capabilities": sorted(self.capabilities),
            "working_dir": self.working_dir,
            "user": None if self.user is None else [self.user.uid, self.user.gid],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ContainerState":
        user = data["user"]
        return cls(
            name=data["name"],
            init_pid=data["init_pid"],
            init_start=data["init_start"],
            cgroup=Path(data["cgroup"]),
            env=tuple((key, value) for key, value in data["env"]),
            capabilities=frozenset(data["capabilities"]),
            working_dir=data["working_dir"],
            user=None if user is None else User(*user),
        )

    def is_alive(self) -> bool:
        """True while the very process that was started is PID 1 of the container."""
        return _start_time(self.init_pid) == self.init_start

    def main_pid(self) -> int | None:
        """The container's command, the first child of its PID 1; None when it has ended."""
        if not self.is_alive():
            return None
        try:
            children = Path(f"/proc/{self.init_pid}/task/{self.init_pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return int(children[0]) if children else None


@dataclass(frozen=True, slots=True)
class Container:
    """A container started by this process: `await process.wait()` gives its exit status, 128+n for signal
    n."""

    process: asyncio.subprocess.Process
    state: ContainerState


async def spawn(
    spec: ContainerSpec,
    *,
    cgroup: Path,
    namespaces: PodNamespaces,
    hosts: Path,
    resolv_conf: Path,
    log: Path,
    hidden: Iterable[Path],
) -> Container:
    """Start a container and return once its command is about to run, all restrictions in place.

    `hosts` and `resolv_conf` are files of the pod's, shown inside under /etc; both can be rewritten in place
    later. `log` gets what the command writes, appended. `hidden` are folders that must not be seen inside.
    The cgroup must exist, with whatever is to be attached to it. Raises LocalError with the launcher's own
    words when it fails.
    """
    _check_capabilities(spec)
    layout = await asyncio.to_thread(read_layout, tuple(hidden))
    with contextlib.ExitStack() as ours:
        info_read, info_write = os.pipe()
        ours.callback(os.close, info_read)
        ready_read, ready_write = os.pipe()
        ours.callback(os.close, ready_read)
        with contextlib.ExitStack() as theirs:
            theirs.callback(os.close, info_write)
            theirs.callback(os.close, ready_write)
            options = [*bwrap_options(spec, layout, hosts, resolv_conf), "--info-fd", str(info_write)]
            passed = [info_write]
            if "SYS_ADMIN" not in spec.capabilities:
                passed.append(_memory_file(no_user_namespaces()))
                options += ["--seccomp", str(passed[-1])]
            # By a file and not on the command line, which the container can read as that of its PID 1.
            passed.append(_memory_file(b"".join(option.encode() + b"\0" for option in options)))
            for fd in passed[1:]:
                theirs.callback(os.close, fd)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            theirs.callback(os.close, output)
            start = os.fstat(output).st_size
            process = await asyncio.create_subprocess_exec(
                *_launcher_argv(spec, cgroup, namespaces, options_fd=passed[-1]),
                stdin=ready_write,
                stdout=output,
                stderr=output,
                env={"PATH": PATH},
                pass_fds=passed,
                cwd="/",
                start_new_session=True,
            )
        try:
            # Both end without a word when a step before the command fails. The first is closed once it is
            # written; the container's init keeps the second open.
            info = await asyncio.to_thread(_read_to_end, info_read)
            ready = await asyncio.to_thread(os.read, ready_read, 16)
        except BaseException:
            await _abandon(process)
            raise
    if not ready:
        await _abandon(process)
        said = await asyncio.to_thread(_read_from, log, start)
        raise LocalError(f"container {spec.name} did not start: {said or f'exit status {process.returncode}'}")
    init = int(json.loads(info)["child-pid"])
    state = ContainerState(
        name=spec.name,
        init_pid=init,
        # A command that has ended already leaves nothing to enter.
        init_start=_start_time(init) or 0,
        cgroup=cgroup,
        env=_environment(spec),
        capabilities=spec.capabilities,
        working_dir=spec.working_dir,
        user=spec.user,
    )
    return Container(process, state)


def exec_argv(
    state: ContainerState,
    argv: tuple[str, ...],
    *,
    cgroup: Path | None = None,
    tty: bool = False,
    env: tuple[tuple[str, str], ...] = (),
) -> tuple[str, ...]:
    """The command line that runs `argv` inside a running container, restricted as the container's own command
    is.

    The process joins `cgroup` first (the container's own unless told otherwise). Its exit status is that of
    `argv`, 128+n for signal n, 125 when the container cannot be entered. With `tty` standard input must be a
    terminal that no other session has as its controlling one (see terminal.py).
    """
    filter_program = None if "SYS_ADMIN" in state.capabilities else no_user_namespaces()
    order = {
        "init_pid": state.init_pid,
        "init_start": state.init_start,
        "cgroup": str(cgroup or state.cgroup),
        "seccomp": None if filter_program is None else base64.b64encode(filter_program).decode(),
        "env": dict((*state.env, *env)),
        "working_dir": state.working_dir,
        "tty": tty,
        "argv": [*_setpriv_argv(state.capabilities, state.user), *argv],
    }
    # -I and -S: nothing of the caller's environment or site packages gets to run, and it starts in 10 ms.
    return (sys.executable, "-I", "-S", str(_ENTER), json.dumps(order))


def bwrap_options(spec: ContainerSpec, layout: Layout, hosts: Path, resolv_conf: Path) -> list[str]:
    """bubblewrap's options for a container. The order matters: later mounts cover earlier ones."""
    options = ["--unshare-pid", "--unshare-cgroup", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    for capability in sorted(spec.capabilities | _SETPRIV_NEEDS):
        options += ["--cap-add", f"CAP_{capability}"]
    for folder in layout.folders:
        options += ["--ro-bind", str(folder), str(folder)]
    for target, link in layout.symlinks:
        options += ["--symlink", target, str(link)]
    options += ["--proc", "/proc", "--dev", "/dev", "--dir", "/sys", "--tmpfs", "/run", "--dir", "/run/lock"]
    for scratch in _SCRATCH:
        options += ["--perms", "1777", "--tmpfs", scratch]
    for covered in layout.masked_folders:
        options += ["--tmpfs", str(covered), "--remount-ro", str(covered)]
    for covered in layout.masked_files:
        options += ["--ro-bind", "/dev/null", str(covered)]
    options += ["--ro-bind", str(hosts), str(layout.hosts)]
    options += ["--ro-bind", str(resolv_conf), str(layout.resolv_conf)]
    for mount in spec.files:
        options += ["--ro-bind", str(mount.source), str(mount.target)]
    # The root itself is bubblewrap's own tmpfs, writable until here.
    options += ["--remount-ro", "/", "--chdir", spec.working_dir]
    for key, value in _environment(spec):
        options += ["--setenv", key, value]
    return options


def _launcher_argv(spec: ContainerSpec, cgroup: Path, namespaces: PodNamespaces, *, options_fd: int) -> tuple[str, ...]:
    join_cgroup = ("/bin/sh", "-c", _JOIN_CGROUP, "sh", str(cgroup))
    join_pod = (
        _tool("nsenter", "util-linux"),
        f"--net={namespaces.net}",
        f"--ipc={namespaces.ipc}",
        f"--uts={namespaces.uts}",
        "--",
    )
    box = (_tool("bwrap", "bubblewrap"), "--args", str(options_fd), "--")
    announce = ("/bin/sh", "-c", _ANNOUNCE, "sh")
    return (
        *join_cgroup,
        *join_pod,
        *box,
        *_setpriv_argv(spec.capabilities, spec.user),
        *announce,
        *spec.command,
    )


def _setpriv_argv(capabilities: frozenset[str], user: User | None) -> tuple[str, ...]:
    # For root an exec grants exactly the bounding set; anybody else ends up with none, as in a container
    # runtime.
    bounding = ",".join(("-all", *(f"+{name.lower()}" for name in sorted(capabilities))))
    argv = [_tool("setpriv", "util-linux"), "--no-new-privs", "--inh-caps=-all", f"--bounding-set={bounding}"]
    argv.append("--ambient-caps=-all")
    if user is not None:
        argv += [f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    return (*argv, "--")


def _environment(spec: ContainerSpec) -> tuple[tuple[str, str], ...]:
    return tuple({"PATH": PATH, "HOME": "/root" if spec.user is None else "/", **dict(spec.env)}.items())


def _memory_file(content: bytes) -> int:
    """An unnamed file with this content; bubblewrap reads it to the end."""
    fd = os.memfd_create("riftgate", os.MFD_CLOEXEC)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _check_capabilities(spec: ContainerSpec) -> None:
    status = Path("/proc/self/status").read_text()
    bounding = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:")), 16)
    missing = sorted(name for name in spec.capabilities if not bounding & capability_mask((name,)))
    if missing:
        raise LocalError(
            f"container {spec.name} asks for {', '.join(missing)}, which Riftgate itself does not have here; "
            "drop it from the manifest, or run Riftgate with it"
        )


def _tool(name: str, package: str) -> str:
    # Not the caller's PATH alone: sbin may be missing from it.
    found = shutil.which(name, path=f"{PATH}:{os.environ.get('PATH', '')}")
    if found is None:
        raise LocalError(f"{name} is not installed; run: apt-get install {package}")
    return found


def _start_time(pid: int) -> int | None:
    """None when the process has ended, be it that nobody has taken note of its end yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command's name in parentheses and may hold anything; count from the last one.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _read_to_end(fd: int) -> bytes:
    with open(fd, "rb", closefd=False) as file:
        return file.read()


def _read_from(path: Path, start: int) -> str:
    return path.read_bytes()[start:].decode(errors="replace").strip()


async def _abandon(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
