# SPDX-License-Identifier: Apache-2.0
"""Tests on other kernels than this machine's: python -m tests.kernels.machine [--kernel KERNEL] [ARGUMENTS of pytest]

A virtual machine boots a kernel that script/setup has unpacked below .venv/riftgate-kernels, with this machine's
files read-only and by software emulation, so that it runs wherever the tests run. What is said inside comes out as it
is said; the exit code is that of pytest, 4 where there is no kernel to boot, 1 where the machine came to no end.
Without ``--kernel`` one kernel after the other has its turn, and the first code that is not 0 counts.
"""

import argparse
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bpf.preflight import kernel_version

ROOT = Path(__file__).parents[2]
KERNELS = Path(sys.prefix) / "riftgate-kernels"
LIBRARY = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})).resolve()
_LONGEST = "tests/kernels/test_mesh.py"
_OTHERS = sorted({str(path.relative_to(ROOT)) for path in Path(__file__).parent.glob("test_*.py")} - {_LONGEST})
_PROGRAMS = [f"tests/e2e/bpf/test_{name}.py" for name in ("answers", "packets", "tables")]
TESTS = {
    "oldest": (
        # A file has one of the two processors most of the time.
        *("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"),
        *(_LONGEST, *_OTHERS, *_PROGRAMS),
        # Half a million writes to maps take minutes without hardware support, and say nothing of a kernel.
        *("-k", "not as_the_oracle_does and not a_map_that_is_full"),
    ),
    # Every object, and what takes a security module, netem, fq or SCTP. All else runs where the other tests do.
    "newest": (
        *("tests/kernels/test_kernel.py", "-k", "not sidecar"),
        *("tests/kernels/test_lsm.py", "tests/kernels/test_local_policies.py", "tests/kernels/test_sctp.py"),
        "tests/kernels/test_late_packets.py::test_reordering_holds_some_back_and_the_others_not",
    ),
}
"""By kernel, in the order in which they are begun."""
PROCESSORS = {"oldest": 2, "newest": 1}
"""Attaching a program changes the kernel's own text, by way of a breakpoint. Emulated, a second processor that runs
there meanwhile can meet it too late, and the kernel dies of it."""
OLDEST = (6, 1)
SECONDS = 900
"""The machine is stopped after that; it takes a fraction of it on processors that have nothing else to do."""
MEMORY = "3G"
OUTPUT, CONSOLE = "output", "console"
"""In the shared folder: what the tests say, and what the machine says, which shows if they come to no end. QEMU opens
its output by path and writes over what stands there: it must not have ours."""
NOT_NEEDED = (
    *(".git", ".venv", ".tox", ".*_cache", "riftgate-kernels"),
    *("test", "lib2to3", "idlelib", "clang_format", "mypy", "mypyc", "ruff", "envoy_data_plane", "tox", "pip"),
)
"""Folders that no test inside opens: of what is read by the image, three quarters of the files."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kernels.machine", allow_abbrev=False)
    parser.add_argument("--kernel", choices=list(TESTS), help="Debian 12's, or the newest one; else both")
    options, of_pytest = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="riftgate-kernel-") as folder:
        image = _image(Path(folder))
        codes = [
            run(kernel, image, of_pytest or TESTS[kernel]) for kernel in ([options.kernel] if options.kernel else TESTS)
        ]
    return next(filter(None, codes), 0)


def run(kernel: str, image: Path, arguments: Sequence[str]) -> int:
    """The exit code of pytest on it."""
    releases = [path.name for path in KERNELS.glob("*") if (path / "boot").is_dir()]
    fitting = [release for release in releases if (kernel_version(release) == OLDEST) == (kernel == "oldest")]
    if not fitting:
        what = "no Linux 6.1" if kernel == "oldest" else "no Linux newer than 6.1"
        print(f"{what} below {KERNELS}; bring it with: script/setup dev", file=sys.stderr)
        return 4
    release = max(fitting, key=kernel_version)
    print(f"Linux {release}:", flush=True)
    shared = image.with_name(kernel)
    shared.mkdir()
    script = shared / "run"
    script.write_text(_guest_script(shared, release, arguments))
    script.chmod(0o755)
    (shared / OUTPUT).touch()
    seconds = _boot(release, PROCESSORS[kernel], shared, image, script)
    code = shared / "exit-code"
    if not code.exists():
        print((shared / CONSOLE).read_text(errors="replace")[-4000:], file=sys.stderr)
        print(f"Linux {release} has come to no end of the tests: it ran {seconds:.0f} of {SECONDS} s", file=sys.stderr)
        return 1
    return int(code.read_text())


def _shown() -> tuple[Path, ...]:
    """What is read most, outermost first. From an image of its own: through the file system that the machine shares,
    each file costs milliseconds, and Python opens thousands."""
    return tuple(sorted({path.resolve() for path in (ROOT, Path(sys.prefix), LIBRARY)}))


def _image(folder: Path) -> Path:
    """A disk with a folder per path of `_shown`, by its number, and `src` with the kernels' headers for bcc."""
    tree, image = folder / "tree", folder / "image"
    for number, path in enumerate(_shown()):
        ignore = shutil.ignore_patterns(*NOT_NEEDED, *(("*-packages", "config-*") if path == LIBRARY else ()))
        shutil.copytree(path, tree / str(number), symlinks=True, ignore=ignore, copy_function=_link)
        for inner in _shown():
            if inner != path and inner.is_relative_to(path):
                (tree / str(number) / inner.relative_to(path)).mkdir(parents=True, exist_ok=True)
    (tree / "src").mkdir()
    for headers in KERNELS.glob("*/usr/src"):
        for include in (*headers.glob("*/include"), *headers.glob("*/arch/x86/include")):
            shutil.copytree(include, tree / "src" / include.relative_to(headers), symlinks=True, copy_function=_link)
    # Byte code that is not there yet takes long to make inside.
    sources = tree / str(_shown().index(ROOT))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(sources)], check=True)
    size = sum(file.lstat().st_size + 4096 for file in tree.rglob("*")) * 5 // 4
    subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(image), f"{size // 1024}k"],
        check=True,
        env={**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}:/sbin:/usr/sbin"},
    )
    shutil.rmtree(tree)
    return image


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        # On another file system.
        shutil.copy2(source, target)


