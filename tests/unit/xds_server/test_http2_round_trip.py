# SPDX-License-Identifier: Apache-2.0
"""What is known of the way to a peer and back."""

import pytest

from xds_server.http2_round_trip import RoundTrip


def test_the_median_of_the_newest_answers() -> None:
    way = RoundTrip()
    assert way.seconds == 0.0
    for number, took in enumerate([0.3, 0.9, 0.2, 5.0, 0.3], start=1):
        question = way.question(number * 10.0)
        assert question is not None
        way.answered(question, number * 10.0 + took)
    assert way.seconds == pytest.approx(0.3)
    for number in range(10, 20):
        way.answered(way.question(number * 10.0) or b"", number * 10.0 + 0.1)
    assert way.seconds == pytest.approx(0.1)


def test_asked_now_and_then_and_not_while_an_answer_may_come() -> None:
    way = RoundTrip()
    assert way.question(10.0) is not None
    assert way.question(10.05) is None
    assert way.question(10.11) is not None


def test_only_an_answer_to_the_question_counts() -> None:
    way = RoundTrip()
    question = way.question(10.0)
    assert question is not None
    assert len(question) == 8
    way.answered(b"riftgate", 10.5)
    way.answered(b"", 10.5)
    assert way.seconds == 0.0
    way.answered(question, 11.0)
    way.answered(question, 19.0)
    assert way.seconds == 1.0
