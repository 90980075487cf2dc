# SPDX-License-Identifier: Apache-2.0
"""Playbooks: a stream's life as a dialogue in a few words, and the whole dialogue beside what was expected if it fails.

    play.publish("cluster a", "cluster b")
    play.asks("cluster").gets("cluster a=1 b=1")      # Delta: the first request without names is a wildcard
    play.acks("cluster").gets()                       # nothing
    play.publish("cluster a=2").gets("cluster a=2 -b")

A resource is `type name=content -> type name` (content is 1 and references are none if not given; `ttl:10` gives it a
time to live). In a response, `a=1` is a resource, `~a=1` a heartbeat without a body, `-a` a removal.
"""

import difflib
import re
from dataclasses import replace

import pytest

from tests.http2_peer import Peer
from xds_server import type_urls
from xds_server.cache import NodeView, RuntimeLayers
from xds_server.messages import DeltaRequest, Node, SotwRequest
from xds_server.resource import Reference, Resource
from xds_server.snapshot import Snapshot
from xds_server.stream import AdsStream, Close, Identify, Report, Send, Variant

TYPES = {type_urls.short_name(each): each for each in vars(type_urls).values() if isinstance(each, str)}


def type_url(word):
    return TYPES.get(word, f"type.googleapis.com/{word}")


class Playbook:
    """Drives one AdsStream and writes down what is said."""

    def __init__(self, variant):
        self.variant = variant
        self.stream = AdsStream(variant, "s")
        self.now = 100.0
        self.view = NodeView()
        self.progress = {}
        self.nonces = {}
        self.wanted = {}
        self._told = []
        self._lines = []
        self._pending = []

    def publish(self, *resources):
        """A snapshot of exactly these."""
        self._note("publish", *resources)
        snapshot = _snapshot(resources)
        layers = RuntimeLayers(type_urls.RUNTIME, snapshot.resources(type_urls.RUNTIME).values())
        self.view = NodeView(snapshot, layers)
        return self._show()

    def publish_runtime(self, *resources):
        """Runtime layers only; the snapshot, or that there is none, stays."""
        self._note("publish_runtime", *resources)
        layers = _snapshot(f"runtime {each}" for each in resources).resources(type_urls.RUNTIME)
        self.view = replace(self.view, layers=RuntimeLayers(type_urls.RUNTIME, layers.values()))
        return self._show()

    def forget(self):
        self._note("forget")
        self.view = NodeView()
        return self._show()

    def asks(self, kind, names="", *, nonce="", have="", version="", error=None, node="n"):
        """A request. Delta: `+` is implied, `-a` unsubscribes; `have` are its initial resource versions."""
        self._note("asks", kind, names, *([f"nonce={nonce}"] if nonce else []), *([f"error={error}"] if error else []))
        words = names.split()
        given = Node(node) if self.stream.node is None and node is not None else None
        if self.variant is Variant.DELTA:
            request = DeltaRequest(
                type_url(kind) if kind else "",
                tuple(word for word in words if not word.startswith("-")),
                tuple(word[1:] for word in words if word.startswith("-")),
                dict(each.split("=") for each in have.split()),
                nonce,
                error,
                given,
            )
        else:
            self.wanted[kind] = names
            request = SotwRequest(type_url(kind) if kind else "", tuple(words), nonce, version, error, given)
        return self._perform(self.stream.request_received(request, self.now))

    def acks(self, kind, names=None, **more):
        """Accepts the last response of that type."""
        if self.variant is Variant.SOTW and names is None:
            names = self.wanted[kind]
        return self.asks(kind, names or "", nonce=self.nonces[kind], **more)

    def nacks(self, kind, error="bad", names=None):
        return self.acks(kind, names, error=error)

    def accepts(self, *kinds):
        """Acknowledges these types and all that comes of it, until there is silence. Gives the types in their order."""
        came = list(kinds)
        for kind in came:
            came.extend(line.split()[0] for line in self.acks(kind).take())
        return came

    def waits(self, seconds):
        """Time passes; the machine is woken whenever it wants to be."""
        self._note("waits", seconds)
        until = self.now + seconds
        while self.stream.deadline is not None and self.stream.deadline <= until:
            self.now = max(self.now, self.stream.deadline)
            self._perform(self.stream.time_passed(self.now))
            if self.stream.deadline is not None and self.stream.deadline <= self.now:
                raise AssertionError(f"the machine wants to be woken at {self.stream.deadline}, again and again")
        self.now = until
        return self

    def wakes_late(self, seconds):
        """Time passes, and the machine is woken only at its end."""
        self._note("wakes_late", seconds)
        self.now += seconds
        return self._perform(self.stream.time_passed(self.now))

    def gets(self, *lines):
        """Exactly these responses came since the last look."""
        came = self._pending
        self._pending = []
        expected = [_normal(line) for line in lines]
        if came != expected:
            heard = "\n".join(self._lines)
            difference = "\n".join(difflib.unified_diff(expected, came, "expected", "came", lineterm=""))
            pytest.fail(f"after\n{heard}\n\n{difference}", pytrace=False)
        self._lines.extend(f"    <- {line}" for line in came)
        return self

    def take(self):
        """What came, unexamined."""
        came, self._pending = self._pending, []
        self._lines.extend(f"    <- {line}" for line in came)
        return came

    def _show(self):
        if self.stream.node is not None:
            self._perform(self.stream.view_changed(self.view, self.now))
        return self

    def _perform(self, commands):
        for command in commands:
            match command:
                case Identify():
                    self._perform(self.stream.view_changed(self.view, self.now))
                case Send(response):
                    kind = type_urls.short_name(response.content.type_url)
                    assert response.nonce and response.nonce not in self._told
                    self._told.append(response.nonce)
                    self.nonces[kind] = response.nonce
                    self._pending.append(_rendered(kind, response.content))
                case Report(url, progress):
                    self.progress[type_urls.short_name(url)] = progress
                case Close(reason):
                    self._pending.append(f"closed: {reason}")
        return self

    def _note(self, *words):
        if self._pending:
            self.gets()
        self._lines.append("-> " + " ".join(str(word) for word in words if word != ""))


