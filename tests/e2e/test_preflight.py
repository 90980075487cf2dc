# SPDX-License-Identifier: Apache-2.0
"""Looking at a real machine: this one, and this one with something taken away in namespaces of the test's own."""

import subprocess
import sys

from riftgate.preflight import check

REPORT = (sys.executable, "-c", "from riftgate import preflight\nfor line in preflight.check(): print(line)")


def report(*launcher: str, environment: dict[str, str] | None = None) -> list[str]:
    """The lines of a check that runs under ``launcher``."""
    result = subprocess.run([*launcher, *REPORT], env=environment, capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def without(script: str) -> list[str]:
    """The lines of a check after ``script`` has run in a mount namespace of its own."""
    return report("unshare", "--mount", "sh", "-ec", f'{script}\nexec "$@"', "sh")


def test_this_machine_lacks_nothing_and_keeps_nothing() -> None:
    before = subprocess.run(["ip", "link"], capture_output=True, check=True).stdout
    assert check() == ()
    assert subprocess.run(["ip", "link"], capture_output=True, check=True).stdout == before


def test_without_capabilities() -> None:
    (line,) = report("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    assert line.startswith("root is missing (CAP_NET_ADMIN and CAP_SYS_ADMIN): ")


def test_without_cgroup2() -> None:
    (line,) = without("findmnt -rno TARGET -t cgroup2 | tac | xargs -n1 umount --lazy")
    assert line.startswith("no cgroup2 is mounted: mkdir ")


def test_with_a_cgroup2_that_cannot_be_written() -> None:
    (line,) = without("findmnt -rno TARGET -t cgroup2 | xargs -n1 mount -o remount,bind,ro")
    assert line.startswith("cgroup2 is read-only at ")


def test_with_read_only_sysctls() -> None:
    (line,) = without("mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys")
    assert line.startswith("/proc/sys is read-only: ")


def test_without_libbpf() -> None:
    (line,) = without(
        "for file in /usr/lib/*/libbpf.so* /usr/lib/libbpf.so*; do"
        " if [ -e $file ]; then mount --bind /dev/null $file; fi; done"
    )
    assert line.startswith("libbpf cannot be loaded (")
    assert line.endswith(": apt-get install -y libbpf1")


def test_without_programs_on_the_path() -> None:
    assert report(environment={"PATH": "/nowhere"}) == [
        "there is no bwrap: apt-get install -y bubblewrap",
        "there is no nsenter: apt-get install -y util-linux",
        "there is no setpriv: apt-get install -y util-linux",
    ]
