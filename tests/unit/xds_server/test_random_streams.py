# SPDX-License-Identifier: Apache-2.0
"""Streams of several nodes on one server, opened, half-closed, cancelled and answered as it comes, while somebody
publishes for each node. At every moment: a stream is told what its own node is to have and nothing of the others', and
nothing after its end, which frees all that it held. In the end: each open one has what is published for its node."""

import asyncio
import itertools
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from envoy_api import unpack
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest, DeltaDiscoveryResponse
from tests.state_machines import LIMITS
from tests.virtual_time import VirtualTimeLoop
from xds_server.ads import SERVICE, AggregatedDiscovery
from xds_server.cache import SnapshotCache
from xds_server.grpc_call import StatusCode
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.type_urls import ROUTE

NODES = ("one", "two")
NAMES = ("a", "b", "c")
SEEDS = st.integers(0, 2**20)


def messages(node, seed):
    """Some of the names, and in each the node's name: what another node's stream must never be told."""
    choice = Random(seed)
    chosen = (name for name in NAMES if choice.random() < 0.7)
    return [RouteConfiguration(name=name, internal_only_headers=[node, choice.choice("123")]) for name in chosen]


class Client:
    """The far end of a call, and the call as the server sees it."""

    blocked = False

    def __init__(self, server, node, number):
        self.node = node
        self.peer, self.caller = f"ipv4:127.0.0.1:{number}", None
        self.wanted = set()
        self.has = {}
        self.nonce = ""
        self.answered = True
        self.said = False
        self.ended = None
        self.silent = False
        """It has half-closed, or is gone: it hears nothing more."""
        self.session = server.handler[f"/{SERVICE}/DeltaAggregatedResources"](self)

    # The server's side.

    def send(self, shared, own=b""):
        assert self.ended is None, "a response after the end"
        response = DeltaDiscoveryResponse.FromString(shared.body + own)
        assert not self.silent, "a response to somebody who is gone"
        self.nonce, self.answered = response.nonce, False
        for resource in response.resources:
            body = unpack(resource.resource, RouteConfiguration)
            assert body.internal_only_headers[0] == self.node, "another node's resource"
            assert resource.name in self.wanted, "a resource that nobody asked for"
            self.has[resource.name] = body
        for name in response.removed_resources:
            self.has.pop(name, None)

    def end(self, code=StatusCode.OK, details=""):
        if self.ended is None:
            self.ended = code
            self.session.closed()

    # The client's side.

    @property
    def talks(self):
        return self.ended is None and not self.silent

    def say(self, *, subscribe=(), unsubscribe=(), nonce="", error=""):
        request = DeltaDiscoveryRequest(
            type_url=ROUTE,
            resource_names_subscribe=subscribe,
            resource_names_unsubscribe=unsubscribe,
            response_nonce=nonce,
        )
        if not self.said:
            request.node.id, self.said = self.node, True
        if error:
            request.error_detail.code, request.error_detail.message = 3, error
        self.session.message_received(request.SerializeToString())

    def half_close(self):
        self.silent = True
        self.session.half_closed()
        assert self.ended is StatusCode.OK, "the server goes on alone"

    def vanish(self):
        self.silent, self.ended = True, StatusCode.CANCELLED
        self.session.closed()


class Streams(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.loop = VirtualTimeLoop()
        self.errors = []
        self.loop.set_exception_handler(lambda _, context: self.errors.append(context["exception"]))
        self.cache = SnapshotCache()
        self.status = StatusRegistry(self.cache)
        self.server = AggregatedDiscovery(self.cache, self.status)
        self.published = {}
        self.clients = []
        self.numbers = itertools.count(1)

    def do(self, work):
        """In the event loop, and all that follows from it at once."""

        async def run():
            work()
            for _ in range(5):
                await asyncio.sleep(0)

        self.loop.run_until_complete(run())
        if self.errors:
            raise self.errors[0]

    def one(self, seed):
        return Random(seed).choice([each for each in self.clients if each.talks])

    def anybody(self):
        return any(each.talks for each in self.clients)

    @rule(node=st.sampled_from(NODES))
    def connect(self, node):
        self.do(lambda: self.clients.append(Client(self.server, node, next(self.numbers))))

    @rule(node=st.sampled_from(NODES), seed=SEEDS)
    def publish(self, node, seed):
        made = messages(node, seed)
        self.published[node] = {each.name: each for each in made}
        self.do(lambda: self.cache.set(node, build_snapshot(made)))

    @precondition(anybody)
    @rule(seed=SEEDS, name=st.sampled_from(NAMES))
    def subscribe(self, seed, name):
        client = self.one(seed)
        client.wanted.add(name)
        self.do(lambda: client.say(subscribe=[name]))

    @precondition(anybody)
    @rule(seed=SEEDS, name=st.sampled_from(NAMES))
    def unsubscribe(self, seed, name):
        client = self.one(seed)
        client.wanted.discard(name)
        client.has.pop(name, None)
        self.do(lambda: client.say(unsubscribe=[name]))

    @precondition(anybody)
    @rule(seed=SEEDS, refuse=st.booleans())
    def answer(self, seed, refuse):
        client = self.one(seed)
        if not client.answered:
            client.answered = True
            self.do(lambda: client.say(nonce=client.nonce, error="not this" if refuse else ""))

    @precondition(anybody)
    @rule(seed=SEEDS)
    def half_close(self, seed):
        self.do(self.one(seed).half_close)

    @precondition(anybody)
    @rule(seed=SEEDS)
    def cancel(self, seed):
        self.do(self.one(seed).vanish)

    @invariant()
    def only_the_open_ones_are_kept(self):
        open_ones = [each for each in self.clients if each.ended is None]
        assert self.server.open_streams == {each.session.machine.stream_id for each in open_ones}
        assert set(self.status.node_ids()) >= {each.node for each in open_ones if each.said}
        said = [each.node for each in open_ones if each.said]
        assert self.server.nodes.inside == len(said)
        for node in NODES:
            assert len(self.cache._watchers.get(node, ())) == said.count(node)

    def teardown(self):
        try:
            self.settle()
        finally:
            self.do(self.server.close)
            assert not self.server.open_streams
            self.loop.close()

    def settle(self):
        for node in NODES:
            self.publish(node, 7)
        for client in self.clients:
            while client.talks and not client.answered:
                client.answered = True
                self.do(lambda client=client: client.say(nonce=client.nonce))
            if client.talks and client.said:
                expected = {name: each for name, each in self.published[client.node].items() if name in client.wanted}
                assert client.has == expected


TestStreams = Streams.TestCase
TestStreams.settings = LIMITS
