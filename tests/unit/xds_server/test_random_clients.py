# SPDX-License-Identifier: Apache-2.0
"""Clients that subscribe, unsubscribe, accept, refuse, answer late and come again as they please, while somebody
publishes as he pleases. At every moment: nothing is sent twice without a cause. In the end: the client has what is
published of what it wants."""

from collections import deque
from dataclasses import replace
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.state_machines import LIMITS
from xds_server.cache import NodeView
from xds_server.messages import DeltaRequest, Node, SotwRequest
from xds_server.resource import Resource
from xds_server.snapshot import Snapshot
from xds_server.stream import AdsStream, Identify, Send, Variant
from xds_server.type_urls import CLUSTER, FULL_STATE, ROUTE, SECRET

TYPES = (CLUSTER, ROUTE, SECRET)
NAMES = ("a", "b", "c")
SEEDS = st.integers(0, 2**20)
# What no client takes.
BAD = "bad"


def snapshot_of(seed, contents):
    choice = Random(seed)
    chosen = ((url, name) for url in TYPES for name in NAMES if choice.random() < 0.7)
    return Snapshot(Resource(url, name, choice.choice(contents), b"") for url, name in chosen)


class Subscription:
    """One type, as a client sees it. It takes a response as a whole or, where Envoy does so, each good part of it."""

    def __init__(self, url):
        self.url = url
        self.wanted = set()
        self.has = {}
        self.version = ""
        self.nonce = ""
        self.old_nonces = []

    def takes(self, content, *, whole):
        """Take it; gives the refusal, if there is one."""
        bad = sorted(each.name for each in content.resources if each.version == BAD)
        if bad and self.url not in FULL_STATE:
            return "it is bad"
        kept = {name: version for name, version in self.has.items() if name in bad}
        if whole:
            self.has = kept
        self.has.update((each.name, each.version) for each in content.resources if each.name not in bad)
        for name in content.removed:
            self.has.pop(name, None)
        return f"bad: {', '.join(bad)}" if bad else None