def _guest_script(shared: Path, release: str, arguments: Sequence[str]) -> str:
    """What root does in there. /tmp is the machine's own, and slow: tests have their files in memory."""
    mounts = "".join(
        f"mount --bind /run/image/{number} {shlex.quote(str(path))}\n" for number, path in enumerate(_shown())
    )
    # The image hides it where it lies; the kernel's own modprobe looks for it in /lib/modules all the same.
    kernel = shlex.quote(str(KERNELS / release))
    return f"""#!/bin/bash
exec >>{shlex.quote(str(shared / OUTPUT))} 2>&1
set -e
modprobe virtio_blk
modprobe ext4
mkdir /run/image /run/scratch /run/kernel
mount -o ro /dev/vda /run/image
mount --bind {kernel} /run/kernel
ln -sfn /run/kernel/lib/modules/{release} /lib/modules/{release}
mount --bind /run/image/src /usr/src
{mounts}cd {shlex.quote(str(ROOT))}
export PATH={shlex.quote(os.environ.get("PATH", os.defpath))}:/sbin:/usr/sbin
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH={shlex.quote(str(ROOT))} TMPDIR=/run/scratch
code=0
{shlex.quote(sys.executable)} -m pytest -p no:cacheprovider --no-skips --timeout=480 {shlex.join(arguments)} || code=$?
echo $code >{shlex.quote(str(shared / "exit-code"))}
"""


def _boot(release: str, processors: int, shared: Path, image: Path, script: Path) -> float:
    """How many seconds it ran. On return nothing of it runs."""
    command = [
        *("vng", "--run", str(KERNELS / release / "boot" / f"vmlinuz-{release}")),
        *("--disable-kvm", "--disable-microvm", "--cpus", str(processors), "--memory", MEMORY),
        # The console has what a kernel says that dies. Emulated, mitigations guard nobody and cost a third.
        *("--verbose", "--append", "loglevel=4", "--append", "mitigations=off"),
        *("--rwdir", str(shared), "--cwd", str(shared), "--exec", str(script)),
        f"--qemu-opts=-drive file={image},if=virtio,format=raw,readonly=on",
    ]
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    with (shared / CONSOLE).open("wb") as console:
        machine = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env={**os.environ, "PATH": path},
            start_new_session=True,
        )
    start = time.monotonic()
    try:
        with (shared / OUTPUT).open() as said:
            while machine.poll() is None and time.monotonic() < start + SECONDS:
                time.sleep(0.2)
                print(said.read(), end="", flush=True)
            print(said.read(), end="", flush=True)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(machine.pid, signal.SIGKILL)
        machine.wait()
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
