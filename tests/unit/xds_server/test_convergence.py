# SPDX-License-Identifier: Apache-2.0
"""Whatever is published, in whatever order client and server get to speak: the client ends up with the last snapshot,
and at no moment does it route to a cluster that it does not have."""

from collections import deque
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from xds_server.cache import NodeView
from xds_server.messages import DeltaRequest, Node, SotwRequest
from xds_server.resource import Reference, Resource
from xds_server.snapshot import Snapshot
from xds_server.stream import AdsStream, Identify, Send, Variant
from xds_server.type_urls import CLUSTER, ENDPOINT, FULL_STATE, LISTENER, ROUTE

CLUSTERS = ("a", "b", "c", "d")
ROUTES = ("r", "s")


class Client:
    """As much of Envoy as matters here. It reads responses one by one and speaks through `outbox`."""

    def __init__(self, variant):
        self.variant = variant
        self.outbox = deque()
        self.inbox = deque()
        self.wanted = {CLUSTER: None, ENDPOINT: set(), LISTENER: None, ROUTE: set()}
        self.held = {each: {} for each in self.wanted}
        self.nonces = dict.fromkeys(self.wanted, "")
        self.asked = set()
        self.warming = set()
        self.withheld = None
        self.serving = {}
        self.acked = dict.fromkeys(self.wanted)

    def start(self):
        self._ask(CLUSTER)
        self._ask(LISTENER)

    def reconnect(self):
        """All that was under way is lost. It tells what it has; clusters that were warming get warm by a timeout."""
        self.inbox.clear()
        self.outbox.clear()
        self.warming.clear()
        self.withheld = None
        for url, wanted in self.wanted.items():
            self.nonces[url] = ""
            if wanted != set():
                versions = {name: resource.version for name, resource in self.held[url].items()}
                self._say(url, DeltaRequest(url, tuple(wanted or ()), initial_versions=versions))

    def read(self):
        response = self.inbox.popleft()
        content = response.content
        url = content.type_url
        held = self.held[url]
        before = dict(held)
        self.nonces[url] = response.nonce
        if self.variant is Variant.SOTW and url in FULL_STATE:
            held.clear()
        for resource in content.resources:
            if self.wanted[url] is None or resource.name in self.wanted[url]:
                held[resource.name] = resource
        for name in content.removed:
            if url != ROUTE:  # Envoy keeps a route that is removed
                held.pop(name, None)
        match url:
            case _ if url == CLUSTER:
                changed = {name for name, each in held.items() if before.get(name) != each}
                self.warming = {name for name in self.warming | changed if name in held}
                self._want(ENDPOINT, set(held))
                self.withheld = response.nonce
            case _ if url == ENDPOINT:
                # Envoy takes the news that there are none for an answer.
                self.warming -= content.versions.keys()
                self._ask(url, nonce=response.nonce)
            case _ if url == LISTENER:
                self._want(ROUTE, self._routes_of_listeners() | {each[1] for each in self.serving.values()})
                self._ask(url, nonce=response.nonce)
            case _:
                self._ask(url, nonce=response.nonce)
        if self.withheld is not None and not self.warming:
            self._ask(CLUSTER, nonce=self.withheld)
            self.withheld = None
        self._switch_listeners()

    def _routes_of_listeners(self):
        return {route_of(each) for each in self.held[LISTENER].values()}

    def _switch_listeners(self):
        """A listener serves once it has its route; until then the one before it does."""
        for name in [each for each in self.serving if each not in self.held[LISTENER]]:
            del self.serving[name]
        for name, listener in self.held[LISTENER].items():
            if route_of(listener) in self.held[ROUTE]:
                self.serving[name] = (listener.version, route_of(listener))
        self._want(ROUTE, self._routes_of_listeners() | {each[1] for each in self.serving.values()})

    def _want(self, url, names):
        before, self.wanted[url] = self.wanted[url], names
        if before == names:
            return
        for name in before - names:
            self.held[url].pop(name, None)
        if self.variant is Variant.DELTA:
            self._say(url, DeltaRequest(url, tuple(names - before), tuple(before - names)))
        else:
            self._ask(url, nonce=self.nonces[url])

    def _ask(self, url, nonce=""):
        names = tuple(sorted(self.wanted[url] or ()))
        if self.variant is Variant.SOTW:
            self._say(url, SotwRequest(url, names, nonce))
        else:
            self._say(url, DeltaRequest(url, nonce=nonce))

    def _say(self, url, request):
        self.outbox.append(request)

    def unreachable(self):
        """Clusters that traffic is sent to and that do not exist."""
        needed = set()
        for _, route in self.serving.values():
            needed |= clusters_of(self.held[ROUTE][route])
        return needed - self.held[CLUSTER].keys()


