# SPDX-License-Identifier: Apache-2.0
"""From what was asked for and what the self-test found to whether a pod is accelerated."""

import pytest

from bpf.acceleration import Acceleration, Accelerator, Check, SelfTest

GOOD = SelfTest((Check("splice", "1000", "1000"), Check("backpressure", "waits", "waits")))
BAD = SelfTest((Check("splice", "1000", "1000"), Check("backpressure", "waits", "goes on")))
NOT_RUN = SelfTest(problem="no loopback")


@pytest.mark.parametrize("test", [GOOD, BAD, NOT_RUN])
@pytest.mark.parametrize("default", list(Acceleration))
@pytest.mark.parametrize("asked", [None, *Acceleration])
def test_who_is_accelerated(asked: Acceleration | None, default: Acceleration, test: SelfTest) -> None:
    setting = default if asked is None else asked

    decision = Accelerator(default, test).decide(asked)

    assert decision.on == (setting is Acceleration.ON or (setting is Acceleration.AUTO and test is GOOD))


def test_auto_says_why() -> None:
    assert Accelerator(test=GOOD).decide(None).why == "no difference from plain TCP in 2 checks"
    assert Accelerator(test=BAD).decide(None).why == "on this kernel it differs from plain TCP in: backpressure"
    assert Accelerator(test=NOT_RUN).decide(None).why == "the self-test did not run: no loopback"


def test_who_asked() -> None:
    assert Accelerator(Acceleration.ON, BAD).decide(None).why == "as this mesh was started"
    assert Accelerator(Acceleration.OFF, BAD).decide(Acceleration.ON).why == "the pod asks for it"
    # The annotation `auto` is the pod's, and still it is the self-test that says why.
    assert Accelerator(Acceleration.ON, BAD).decide(Acceleration.AUTO).on is False