def _rendered(kind, content):
    words = [f"{each.name}={_content_of(each)}" for each in content.resources]
    words += [f"~{each.name}={_content_of(each)}" for each in content.renewed]
    words += [f"-{name}" for name in content.removed]
    return _normal(" ".join((kind, *words)))


def _content_of(resource):
    return resource.version.removeprefix("v") if resource.body else "empty"


def _normal(line):
    if line.startswith("closed:"):
        return line
    kind, *words = line.split()
    return " ".join((kind, *sorted(words)))


_RESOURCE = re.compile(r"(?P<kind>\S+) (?P<name>[^\s=]+)(=(?P<content>\S+))?( ttl:(?P<ttl>\S+))?( -> (?P<needs>.+))?")


def _snapshot(lines):
    resources, needs = [], {}
    for line in lines:
        found = _RESOURCE.fullmatch(line)
        assert found, line
        url, name, ttl = type_url(found["kind"]), found["name"], found["ttl"]
        content = found["content"] or "1"
        version = f"v{content}" if ttl is None else f"v{content}/{ttl}"
        resources.append(Resource(url, name, version, b"body", None if ttl is None else float(ttl)))
        if found["needs"]:
            words = found["needs"].replace(",", "").split()
            pairs = zip(words[::2], words[1::2], strict=True)
            needs[Reference(url, name)] = frozenset(Reference(type_url(kind), needed) for kind, needed in pairs)
    return Snapshot(resources, needs)


@pytest.fixture
def delta():
    """A Delta stream."""
    return Playbook(Variant.DELTA)


@pytest.fixture
def sotw():
    """A state-of-the-world stream."""
    return Playbook(Variant.SOTW)


@pytest.fixture(params=Variant)
def either(request):
    return Playbook(request.param)


@pytest.fixture
def peer():
    """A client of its own connection, greeted."""
    return Peer()
