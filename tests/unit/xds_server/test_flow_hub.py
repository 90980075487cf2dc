# SPDX-License-Identifier: Apache-2.0
"""The hub: who subscribes sees everything since, or is told how much it missed."""

import asyncio

import pytest

from xds_server.flow import FlowRecord
from xds_server.flow_hub import FlowHub, FlowSubscription
from xds_server.hub import RecordsLost


def flow(number: int) -> FlowRecord:
    return FlowRecord(time=number, node="n", log="inbound", protocol="TCP")


async def take_all(flows: FlowSubscription) -> list[float | RecordsLost]:
    return [item.time if isinstance(item, FlowRecord) else item async for item in flows]


async def test_each_subscriber_gets_what_is_published_while_it_listens() -> None:
    hub = FlowHub()
    hub.publish(flow(0))
    with hub.subscribe() as early:
        hub.publish(flow(1))
        with hub.subscribe() as late:
            hub.publish(flow(2))
            hub.close()
            assert await take_all(late) == [2]
        assert await take_all(early) == [1, 2]
    assert hub.dropped == 0


async def test_the_oldest_go_and_are_counted() -> None:
    hub = FlowHub()
    with hub.subscribe(capacity=3) as slow, hub.subscribe() as quick:
        for number in range(5):
            hub.publish(flow(number))
        assert await anext(slow) == RecordsLost(2)
        assert await anext(slow) == flow(2)
        hub.publish(flow(5))
        hub.publish(flow(6))
        hub.close()
        assert await take_all(slow) == [RecordsLost(1), 4, 5, 6]
        assert await take_all(quick) == [0, 1, 2, 3, 4, 5, 6]
        assert (slow.dropped, quick.dropped, hub.dropped) == (3, 0, 3)


async def test_a_waiting_subscriber_is_woken() -> None:
    hub = FlowHub()
    with hub.subscribe() as flows:
        waiting = asyncio.create_task(anext(flows))
        await asyncio.sleep(0)
        assert not waiting.done()
        hub.publish(flow(1))
        assert await waiting == flow(1)
        ending = asyncio.create_task(take_all(flows))
        await asyncio.sleep(0)
        hub.close()
        assert await ending == []


async def test_who_has_left_costs_nothing() -> None:
    hub = FlowHub()
    assert not hub.has_listeners
    with hub.subscribe(capacity=1):
        assert hub.has_listeners
    assert not hub.has_listeners
    for number in range(3):
        hub.publish(flow(number))
    assert hub.dropped == 0


def test_a_capacity_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"), FlowHub().subscribe(capacity=0):
        pass
