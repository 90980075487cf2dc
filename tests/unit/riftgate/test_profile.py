# SPDX-License-Identifier: Apache-2.0
"""Records to trees; what bcc lacks to commands."""

import pytest

from riftgate.profile.bcc import missing
from riftgate.profile.model import Connected, Executed, Forked, Known, Profile

APP = "app"
NAMES = {"10.1.0.2": "default/deathstar"}


def example() -> Profile:
    profile = Profile((APP,), (Known(APP, 10, 1, ("sleep", "infinity")), Known(APP, 11, 10, ("sh",))))
    profile.add(Forked(APP, 0.5, 11, 12))
    profile.add(Executed(APP, 0.6, 12, ("curl", "-s", "http://deathstar"), cut=False))
    profile.add(Connected(APP, 0.7, 12, "tcp", "10.1.0.2", 80, "started"))
    profile.add(Connected(APP, 0.8, 12, "tcp", "10.1.0.2", 80, "ECONNREFUSED"))
    profile.add(Connected(APP, 0.9, 12, "tcp", "10.1.0.2", 80, "ECONNREFUSED"))
    profile.add(Connected(APP, 1.0, 12, "unix", "@bus", 0, "ok"))
    profile.add(Connected(APP, 1.0, 12, "udp", "fd00::53", 53, "ok"))
    return profile


def test_a_tree_for_people() -> None:
    assert list(example().lines(NAMES.get)) == [
        "app",
        "  10 sleep infinity",
        "    11 sh",
        "      12 +0.5 s curl -s http://deathstar",
        "        -> tcp 10.1.0.2:80 (default/deathstar): 2 ECONNREFUSED, 1 started",
        "        -> unix @bus: 1 ok",
        "        -> udp [fd00::53]:53: 1 ok",
    ]


def test_json_for_programs() -> None:
    (first, shell, curl) = example().to_dict(NAMES.get)[APP]
    assert first == {
        "pid": 10,
        "parent": None,
        "began": None,
        "programs": [{"time": None, "arguments": ["sleep", "infinity"], "cut": False}],
        "connections": [],
    }
    assert shell["parent"] == 10
    assert (curl["parent"], curl["began"]) == (11, 0.5)
    assert curl["connections"][0] == {
        "kind": "tcp",
        "address": "10.1.0.2",
        "port": 80,
        "name": "default/deathstar",
        "results": {"started": 1, "ECONNREFUSED": 2},
    }


def test_a_pid_that_comes_again_is_another_process() -> None:
    profile = example()
    profile.add(Forked(APP, 2.0, 10, 12))
    processes = {each["pid"]: each for each in profile.to_dict(NAMES.get)[APP]}
    assert (processes[12]["parent"], processes[12]["began"], processes[12]["connections"]) == (10, 2.0, [])


def test_what_comes_from_outside_is_a_tree_of_its_own() -> None:
    profile = example()
    profile.add(Executed(APP, 3.0, 99, ("id",), cut=False))
    profile.add(Executed(APP, 3.1, 99, ("id", *"abcdefghijk"), cut=True))
    assert list(profile.lines(NAMES.get))[-1] == "  99 +3.0 s id => id a b c d e f g h i j k ..."


@pytest.mark.parametrize(
    ("lacking", "line"),
    [
        ({"root": False}, "root is missing: run the same command with sudo"),
        ({"module": False}, "there is no bcc for Python: apt-get install -y python3-bpfcc"),
        (
            {"headers": False},
            "there are no headers of Linux 6.1.0-9-amd64: apt-get install -y linux-headers-6.1.0-9-amd64",
        ),
        ({"tracefs": False}, "tracefs is not mounted: mount -t tracefs none /sys/kernel/tracing"),
    ],
)
def test_what_is_missing_and_what_brings_it(lacking: dict[str, bool], line: str) -> None:
    there = {"root": True, "module": True, "headers": True, "tracefs": True}
    assert missing(**there, release="6.1.0-9-amd64") == ()
    (found,) = missing(**{**there, **lacking}, release="6.1.0-9-amd64")
    assert str(found) == line
