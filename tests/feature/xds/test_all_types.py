# SPDX-License-Identifier: Apache-2.0
"""What holds for a resource holds for resources of every type: LDS, RDS, CDS, EDS, SDS, RTDS and ECDS."""

import pytest

from envoy_api.service.runtime.v3 import Runtime
from xds_server.type_urls import (
    CLUSTER,
    ENDPOINT,
    EXTENSION_CONFIG,
    FULL_STATE,
    LISTENER,
    ROUTE,
    RUNTIME,
    SECRET,
    short_name,
)

TYPES = (LISTENER, ROUTE, CLUSTER, ENDPOINT, SECRET, RUNTIME, EXTENSION_CONFIG)


@pytest.fixture(params=TYPES, ids=short_name)
def url(request):
    return request.param


@pytest.fixture
def kind(url):
    return short_name(url)


@pytest.fixture
def made(kind, make):
    """Makes the resource `a` of the type with some content."""

    def with_content(content):
        match kind:
            case "runtime":
                layer = Runtime(name="a")
                layer.layer["content"] = content
                return layer
            case "secret":
                secret = make.secret("a")
                secret.generic_secret.secret.inline_string = content
                return secret
            case "extension_config":
                config = make.extension_config("a")
                config.typed_config.value = content.encode()
                return config
        return getattr(make, kind)("a", content)

    return with_content


async def holds(server, client, kind, made):
    """The client has the first version and has accepted it (lines 13, 28, 35)."""
    server.publish(made("1"))
    await client.ask(kind, "a")
    response = await client.gets(kind, "a")
    assert getattr(response, "version_info", "") or response.resources[0].version
    await client.ack(kind)


async def test_lines_14_32_and_39_what_was_accepted_is_not_sent_again(server, client, kind, made):
    await holds(server, client, kind, made)
    await client.silent()
    server.publish(made("1"))
    await client.silent()


async def test_lines_15_17_and_39_what_was_refused_is_not_sent_again_and_the_next_is(
    server, client, url, kind, made, caplog
):
    await holds(server, client, kind, made)
    server.publish(made("2"))
    await client.gets(kind, "a")
    await client.nack(kind, "no, thanks")
    await client.silent()
    (refusal,) = (await server.status.wait_acked(["n"], 20)).refused
    assert (refusal.type_url, refusal.names, refusal.message) == (url, ("a",), "no, thanks")
    assert [each.getMessage() for each in caplog.records] == [f"n refused {kind}: no, thanks"]
    server.publish(made("3"))
    await client.gets(kind, "a")
    await client.ack(kind)
    # What is on the client is what is published, even where that is as it was before the refusal.
    server.publish(made("1"))
    await client.gets(kind, "a")


async def test_line_36_what_delta_asks_for_again_is_sent_again(server, delta, kind, made):
    await holds(server, delta, kind, made)
    await delta.ask(kind, "a")
    await delta.gets(kind, "a")


async def test_line_21_what_was_dropped_and_is_wanted_again_is_sent_again(server, sotw, url, kind, made):
    await holds(server, sotw, kind, made)
    await sotw.ack(kind, "b")
    if url in FULL_STATE or kind == "runtime":
        await sotw.receive()  # there is no b, or an empty one
    await sotw.ack(kind, "a", "b")
    assert "a" in sotw.names_in(await sotw.receive())


async def test_lines_23_and_42_what_is_no_more_is_told_in_the_way_of_the_type(server, client, url, kind, made):
    await holds(server, client, kind, made)
    server.publish()
    if kind == "runtime":
        await client.gets(kind, "a")  # empty: Envoy waits for a layer that does not exist
    elif client.method.startswith("Delta"):
        await client.gets(kind, removed=["a"])
    elif url in FULL_STATE:
        await client.gets(kind)
    else:
        await client.silent()


async def test_lines_40_and_30_a_client_that_has_it_is_not_sent_it_again_after_a_reconnect(
    server, opened, url, kind, made
):
    client = opened()
    await holds(server, client, kind, made)
    version = server.cache.view("n").resources(url).version
    await client.close()
    again = opened()
    if client.method.startswith("Delta"):
        await again.ask(kind, "a", have={"a": client.last.resources[0].version})
        await again.silent()
    else:
        await again.ask(kind, "a", version=version)
        await again.gets(kind, "a")
