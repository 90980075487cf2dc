# SPDX-License-Identifier: Apache-2.0
import pytest

from riftgate.local.names import PodName, is_of_instance, node_netns


def test_names_of_a_pod() -> None:
    pod = PodName("riftgate", "default", "deathstar-0")

    assert pod.file_name == "default.deathstar-0"
    assert pod.netns == "riftgate-default.deathstar-0"
    assert pod.host_interface.startswith("rg")
    assert len(pod.host_interface) <= 15
    assert pod.pod_mac != pod.host_mac
    # Locally administered, and no group address.
    assert int(pod.pod_mac[:2], 16) & 3 == 2


def test_pods_that_read_alike_do_not_share_anything() -> None:
    pods = [
        PodName("a", "b-c", "d"),
        PodName("a", "b", "c-d"),
        PodName("a", "b", "c.d"),
        PodName("ab", "b", "c.d"),
    ]
    for name in ("netns", "host_interface", "pod_mac", "host_mac"):
        assert len({getattr(pod, name) for pod in pods}) == len(pods)
    assert node_netns("a") not in {pod.netns for pod in pods}


def test_the_longest_pod_name_fits_into_a_file_name() -> None:
    longest = ["x" * 63 + "." + "y" * 63 + "." + "z" * 63 + "." + last * 61 for last in "ab"]
    names = [PodName("i" * 32, "n" * 63, pod).netns for pod in longest]

    assert max(len(name) for name in names) <= 255
    assert len(set(names)) == 2


def test_an_instance_finds_its_own_only() -> None:
    assert is_of_instance(PodName("a", "b", "c").netns, "a")
    assert is_of_instance(node_netns("a"), "a")
    assert not is_of_instance(PodName("ab", "b", "c").netns, "a")


@pytest.mark.parametrize("instance", ["", "a-b", "a.b", "../x", "A", "1a", "a" * 33])
def test_an_instance_name_that_could_be_mistaken_is_refused(instance: str) -> None:
    with pytest.raises(ValueError, match="not valid"):
        PodName(instance, "default", "pod")
