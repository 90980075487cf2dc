# SPDX-License-Identifier: Apache-2.0
"""What is on its way to the agent: the newest, once, and what it says of it."""

import asyncio

import pytest

from l7filters.l4_tables import L4Tables
from riftgate.control.feed import Feed, FeedRefused
from tests.virtual_time import in_virtual_time

ONE = L4Tables((("0.0.0.0/0", 1),), (), ())
TWO = L4Tables((("::/0", 1),), (), ())
EVER = 3600.0


@in_virtual_time
async def test_equal_tables_keep_their_version() -> None:
    feed = Feed[L4Tables](first_version=10)
    assert await feed.publish(ONE) == 10
    assert await feed.publish(ONE) == 10
    assert await feed.publish(TWO) == 11


@in_virtual_time
async def test_an_agent_gets_the_newest_and_none_between() -> None:
    feed = Feed[L4Tables](first_version=10)
    waiting = asyncio.ensure_future(feed.after(0))
    await asyncio.sleep(1)
    assert not waiting.done()
    await feed.publish(ONE)
    assert (await waiting).version == 10
    await feed.publish(TWO)
    await feed.publish(ONE)
    newest = await feed.after(10)
    assert (newest.version, newest.content) == (12, ONE)


@in_virtual_time
async def test_an_agent_that_outlived_another_server_gets_tables_whatever_it_has() -> None:
    feed = Feed[L4Tables](first_version=10)
    await feed.publish(ONE)
    assert (await feed.after(9_000_000)).version == 10


@in_virtual_time
async def test_waiting_ends_with_the_confirmation_of_this_version_or_a_later_one() -> None:
    feed = Feed[L4Tables](first_version=10)
    await feed.publish(ONE)
    waiting = asyncio.ensure_future(feed.wait_applied(10, EVER))
    await asyncio.sleep(1)
    assert not waiting.done()
    await feed.publish(TWO)
    await feed.confirm(11, None)
    await waiting
    await feed.wait_applied(11, EVER)


@in_virtual_time
async def test_in_force_is_what_was_confirmed_and_not_what_is_newest() -> None:
    feed = Feed[L4Tables](first_version=10)
    await feed.publish(ONE)
    await feed.after(0)
    await feed.publish(TWO)
    assert feed.in_force is None
    await feed.confirm(10, None)
    assert feed.in_force == ONE
    await feed.after(10)
    await feed.confirm(11, None)
    assert feed.in_force == TWO
    await feed.gone()
    assert feed.in_force is None
    assert (await feed.after(0)).version == 11
    await feed.confirm(11, None)
    assert feed.in_force == TWO


@in_virtual_time
async def test_a_refusal_comes_out_in_the_agents_words() -> None:
    feed = Feed[L4Tables](first_version=10)
    await feed.publish(ONE)
    await feed.confirm(10, "no room")
    with pytest.raises(FeedRefused, match="no room"):
        await feed.wait_applied(10, EVER)
    assert feed.error == "no room"
    await feed.publish(TWO)
    assert feed.error is None
    await feed.confirm(10, "an old refusal, late")
    await feed.confirm(11, None)
    await feed.wait_applied(11, EVER)


@in_virtual_time
async def test_silence_is_an_error_too() -> None:
    feed = Feed[L4Tables](first_version=10)
    await feed.publish(ONE)
    with pytest.raises(TimeoutError):
        await feed.wait_applied(10, 15.0)