class Machine(RuleBasedStateMachine):
    variant = Variant.DELTA

    @initialize(seed=SEEDS)
    def begin(self, seed):
        self.now = 0.0
        self.streams = 0
        self.view = NodeView(snapshot_of(seed, "123"))
        self.subscriptions = {url: Subscription(url) for url in TYPES}
        self.connect()

    def connect(self):
        self.streams += 1
        self.stream = AdsStream(self.variant, f"s{self.streams}")
        self.outbox, self.inbox = deque(), deque()
        self.sent = {url: {} for url in TYPES}
        """What the stream has sent and may not send again, by type and name."""
        self.together = {}
        """How many names, removed ones included, came in one response, by its nonce."""
        for each in self.subscriptions.values():
            each.nonce, each.old_nonces = "", []
            if each.wanted or each.url in FULL_STATE:
                self.say(each, tuple(each.wanted), have=dict(each.has))

    def say(self, subscription, subscribe=(), unsubscribe=(), *, nonce="", error=None, have=None):
        url = subscription.url
        if self.variant is Variant.DELTA:
            request = DeltaRequest(url, tuple(subscribe), tuple(unsubscribe), have or {}, nonce, error)
        else:
            version = subscription.version if have is not None else ""
            request = SotwRequest(url, tuple(sorted(subscription.wanted)), nonce, version, error)
        self.outbox.append(request)

    @rule(seed=SEEDS)
    def publish(self, seed):
        self.show(snapshot_of(seed, ("1", "2", "3", BAD)))

    def show(self, snapshot):
        self.view = NodeView(snapshot)
        if self.stream.node is not None:
            self.perform(self.stream.view_changed(self.view, self.now))

    @rule(url=st.sampled_from((ROUTE, SECRET)), name=st.sampled_from(NAMES))
    def subscribe(self, url, name):
        subscription = self.subscriptions[url]
        subscription.wanted.add(name)
        self.say(subscription, (name,), nonce=subscription.nonce if self.variant is Variant.SOTW else "")

    @rule(url=st.sampled_from((ROUTE, SECRET)), name=st.sampled_from(NAMES))
    def unsubscribe(self, url, name):
        subscription = self.subscriptions[url]
        subscription.wanted.discard(name)
        subscription.has.pop(name, None)
        self.say(subscription, (), (name,), nonce=subscription.nonce if self.variant is Variant.SOTW else "")

    @precondition(lambda self: any(each.old_nonces for each in self.subscriptions.values()))
    @rule(seed=SEEDS, refuse=st.booleans())
    def answer_late(self, seed, refuse):
        """With a nonce that is not the last one any more, it says nothing."""
        late = Random(seed).choice([each for each in self.subscriptions.values() if each.old_nonces])
        self.say(late, nonce=Random(seed).choice(late.old_nonces), error="late" if refuse else None)

    @precondition(lambda self: self.inbox)
    @rule()
    def client_reads(self):
        content, nonce = self.inbox.popleft()
        subscription = self.subscriptions[content.type_url]
        if subscription.nonce:
            subscription.old_nonces.append(subscription.nonce)
        subscription.nonce = nonce
        whole = self.variant is Variant.SOTW and content.type_url in FULL_STATE
        error = subscription.takes(content, whole=whole)
        if error is None:
            subscription.version = content.version
        for name in subscription.has.keys() - subscription.wanted:
            if content.type_url not in FULL_STATE:
                del subscription.has[name]
        self.say(subscription, nonce=nonce, error=error)

    @precondition(lambda self: self.outbox)
    @rule()
    def server_reads(self):
        request = self.outbox.popleft()
        sent = self.sent[request.type_url]
        if isinstance(request, DeltaRequest):
            for name in (*request.subscribe, *request.unsubscribe):
                sent.pop(name, None)
        elif not request.nonce:
            # Without a nonce it is a first request, and all is to be sent, again or not.
            sent.clear()
        else:
            # A name that was dropped may come again.
            for name in sent.keys() - set(request.names):
                if request.type_url not in FULL_STATE:
                    del sent[name]
        if request.error is not None and max(len(sent), self.together.get(request.nonce, 0)) > 1:
            # Of several that were refused together, the good ones come again once a bad one has changed. One of them
            # may have been asked for anew meanwhile, and so be none that may not come again.
            sent.clear()
        if self.stream.node is None:
            request = replace(request, node=Node("n"))
        self.perform(self.stream.request_received(request, self.now))

    @precondition(lambda self: self.stream.node is not None)
    @rule()
    def reconnect(self):
        """Without a word of farewell, or after one: a stream that has ended is gone either way."""
        self.connect()

    def perform(self, commands):
        for command in commands:
            match command:
                case Identify():
                    self.perform(self.stream.view_changed(self.view, self.now))
                case Send(response):
                    self.check_cause(response.content)
                    self.together[response.nonce] = len(response.content.versions)
                    self.inbox.append((response.content, response.nonce))

    def check_cause(self, content):
        sent, versions = self.sent[content.type_url], content.versions
        if self.variant is Variant.SOTW and content.type_url in FULL_STATE:
            assert versions != sent or not versions, "the same state again"
            sent.clear()
        else:
            for name, version in versions.items():
                assert name not in sent or sent[name] != version, f"{name}={version} again"
        sent.update(versions)

    def teardown(self):
        if not hasattr(self, "stream"):
            return
        self.show(snapshot_of(1, "45"))
        for _ in range(1_000):
            if self.inbox:
                self.client_reads()
            elif self.outbox:
                self.server_reads()
            elif self.stream.deadline is not None:
                self.now = self.stream.deadline
                self.perform(self.stream.time_passed(self.now))
            else:
                break
        assert not (self.inbox or self.outbox), "they talk for ever"
        for url, subscription in self.subscriptions.items():
            published = {name: each.version for name, each in self.view.snapshot.resources(url).items()}
            wanted = published.keys() if url in FULL_STATE else subscription.wanted
            expected = {name: version for name, version in published.items() if name in wanted}
            has = subscription.has
            if self.variant is Variant.SOTW and url not in FULL_STATE:
                has = {name: version for name, version in has.items() if name in expected}  # a deletion is silence
            assert has == expected


class SotwMachine(Machine):
    variant = Variant.SOTW


TestDelta = Machine.TestCase
TestDelta.settings = LIMITS
TestSotw = SotwMachine.TestCase
TestSotw.settings = LIMITS
