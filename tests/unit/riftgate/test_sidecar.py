# SPDX-License-Identifier: Apache-2.0
"""What an Envoy is started with: a number of its own, and as many files as the machine lets it open."""

import os
import resource
import subprocess
from pathlib import Path

import pytest

from riftgate.local.sidecar import _START, OPEN_FILES, base_id, forget_shared_memory, open_files

_SYS_RESOURCE = 24


def may_raise() -> bool:
    status = Path("/proc/self/status").read_text()
    return bool(int(status.split("CapEff:")[1].split()[0], 16) >> _SYS_RESOURCE & 1)


@pytest.mark.parametrize("limit", [1024, 4096])
def test_the_limit_of_files_is_raised_as_far_as_the_machine_lets_it(tmp_path: Path, limit: int) -> None:
    """As root of a machine it becomes what is wanted; without that capability the soft limit becomes the hard one."""
    say = 'ulimit -Sn; ulimit -Hn; cat "$0/cgroup.procs"; echo $$'
    argv = ["prlimit", f"--nofile=256:{limit}", "/bin/sh", "-c", _START, "sh", str(tmp_path), "/bin/sh", "-c", say]
    started = subprocess.run([*argv, str(tmp_path)], capture_output=True, text=True, check=True)
    expected = str(OPEN_FILES if may_raise() else limit)
    soft, hard, joined, _pid = started.stdout.split()
    assert (soft, hard) == (expected, expected)
    assert joined == "0", "itself, before it is Envoy"


def test_a_limit_that_is_higher_stays(tmp_path: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    order = _START.replace(str(OPEN_FILES), str(hard - 1))
    argv = ["/bin/sh", "-c", order, "sh", str(tmp_path), "/bin/sh", "-c", "ulimit -Sn"]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() == str(hard)


def test_what_a_process_may_open() -> None:
    assert open_files(os.getpid()) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    with subprocess.Popen(["true"]) as ended:
        pass
    assert open_files(ended.pid) is None


def test_base_ids_follow_the_kernels_numbers_of_namespaces() -> None:
    """Unique on the machine as those are; and Envoy has it times ten in 32 bits."""

    class Namespace(type(Path())):  # type: ignore[misc]
        inode = 0

        def stat(self, **_options: object) -> os.stat_result:
            return os.stat_result((0, self.inode, *(0 for _ in range(8))))

    numbers = []
    for inode in (0xF0000000, 0xF0000001, 0xFFFFFFFF):
        Namespace.inode = inode
        numbers.append(base_id(Namespace("/run/netns/x")))
    assert numbers[1] - numbers[0] == 1
    assert all(0 < number * 10 < 2**32 for number in numbers)


def test_shared_memory_goes_by_the_number_that_was_noted(tmp_path: Path) -> None:
    note, number = tmp_path / "base-id", 99_000_000 + os.getpid()
    forget_shared_memory(note)
    memory = Path(f"/dev/shm/envoy_shared_memory_{number}0")
    other = Path(f"/dev/shm/envoy_shared_memory_{number}00")
    try:
        for path in (memory, other):
            path.touch()
        note.write_text(str(number))
        forget_shared_memory(note)
        assert (memory.exists(), other.exists()) == (False, True)
    finally:
        memory.unlink(missing_ok=True)
        other.unlink(missing_ok=True)
