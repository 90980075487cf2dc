# SPDX-License-Identifier: Apache-2.0
import pytest

from riftgate.local.capabilities import (
    CAPABILITIES,
    DEFAULT_CAPABILITIES,
    capability_mask,
    effective_capabilities,
)


def test_the_default_set_is_a_container_runtimes() -> None:
    # What `grep CapEff /proc/1/status` shows in a container of Docker or containerd.
    assert capability_mask(effective_capabilities((), ())) == 0xA80425FB


@pytest.mark.parametrize(
    ("add", "drop", "expected"),
    [
        (["NET_ADMIN"], [], DEFAULT_CAPABILITIES | {"NET_ADMIN"}),
        ([], ["NET_RAW"], DEFAULT_CAPABILITIES - {"NET_RAW"}),
        ([], ["ALL"], set()),
        (["NET_RAW"], ["ALL"], {"NET_RAW"}),
        (["ALL"], [], set(CAPABILITIES)),
        (["ALL"], ["NET_RAW"], set(CAPABILITIES) - {"NET_RAW"}),
        (["NET_RAW"], ["NET_RAW"], DEFAULT_CAPABILITIES - {"NET_RAW"}),
    ],
)
def test_a_manifests_changes(add: list[str], drop: list[str], expected: set[str]) -> None:
    assert effective_capabilities(add, drop) == expected


def test_an_unknown_capability_is_refused() -> None:
    with pytest.raises(ValueError, match="NET_AMIN"):
        effective_capabilities(["NET_AMIN"], [])