def route_of(listener):
    return listener.version.split("|")[1]


def clusters_of(route):
    return set(route.version.split("|")[1].split())


def snapshot_of(seed, fewest_listeners=0):
    """Some snapshot whose references resolve. One number is far cheaper to draw and to shrink than its parts."""
    choice = Random(seed)
    routes = {
        name: sorted(choice.sample(CLUSTERS, choice.randint(1, 2)))
        for name in choice.sample(ROUTES, choice.randint(1, 2))
    }
    clusters = {each for used in routes.values() for each in used} | set(choice.sample(CLUSTERS, choice.randint(0, 1)))
    resources, needs = [], {}
    for name in sorted(clusters):
        resources.append(Resource(CLUSTER, name, choice.choice("12"), b""))
        resources.append(Resource(ENDPOINT, name, choice.choice("12"), b""))
        needs[Reference(CLUSTER, name)] = frozenset({Reference(ENDPOINT, name)})
    for name, used in routes.items():
        resources.append(Resource(ROUTE, name, f"{choice.choice('12')}|{' '.join(used)}", b""))
        needs[Reference(ROUTE, name)] = frozenset(Reference(CLUSTER, each) for each in used)
    for name in choice.sample("lm", choice.randint(fewest_listeners, 2)):
        route = choice.choice(sorted(routes))
        resources.append(Resource(LISTENER, name, f"{choice.choice('12')}|{route}", b""))
        needs[Reference(LISTENER, name)] = frozenset({Reference(ROUTE, route)})
    return Snapshot(resources, needs)


SEEDS = st.integers(0, 2**20)


class Dialogue(RuleBasedStateMachine):
    variant = Variant.DELTA
    fewest_listeners = 0

    @initialize(seed=SEEDS)
    def begin(self, seed):
        self.now = 0.0
        self.streams = 1
        self.stream = AdsStream(self.variant, "s1")
        self.client = Client(self.variant)
        self.view = NodeView(snapshot_of(seed, self.fewest_listeners))
        self.client.start()

    @rule(seed=SEEDS)
    def publish(self, seed):
        self.view = NodeView(snapshot_of(seed, self.fewest_listeners))
        if self.stream.node is not None:
            self._perform(self.stream.view_changed(self.view, self.now))

    @precondition(lambda self: self.client.inbox)
    @rule()
    def client_reads(self):
        self.client.read()

    @precondition(lambda self: self.client.outbox)
    @rule()
    def server_reads(self):
        request = self.client.outbox.popleft()
        if self.stream.node is None:
            request = replace(request, node=Node("n"))
        self._perform(self.stream.request_received(request, self.now))

    @invariant()
    def all_traffic_has_somewhere_to_go(self):
        if hasattr(self, "client"):
            assert not self.client.unreachable()

    def teardown(self):
        if not hasattr(self, "client"):
            return
        for _ in range(300):
            if self.client.inbox:
                self.client_reads()
            elif self.client.outbox:
                self.server_reads()
            elif self.stream.deadline is not None:
                self.now = self.stream.deadline
                self._perform(self.stream.time_passed(self.now))
            else:
                break
            self.all_traffic_has_somewhere_to_go()
        assert not (self.client.inbox or self.client.outbox), "they talk for ever"
        for url in (CLUSTER, LISTENER):
            assert self.client.held[url] == dict(self.view.snapshot.resources(url))
        for url in (ENDPOINT, ROUTE):
            published = self.view.snapshot.resources(url)
            assert self.client.held[url] == {name: published[name] for name in self.client.wanted[url]}

    def _perform(self, commands):
        for command in commands:
            match command:
                case Identify():
                    self._perform(self.stream.view_changed(self.view, self.now))
                case Send(response):
                    self.client.inbox.append(response)


class SotwDialogue(Dialogue):
    variant = Variant.SOTW


class ReturningDialogue(Dialogue):
    """A state-of-the-world client does not tell what it has, and so cannot be spared anything.

    Nor is a client of clusters alone: where there is no listener, nothing is awaited.
    """

    fewest_listeners = 1

    @precondition(lambda self: self.stream.node is not None)
    @rule()
    def reconnect(self):
        """To this server or to one that was started anew: a stream knows nothing of those before it."""
        self.streams += 1
        self.stream = AdsStream(self.variant, f"s{self.streams}")
        self.client.reconnect()


LIMITS = settings(max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))

TestDelta = Dialogue.TestCase
TestDelta.settings = LIMITS
TestSotw = SotwDialogue.TestCase
TestSotw.settings = LIMITS
TestReturning = ReturningDialogue.TestCase
TestReturning.settings = LIMITS
