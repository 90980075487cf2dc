# SPDX-License-Identifier: Apache-2.0
"""What the rows of the truth table are made of: the world, who calls, policies, and what becomes of a request."""

from dataclasses import dataclass, replace
from enum import Enum

from l7filters.decide import Connection, Request
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.world import EscapedSlashes, Workload, WorkloadPort, World

SERVER = Workload(
    "default",
    "deathstar",
    {"org": "empire", "class": "deathstar"},
    ("10.0.0.1", "fd00::1"),
    (WorkloadPort(80, "http"), WorkloadPort(8080, "admin"), WorkloadPort(9090)),
)
WORLD = World(
    workloads=(
        SERVER,
        Workload("default", "tiefighter", {"org": "empire", "class": "tiefighter"}, ("10.0.0.2", "fd00::2")),
        Workload("default", "xwing", {"org": "alliance", "class": "xwing"}, ("10.0.0.3", "fd00::3")),
        Workload("hoth", "xwing", {"org": "alliance", "class": "xwing"}, ("10.0.1.3",)),
        Workload("endor", "shuttle", {"org": "empire", "class": "shuttle"}, ("10.0.2.2",)),
    ),
    namespaces={"default": {}, "hoth": {"side": "light"}, "endor": {"side": "dark"}},
)
REDIRECTING_WORLD = World(
    workloads=(
        replace(SERVER, escaped_slashes=EscapedSlashes.UNESCAPE_AND_REDIRECT),
        *WORLD.workloads[1:],
    ),
    namespaces=WORLD.namespaces,
)

TIE, XWING, TIE6, XWING6 = "10.0.0.2", "10.0.0.3", "fd00::2", "fd00::3"
HOTH, ENDOR = "10.0.1.3", "10.0.2.2"
OUTSIDE, OUTSIDE_NEAR, OUTSIDE6 = "203.0.113.7", "203.0.113.200", "2001:db8::7"


class Outcome(Enum):
    ALLOWED = 200
    DENIED = 403
    DROPPED = "no connection"
    REJECTED = 400
    REDIRECTED = 307


ALLOWED, DENIED, DROPPED, REJECTED, REDIRECTED = Outcome


def cnp(name: str, body: str, namespace: str = "default") -> str:
    """A CiliumNetworkPolicy about the server; `body` is what follows its endpointSelector."""
    lines = "\n".join(f"  {line}" for line in body.strip("\n").split("\n"))
    return f"""
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  endpointSelector: {{matchLabels: {{class: deathstar}}}}
{lines}
"""


def np(name: str, body: str) -> str:
    """A NetworkPolicy about the server; `body` is what follows its podSelector."""
    lines = "\n".join(f"  {line}" for line in body.strip("\n").split("\n"))
    return f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: default}}
spec:
  podSelector: {{matchLabels: {{class: deathstar}}}}
{lines}
"""


def http(name: str, *rules: str, peers: str = "") -> str:
    """A CiliumNetworkPolicy with HTTP rules on port 80."""
    listed = ", ".join(rules)
    ports = f'toPorts: [{{ports: [{{port: "80", protocol: TCP}}], rules: {{http: [{listed}]}}}}]'
    return cnp(name, f"ingress: [{{{peers + ', ' if peers else ''}{ports}}}]")


EMPIRE = "fromEndpoints: [{matchLabels: {org: empire}}]"
PORT_80 = 'toPorts: [{ports: [{port: "80", protocol: TCP}]}]'
LANDING = '{method: POST, path: "/v1/request-landing"}'


@dataclass(frozen=True, slots=True)
class Row:
    """A request to SERVER under some policies. All of them speak of ingress at the server, so that its sidecar alone
    can judge them. DROPPED is refused before HTTP: with BPF the connect times out; a sidecar alone answers 403.

    `rules` are the ids that decide: those that allow or deny, or the policies that deny by default.
    """

    point: str
    policies: tuple[str, ...]
    source: str
    method: str
    path: str
    outcome: Outcome
    rules: tuple[str, ...] = ()
    port: int = 80
    host: str = "deathstar"
    headers: tuple[tuple[str, str], ...] = ()
    world: World = WORLD

    @property
    def request(self) -> Request:
        connection = Connection(self.source, SERVER.key, self.port)
        return Request(connection, self.method, self.path, self.host, self.headers)

    def parse(self) -> tuple[Policy, ...]:
        return tuple(policy for text in self.policies for policy in parse_policies(text, "row.yaml"))

    @property
    def id(self) -> str:
        return f"{self.point}: {self.method} {self.path} from {self.source}"


def rows(point: str, policies: tuple[str, ...], *cases: Row) -> tuple[Row, ...]:
    return tuple(replace(case, point=point, policies=policies) for case in cases)


def case(
    source: str,
    request: str,
    outcome: Outcome,
    *rules: str,
    port: int = 80,
    host: str = "deathstar",
    headers: tuple[tuple[str, str], ...] = (),
    world: World = WORLD,
) -> Row:
    """A request `METHOD PATH` without its policies."""
    method, _, path = request.partition(" ")
    return Row("", (), source, method, path, outcome, rules, port, host, headers, world)


L4 = cnp("l4", f"ingress: [{{{EMPIRE}, {PORT_80}}}]")
L7 = http("l7", LANDING, peers=EMPIRE)
SHIPS = http("ships", '{path: "/v1/(ships|landings)/[a-z0-9-]{1,63}"}')
