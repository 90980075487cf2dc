# SPDX-License-Identifier: Apache-2.0
"""What holds for a resource holds for resources of every type: LDS, RDS, CDS, EDS, SDS, RTDS and ECDS."""

import pytest

from envoy_api.service.runtime.v3 import Runtime
from xds_server.type_urls import FULL_STATE

from .conftest import url_of

KINDS = ("listener", "route", "cluster", "endpoint", "secret", "runtime", "extension_config")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


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


async def test_lines_15_17_and_39_what_was_refused_is_not_sent_again_and_the_next_is(server, client, kind, made):
    await holds(server, client, kind, made)
    server.publish(made("2"))
    await client.gets(kind, "a")
    await client.nack(kind, "no, thanks")
    await client.silent()
    (refusal,) = (await server.status.wait_acked(["n"], 0)).refused
    assert (refusal.type_url, refusal.names, refusal.message) == (url_of(kind), ("a",), "no, thanks")
    server.publish(made("3"))
    await client.gets(kind, "a")
    await client.ack(kind)
    # What is on the client is what is published, even where that is as it was before the refusal.
    server.publish(made("1"))
    await client.gets(kind, "a")


async def test_lines_20_and_36_what_is_asked_for_again_is_sent_again(server, client, kind, made):
    await holds(server, client, kind, made)
    if client.method.startswith("Delta"):
        await client.ask(kind, "a")
    else:
        client.wanted[kind] = ("b",)
        await client.ack(kind)
        if url_of(kind) in FULL_STATE or kind == "runtime":
            await client.receive()  # that there is no b, or an empty one
        await client.ack(kind, "a", "b")
        response = await client.receive()
        assert "a" in client.names_in(response)
        return
    await client.gets(kind, "a")


async def test_lines_23_and_42_what_is_no_more_is_told_in_the_way_of_the_type(server, client, kind, made):
    await holds(server, client, kind, made)
    server.publish()
    if kind == "runtime":
        await client.gets(kind, "a")  # empty: Envoy waits for a layer that does not exist
    elif client.method.startswith("Delta"):
        await client.gets(kind, removed=["a"])
    elif url_of(kind) in FULL_STATE:
        await client.gets(kind)
    else:
        await client.silent()


async def test_lines_40_and_30_a_client_that_has_it_is_not_sent_it_again_after_a_reconnect(server, opened, kind, made):
    client = opened()
    await holds(server, client, kind, made)
    version = server.cache.view("n").resources(url_of(kind)).version
    await client.close()
    again = opened()
    if client.method.startswith("Delta"):
        await again.ask(kind, "a", have={"a": client.last.resources[0].version})
        await again.silent()
    else:
        await again.ask(kind, "a", version=version)
        await again.gets(kind, "a")
