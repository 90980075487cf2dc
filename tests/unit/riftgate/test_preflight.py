# SPDX-License-Identifier: Apache-2.0
"""Machines that lack something local pods need, described as values."""

from dataclasses import replace
from pathlib import Path

import pytest

from bpf.preflight import NEEDED, Capability, Kernel, Missing
from riftgate.preflight import PACKAGE_BY_PROGRAM, Host, missing

GOOD = Host(
    kernel=Kernel(NEEDED, "6.1.0-18-amd64", frozenset({"bpf"}), None, ()),
    cgroup2=Path("/sys/fs/cgroup"),
    cgroup2_read_only=False,
    absent_programs=(),
    envoy=Path("/opt/envoy"),
    has_envoy_module=True,
    absent_modules=(),
    network=(),
)


def only(host: Host) -> Missing:
    (found,) = missing(host)
    return found


def test_a_good_machine_lacks_nothing() -> None:
    assert missing(GOOD) == ()


def test_what_the_datapath_lacks_comes_first() -> None:
    found = missing(replace(GOOD, kernel=replace(GOOD.kernel, capabilities=Capability(0)), envoy=None))
    assert [line.what.split(" (")[0] for line in found] == ["root is missing", "there is no Envoy"]


def test_a_machine_that_envoys_module_is_not_built_for() -> None:
    assert "no module of Riftgate's" in only(replace(GOOD, has_envoy_module=False)).what


def test_an_old_kernel_is_named_once() -> None:
    found = only(replace(GOOD, kernel=replace(GOOD.kernel, release="5.10.209")))
    assert "is too old, 5.17 is the first" in found.what


def test_no_cgroup2() -> None:
    found = only(replace(GOOD, cgroup2=None))
    assert found.what == "no cgroup2 is mounted"
    assert "mount -t cgroup2" in found.todo


def test_read_only_cgroup2() -> None:
    assert only(replace(GOOD, cgroup2_read_only=True)).todo == "mount -o remount,rw /sys/fs/cgroup"


@pytest.mark.parametrize(("program", "package"), PACKAGE_BY_PROGRAM.items())
def test_no_program(program: str, package: str) -> None:
    found = only(replace(GOOD, absent_programs=(program,)))
    assert str(found) == f"there is no {program}: apt-get install -y {package}"


def test_no_envoy() -> None:
    assert str(only(replace(GOOD, envoy=None))) == "there is no Envoy: script/setup"


def test_no_pyroute2() -> None:
    assert "pyroute2" in only(replace(GOOD, absent_modules=("pyroute2",))).what


def test_what_the_trial_of_a_link_met() -> None:
    trouble = Missing("the kernel makes no veth links", "modprobe veth")
    assert missing(replace(GOOD, network=(trouble,))) == (trouble,)
