# SPDX-License-Identifier: Apache-2.0
"""Hosts that lack something the datapath needs, described as values."""

from dataclasses import replace

import pytest

from bpf.preflight import NEEDED, Capability, Kernel, MapType, Missing, ProgramType, kernel_version, missing

GOOD = Kernel(
    capabilities=NEEDED,
    release="6.1.0-18-amd64",
    filesystems=frozenset({"bpf", "cgroup2", "ext4"}),
    libbpf=None,
    refused=(),
)


def only(kernel: Kernel) -> Missing:
    (found,) = missing(kernel)
    return found


def test_a_good_kernel_lacks_nothing() -> None:
    assert missing(GOOD) == ()


@pytest.mark.parametrize("held", [Capability(0), Capability.NET_ADMIN, Capability.SYS_ADMIN])
def test_no_root(held: Capability) -> None:
    found = only(replace(GOOD, capabilities=held))
    assert found.what.startswith("root is missing")
    assert "sudo" in found.todo
    for capability in NEEDED:
        assert (f"CAP_{capability.name}" in found.what) is (capability not in held)


@pytest.mark.parametrize("release", ["5.16.20", "4.19.0-27-amd64", "5.15.0-216-generic", "unheard-of"])
def test_an_old_kernel(release: str) -> None:
    found = only(replace(GOOD, release=release))
    assert "is too old, 5.17 is the first" in found.what
    assert found.todo.startswith("apt-get install -y linux-image")


@pytest.mark.parametrize("release", ["5.17.0", "6.1.0-9-amd64", "6.18.44-fc", "10.0.1"])
def test_a_new_kernel(release: str) -> None:
    assert missing(replace(GOOD, release=release)) == ()


def test_no_bpffs() -> None:
    assert "bpffs" in only(replace(GOOD, filesystems=frozenset({"cgroup2"}))).what


def test_no_libbpf() -> None:
    found = only(replace(GOOD, libbpf="libbpf is not installed"))
    assert str(found) == "libbpf is not installed: apt-get install -y libbpf1"


def test_refused_types_are_named() -> None:
    found = only(replace(GOOD, refused=(ProgramType.SK_LOOKUP, MapType.SK_STORAGE)))
    assert found.what.endswith("SK_LOOKUP, SK_STORAGE")


def test_everything_at_once_is_one_line_each() -> None:
    bare = Kernel(Capability(0), "3.10.0", frozenset(), "libbpf is not installed", ())
    lines = [str(found) for found in missing(bare)]
    assert [line.split(" ")[0] for line in lines] == ["root", "Linux", "the", "libbpf"]
    assert not any("\n" in line for line in lines)


def test_versions_compare_as_numbers() -> None:
    assert kernel_version("5.10.1") > kernel_version("5.9.99")
    assert kernel_version("what") == (0, 0)
