# SPDX-License-Identifier: Apache-2.0
"""A stream that takes shortcuts says the same, word for word, as one that looks at everything after every event."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from xds_server.cache import NodeView, RuntimeLayers
from xds_server.messages import DeltaRequest, Node
from xds_server.resource import Reference, Resource
from xds_server.snapshot import Snapshot
from xds_server.stream import AdsStream, Identify, Send, Variant
from xds_server.type_urls import CLUSTER, ENDPOINT, LISTENER, ROUTE, RUNTIME, SECRET

TYPES = (CLUSTER, ENDPOINT, LISTENER, ROUTE, RUNTIME, SECRET)
NAMES = ("a", "b", "c")


class ThoroughStream(AdsStream):
    """Never quiet, so that nothing is taken for granted."""

    _is_quiet = property(lambda _self: False, lambda _self, _value: None)


class Conversation:
    """One sequence of random events, told to both streams. Most are what nearly all events are in life: one type's
    change, and its ACK."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.quick, self.thorough = (each(Variant.DELTA, "s") for each in (AdsStream, ThoroughStream))
        self.versions = {}
        self.now = 0.0
        self.unanswered = []
        self.shortcuts = 0
        for type_url in TYPES:
            self.change(type_url)

    def run(self):
        for type_url in TYPES:
            names = () if type_url in (CLUSTER, LISTENER) else NAMES
            self.request(DeltaRequest(type_url, names, node=Node("n")))
        for _ in range(60):
            event = self.random.choices((self.publish, self.answer, self.ask, self.wait), (3, 6, 1, 1))[0]
            event()
        return self

    def change(self, type_url):
        self.versions[type_url] = {name: self.random.choice("123") for name in NAMES if self.random.random() < 0.8}

    def publish(self):
        for type_url in self.random.choices((*TYPES, ROUTE, ROUTE, ENDPOINT), k=self.random.choice((1, 1, 1, 2))):
            self.change(type_url)
        self.both(lambda stream: stream.view_changed(self.view(), self.now))

    def view(self):
        ttl = self.random.choice((None, None, None, 30.0))
        resources = {
            type_url: [
                Resource(
                    type_url,
                    name,
                    f"{version}/{ttl}" if type_url == RUNTIME else version,
                    b"",
                    ttl if type_url == RUNTIME else None,
                )
                for name, version in versions.items()
            ]
            for type_url, versions in self.versions.items()
        }
        layers = RuntimeLayers(RUNTIME, resources.pop(RUNTIME))
        needs = {
            Reference(user, name): frozenset({Reference(used, name)})
            for user, used in ((CLUSTER, ENDPOINT), (LISTENER, ROUTE))
            for name in self.versions[user].keys() & self.versions[used].keys()
        }
        self.shown = NodeView(Snapshot([each for held in resources.values() for each in held], needs), layers)
        return self.shown

    def answer(self):
        if not self.unanswered:
            return
        response = self.unanswered.pop(self.random.randrange(len(self.unanswered)))
        error = "no good" if self.random.random() < 0.1 else None
        extra = self.random.sample(NAMES, 1) if self.random.random() < 0.1 else ()
        self.request(DeltaRequest(response.content.type_url, tuple(extra), nonce=response.nonce, error=error))

    def ask(self):
        type_url, name = self.random.choice(TYPES), self.random.choice(NAMES)
        way = self.random.choice(({"subscribe": (name,)}, {"unsubscribe": (name,)}, {}))
        self.request(DeltaRequest(type_url, nonce=self.random.choice(("", "stale")), **way))

    def wait(self):
        self.now += self.random.choice((0.01, 2.0, 20.0))
        self.both(lambda stream: stream.time_passed(self.now))

    def request(self, request):
        self.both(lambda stream: stream.request_received(request, self.now))

    def both(self, tell):
        self.shortcuts += self.quick._is_quiet
        state = self.random.getstate()
        said = tell(self.quick)
        self.random.setstate(state)
        assert said == tell(self.thorough)
        assert self.quick.deadline == self.thorough.deadline
        for command in said:
            match command:
                case Identify():
                    self.both(lambda stream: stream.view_changed(self.view(), self.now))
                case Send(response):
                    self.unanswered.append(response)


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_shortcuts_change_nothing(seed):
    Conversation(seed).run()


class CountingStream(AdsStream):
    """Counts what was pushed, and accepted, without a look at anything else."""

    pushed = accepted = 0

    def _push(self, *told):
        commands = super()._push(*told)
        CountingStream.pushed += commands is not None
        return commands

    def _report_acceptance(self, type_url):
        CountingStream.accepted += 1
        return super()._report_acceptance(type_url)


def test_a_change_of_one_type_and_its_ack_take_them():
    """That is nearly all that happens in life, and what thousands of streams cost."""
    stream, resources = CountingStream(Variant.DELTA, "s"), [Resource(CLUSTER, "a", "1", b"")]
    view = NodeView(Snapshot([*resources, Resource(ROUTE, "r", "0", b"")]))
    stream.request_received(DeltaRequest(CLUSTER, node=Node("n")), 0.0)
    said = [*stream.view_changed(view, 0.0), *stream.request_received(DeltaRequest(ROUTE, ("r",)), 0.0)]
    for number in range(1, 11):
        for command in said:
            if isinstance(command, Send):
                stream.response_accepted(command.response.content.type_url, float(number))
        said = stream.view_changed(NodeView(Snapshot([*resources, Resource(ROUTE, "r", str(number), b"")])), number)
        (response,) = (each.response for each in said if isinstance(each, Send))
        assert [each.version for each in response.content.resources] == [str(number)]
    assert CountingStream.pushed == 10
    assert CountingStream.accepted >= 9


def test_who_wants_the_same_is_sent_the_same_object():
    """So that it is encoded and framed once."""
    views = [NodeView(Snapshot([Resource(ROUTE, name, version, b"") for name in "abc"])) for version in "12"]
    streams = [AdsStream(Variant.DELTA, str(number)) for number in range(3)]
    sent = []
    for view in views:
        for stream in streams:
            if stream.node is None:
                stream.request_received(DeltaRequest(ROUTE, tuple("abc"), node=Node("n")), 0.0)
            said = stream.view_changed(view, 0.0)
            sent.append(*(each.response.content for each in said if isinstance(each, Send)))
            stream.response_accepted(ROUTE, 0.0)
    assert len({id(content) for content in sent}) == len(views)


def test_shortcuts_are_taken():
    """Else the test above would compare a thing with itself."""
    assert sum(Conversation(seed).run().shortcuts for seed in range(20)) > 100
