# SPDX-License-Identifier: Apache-2.0
"""What each point of the policy semantics means, request by request: one table for decide() and for a real
Envoy.

A row is a request to SERVER under some policies. All policies of a row speak of ingress at the server, so
that its sidecar alone can judge them. DROPPED is refused before HTTP: with BPF the connect times out; a
sidecar alone answers 403.
"""

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
    """`rules` are the ids that decide: those that allow or deny, or the policies that deny by default."""

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


def _rows(point: str, policies: tuple[str, ...], *cases: Row) -> tuple[Row, ...]:
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

ROWS: tuple[Row, ...] = (
    *_rows(
        "no policy allows everything",
        (),
        case(XWING, "PUT /v1/exhaust-port", ALLOWED),
        case(OUTSIDE, "GET /", ALLOWED),
    ),
    *_rows(
        "1: default deny once a rule selects the pod",
        (L4,),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/l4#0"),
        case(TIE6, "PUT /v1/exhaust-port", ALLOWED, "default/l4#0"),
        case(XWING, "POST /v1/request-landing", DROPPED, "default/l4"),
        case(XWING6, "POST /v1/request-landing", DROPPED, "default/l4"),
        case(TIE, "GET /", DROPPED, "default/l4", port=8080),
        case("10.0.0.1", "GET /", ALLOWED, port=8080),
    ),
    *_rows(
        "1: rules are a union",
        (L4, cnp("more", "ingress: [{fromEndpoints: [{matchLabels: {class: xwing}}]}]")),
        case(TIE, "GET /", ALLOWED, "default/l4#0"),
        case(XWING, "GET /", ALLOWED, "default/more#0", port=8080),
        case(TIE, "GET /", DROPPED, "default/l4", "default/more", port=8080),
    ),
    *_rows(
        "1: deny beats allow",
        (
            cnp("open", "ingress: [{fromEntities: [all]}]"),
            cnp("shut", f"ingressDeny: [{{fromEndpoints: [{{matchLabels: {{org: alliance}}}}], {PORT_80}}}]"),
        ),
        case(XWING, "GET /", DROPPED, "default/shut#0"),
        case(XWING, "GET /", ALLOWED, "default/open#0", port=8080),
        case(TIE, "GET /", ALLOWED, "default/open#0"),
    ),
    *_rows(
        "1: a deny rule alone denies the rest by default",
        (cnp("shut", f"ingressDeny: [{{{EMPIRE}}}]"),),
        case(TIE, "GET /", DROPPED, "default/shut#0"),
        case(XWING, "GET /", DROPPED, "default/shut"),
    ),
    *_rows(
        "1: enableDefaultDeny false allows all else, L7 included",
        (L7 + "  enableDefaultDeny: {ingress: false}\n",),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED),
        case(XWING, "GET /", ALLOWED),
        case(OUTSIDE, "GET /", ALLOWED, port=8080),
    ),
    *_rows(
        "1: enableDefaultDeny false, and another policy denies by default",
        (L7 + "  enableDefaultDeny: {ingress: false}\n", cnp("deny", "ingress: [{}]")),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "PUT /v1/exhaust-port", DENIED, "default/deny"),
        case(XWING, "GET /", DROPPED, "default/deny"),
    ),
    *_rows(
        "1: enableDefaultDeny false leaves deny rules in force",
        (cnp("shut", f"enableDefaultDeny: {{ingress: false}}\ningressDeny: [{{{EMPIRE}}}]"),),
        case(TIE, "GET /", DROPPED, "default/shut#0"),
        case(XWING, "GET /", ALLOWED),
    ),
    *_rows(
        "2: fields are ANDed",
        (L7,),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "PUT /v1/request-landing", DENIED, "default/l7"),
        case(TIE, "POST /v1/exhaust-port", DENIED, "default/l7"),
        case(XWING, "POST /v1/request-landing", DROPPED, "default/l7"),
    ),
    *_rows(
        "2: the list is ORed",
        (http("list", LANDING, '{method: GET, path: "/v1/"}'),),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/list#0"),
        case(TIE, "GET /v1/", ALLOWED, "default/list#0"),
        case(TIE, "GET /v1/request-landing", DENIED, "default/list"),
    ),
    *_rows(
        "3: patterns are fully anchored",
        (http("status", '{method: GET, path: "/status"}'),),
        case(TIE, "GET /status", ALLOWED, "default/status#0"),
        case(TIE, "GET /status/200", DENIED, "default/status"),
        case(TIE, "GET /x/status", DENIED, "default/status"),
        case(TIE, "HEAD /status", DENIED, "default/status"),
        case(TIE, "get /status", DENIED, "default/status"),
        case(TIE, "GET /status?x=1", DENIED, "default/status"),
        case(TIE, "GET /Status", DENIED, "default/status"),
    ),
    *_rows(
        "3: the path includes the query string",
        (http("query", '{path: "/ships[?]page=[0-9]+"}'),),
        case(TIE, "GET /ships?page=12", ALLOWED, "default/query#0"),
        case(TIE, "GET /ships", DENIED, "default/query"),
        case(TIE, "GET /ships?page=12&x=/../..", DENIED, "default/query"),
    ),
    *_rows(
        "3: alternatives and counted repetitions",
        (SHIPS,),
        case(TIE, "GET /v1/ships/t-65", ALLOWED, "default/ships#0"),
        case(TIE, "GET /v1/landings/1", ALLOWED, "default/ships#0"),
        case(TIE, "GET /v1/ships/T-65", DENIED, "default/ships"),
        case(TIE, "GET /v1/ships/", DENIED, "default/ships"),
        case(TIE, f"GET /v1/ships/{'a' * 64}", DENIED, "default/ships"),
    ),
    *_rows(
        "3: the host is compared in any case and without a port",
        (http("host", r'{host: "deathstar(\\.default)?"}'),),
        case(TIE, "GET /", ALLOWED, "default/host#0"),
        case(TIE, "GET /", ALLOWED, "default/host#0", host="DeathStar.DEFAULT:80"),
        case(TIE, "GET /", DENIED, "default/host", host="deathstar.hoth"),
        case(TIE, "GET /", DENIED, "default/host", host="deathstar.default.evil"),
        case(TIE, "GET /", DENIED, "default/host", host="evil:80deathstar"),
    ),
    *_rows(
        "3: an absolute request target has its host in it",
        (http("host", '{host: deathstar, path: "/a"}'),),
        case(TIE, "GET http://deathstar/x/../a", ALLOWED, "default/host#0", host="other"),
        case(TIE, "GET http://other/a", DENIED, "default/host"),
    ),
    *_rows(
        "4: a header with a value matches exactly",
        (http("header", '{headers: ["X-Key: true"]}'),),
        case(TIE, "GET /", ALLOWED, "default/header#0", headers=(("x-key", "true"),)),
        case(TIE, "GET /", ALLOWED, "default/header#0", headers=(("X-KEY", "true"),)),
        case(TIE, "GET /", DENIED, "default/header", headers=(("X-Key", "True"),)),
        case(TIE, "GET /", DENIED, "default/header", headers=(("X-Key", "true!"),)),
        case(TIE, "GET /", DENIED, "default/header"),
        case(TIE, "GET /", DENIED, "default/header", headers=(("X-Key", "false"), ("X-Key", "true"))),
        case(TIE, "GET /", DENIED, "default/header", headers=(("X-Key", "true"), ("x-key", "true"))),
    ),
    *_rows(
        "4: repeated headers are joined by commas",
        (http("header", '{headers: ["X-Key: false,true"]}'),),
        case(TIE, "GET /", ALLOWED, "default/header#0", headers=(("X-Key", "false"), ("X-Key", "true"))),
        case(TIE, "GET /", ALLOWED, "default/header#0", headers=(("X-Key", "false,true"),)),
    ),
    *_rows(
        "4: a header without a space is a presence check for the whole name",
        (http("present", "{headers: [X-Key]}"), http("odd", '{headers: ["X-Other:true"]}')),
        case(TIE, "GET /", ALLOWED, "default/present#0", headers=(("x-key", "whatever"),)),
        case(TIE, "GET /", ALLOWED, "default/present#0", headers=(("x-key", ""),)),
        case(TIE, "GET /", DENIED, "default/odd", "default/present", headers=(("X-Other", "true"),)),
    ),
    *_rows(
        "4: without a colon, and headerMatches",
        (http("match", '{headers: ["X-A b c"], headerMatches: [{name: X-D, value: e}, {name: X-F}]}'),),
        case(TIE, "GET /", ALLOWED, "default/match#0", headers=(("x-a", "b c"), ("x-d", "e"), ("x-f", "1"))),
        case(TIE, "GET /", DENIED, "default/match", headers=(("x-a", "b c"), ("x-d", "e"))),
        case(TIE, "GET /", DENIED, "default/match", headers=(("x-a", "b c"), ("x-d", "E"), ("x-f", "1"))),
    ),
    *_rows(
        "5: an allow without L7 voids the restriction: L4-only",
        (L7, L4),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/l4#0"),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l4#0", "default/l7#0"),
    ),
    *_rows(
        "5: an allow without L7 voids the restriction: L3-only",
        (L7, cnp("l3", f"ingress: [{{{EMPIRE}}}]")),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/l3#0"),
    ),
    *_rows(
        "5: an allow without L7 voids the restriction: a wider peer",
        (L7, cnp("wide", f"ingress: [{{{PORT_80}}}]")),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/wide#0"),
        case(XWING, "PUT /v1/exhaust-port", ALLOWED, "default/wide#0"),
        case(OUTSIDE6, "PUT /v1/exhaust-port", ALLOWED, "default/wide#0"),
    ),
    *_rows(
        "5: an allow without L7 voids the restriction: a NetworkPolicy",
        (L7, np("np", "ingress: [{ports: [{port: 80}]}]")),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/np#0"),
    ),
    *_rows(
        "5: an allow without L7 of other traffic voids nothing",
        (L7, cnp("other", 'ingress: [{toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}]')),
        case(TIE, "PUT /v1/exhaust-port", DENIED, "default/l7", "default/other"),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/other#0", port=8080),
    ),
    *_rows(
        "6: http [{}] allows all through the proxy",
        (http("all", "{}", peers=EMPIRE),),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/all#0"),
        case(XWING, "GET /", DROPPED, "default/all"),
    ),
    *_rows(
        "6: a missing protocol means ANY, which is TCP too",
        (cnp("any", 'ingress: [{toPorts: [{ports: [{port: "80"}, {port: "8080", protocol: UDP}]}]}]'),),
        case(TIE, "GET /", ALLOWED, "default/any#0"),
        case(TIE, "GET /", DROPPED, "default/any", port=8080),
    ),
    *_rows(
        "6: ranges and names of ports, and port 0",
        (
            cnp("range", f'ingress: [{{{EMPIRE}, toPorts: [{{ports: [{{port: "70", endPort: 90}}]}}]}}]'),
            cnp("name", "ingress: [{fromEntities: [world], toPorts: [{ports: [{port: admin}]}]}]"),
            cnp("every", 'ingress: [{fromEntities: [none], toPorts: [{ports: [{port: "0"}]}]}]'),
            cnp("hoth", f'ingress: [{{fromCIDR: [{OUTSIDE}/32], toPorts: [{{ports: [{{port: "0"}}]}}]}}]'),
        ),
        case(TIE, "GET /", ALLOWED, "default/range#0"),
        case(TIE, "GET /", DROPPED, "default/every", "default/hoth", "default/name", "default/range", port=8080),
        case(OUTSIDE6, "GET /", ALLOWED, "default/name#0", port=8080),
        case(OUTSIDE, "GET /", ALLOWED, "default/hoth#0", port=9090),
    ),
    *_rows(
        "7: ingress [{}] is default deny in a CiliumNetworkPolicy",
        (cnp("deny", "ingress: [{}]"),),
        case(TIE, "GET /", DROPPED, "default/deny"),
        case(OUTSIDE, "GET /", DROPPED, "default/deny"),
    ),
    *_rows(
        "7: ingress [{}] is allow-all in a NetworkPolicy",
        (np("allow", "ingress: [{}]"),),
        case(TIE, "GET /", ALLOWED, "default/allow#0"),
        case(OUTSIDE, "GET /", ALLOWED, "default/allow#0", port=9090),
    ),
    *_rows(
        "8: an empty list of peers selects nothing",
        (
            cnp("cidr", f"ingress: [{{fromCIDR: [], {PORT_80}}}]"),
            cnp("ends", f"ingress: [{{fromEndpoints: [], {PORT_80}}}]"),
        ),
        case(TIE, "GET /", DROPPED, "default/cidr", "default/ends"),
        case(OUTSIDE, "GET /", DROPPED, "default/cidr", "default/ends"),
    ),
    *_rows(
        "8: without peers, toPorts mean everyone; an empty egress has no effect",
        (cnp("ports", f"egress: []\ningress: [{{{PORT_80}}}]"),),
        case(XWING, "GET /", ALLOWED, "default/ports#0"),
        case(OUTSIDE, "GET /", ALLOWED, "default/ports#0"),
        case(TIE, "GET /", DROPPED, "default/ports", port=8080),
    ),
    *_rows(
        "9: fromEndpoints [{}] is the policy's namespace",
        (cnp("same", "ingress: [{fromEndpoints: [{}]}]"),),
        case(TIE, "GET /", ALLOWED, "default/same#0"),
        case(XWING, "GET /", ALLOWED, "default/same#0"),
        case(HOTH, "GET /", DROPPED, "default/same"),
        case(OUTSIDE, "GET /", DROPPED, "default/same"),
    ),
    *_rows(
        "9: another namespace by its name",
        (
            cnp(
                "hoth",
                "ingress: [{fromEndpoints: [{matchLabels: {any:org: alliance, "
                "k8s:io.kubernetes.pod.namespace: hoth}}]}]",
            ),
        ),
        case(HOTH, "GET /", ALLOWED, "default/hoth#0"),
        case(XWING, "GET /", DROPPED, "default/hoth"),
        case(ENDOR, "GET /", DROPPED, "default/hoth"),
    ),
    *_rows(
        "9: other namespaces by their labels",
        (
            cnp(
                "dark",
                "ingress: [{fromEndpoints: [{matchLabels: {k8s:io.cilium.k8s.namespace.labels.side: dark}}]}]",
            ),
        ),
        case(ENDOR, "GET /", ALLOWED, "default/dark#0"),
        case(HOTH, "GET /", DROPPED, "default/dark"),
        case(TIE, "GET /", DROPPED, "default/dark"),
    ),
    *_rows(
        "9: expressions",
        (
            cnp(
                "not",
                "ingress: [{fromEndpoints: [{matchExpressions: "
                "[{key: k8s:class, operator: NotIn, values: [xwing]}]}]}]",
            ),
        ),
        case(TIE, "GET /", ALLOWED, "default/not#0"),
        case(XWING, "GET /", DROPPED, "default/not"),
        case(ENDOR, "GET /", DROPPED, "default/not"),
    ),
    *_rows(
        "10: CIDR rules of a CiliumNetworkPolicy do not match pods",
        (cnp("cidr", f"ingress: [{{fromCIDR: [0.0.0.0/0, 10.0.0.2/32], {PORT_80}}}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/cidr#0"),
        case(OUTSIDE6, "GET /", DROPPED, "default/cidr"),
        case(TIE, "GET /", DROPPED, "default/cidr"),
    ),
    *_rows(
        "10: except",
        (cnp("set", "ingress: [{fromCIDRSet: [{cidr: 203.0.113.0/24, except: [203.0.113.128/25]}]}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/set#0"),
        case(OUTSIDE_NEAR, "GET /", DROPPED, "default/set"),
        case("198.51.100.1", "GET /", DROPPED, "default/set"),
    ),
    *_rows(
        "10: deny by a wide CIDR beats allow by a narrow one",
        (
            cnp("narrow", f"ingress: [{{fromCIDR: [{OUTSIDE}/32]}}]"),
            cnp("wide", "ingressDeny: [{fromCIDR: [203.0.113.0/24]}]"),
        ),
        case(OUTSIDE, "GET /", DROPPED, "default/wide#0"),
    ),
    *_rows(
        "11: entity world",
        (cnp("world", "ingress: [{fromEntities: [world]}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/world#0"),
        case(OUTSIDE6, "GET /", ALLOWED, "default/world#0"),
        case(TIE, "GET /", DROPPED, "default/world"),
    ),
    *_rows(
        "11: entities cluster and none",
        (cnp("cluster", "ingress: [{fromEntities: [cluster]}, {fromEntities: [none]}]"),),
        case(HOTH, "GET /", ALLOWED, "default/cluster#0"),
        case(OUTSIDE, "GET /", DROPPED, "default/cluster"),
    ),
    *_rows(
        "normalisation: the path is judged as the app gets it",
        (L7,),
        case(TIE, "POST //v1/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "POST /v1//request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "POST /v1/./request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "POST /v1/x/%2e%2E/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, r"POST /v1\request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "POST /v1/request%2Dlanding", ALLOWED, "default/l7#0"),
        case(TIE, "POST /v1/request-landing/../exhaust-port", DENIED, "default/l7"),
        case(TIE, "POST /v1/request-landing/%2e%2e/exhaust-port", DENIED, "default/l7"),
        case(TIE, "POST /v1/request-landing/..;x=1/exhaust-port", DENIED, "default/l7"),
        case(TIE, "POST /v1/request-landing/", DENIED, "default/l7"),
        case(TIE, "POST /v1/request-landing%00", REJECTED),
        case(TIE, "POST /v1%2frequest-landing", REJECTED),
        case(TIE, "POST /v1%5Crequest-landing", REJECTED),
        case(TIE, "POST /v1/request-landing#x", REJECTED),
        case(TIE, "POST v1/request-landing", REJECTED),
        case(TIE, "POST /v1/request-landing?x=%2f", DENIED, "default/l7"),
    ),
    *_rows(
        "normalisation: nothing slips past an allowlist by prefix",
        (http("prefix", '{path: "/public/.*"}'),),
        case(TIE, "GET /public/a", ALLOWED, "default/prefix#0"),
        case(TIE, "GET /public/../secret", DENIED, "default/prefix"),
        case(TIE, "GET /public/%2e%2e/secret", DENIED, "default/prefix"),
        case(TIE, r"GET /public/..\secret", DENIED, "default/prefix"),
        case(TIE, "GET /public/..%2fsecret", REJECTED),
        case(TIE, "GET /public//../../secret", DENIED, "default/prefix"),
        case(TIE, "GET /secret?/public/", DENIED, "default/prefix"),
    ),
    *_rows(
        "normalisation: unescape and redirect",
        (L7,),
        case(TIE, "POST /v1%2frequest-landing", REDIRECTED, world=REDIRECTING_WORLD),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l7#0", world=REDIRECTING_WORLD),
    ),
    *_rows(
        "14: a chaos rule allows its traffic",
        (
            cnp(
                "chaos",
                'ingress: [{toPorts: [{ports: [{port: "80", protocol: TCP}], '
                'rules: {l7proto: chaos, l7: [{probability: "0.5", delay-request: 1s}]}}]}]',
            ),
        ),
        case(XWING, "PUT /v1/exhaust-port", ALLOWED, "default/chaos#0"),
        case(XWING, "GET /", DROPPED, "default/chaos", port=8080),
    ),
    *_rows(
        "NetworkPolicy: both selectors in one peer",
        (
            np(
                "and",
                "ingress: [{from: [{podSelector: {matchLabels: {org: empire}}, "
                "namespaceSelector: {matchLabels: {side: dark}}}]}]",
            ),
        ),
        case(ENDOR, "GET /", ALLOWED, "default/and#0"),
        case(TIE, "GET /", DROPPED, "default/and"),
        case(HOTH, "GET /", DROPPED, "default/and"),
    ),
    *_rows(
        "NetworkPolicy: separate peers",
        (
            np(
                "or",
                "ingress: [{from: [{podSelector: {matchLabels: {org: empire}}}, "
                "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: hoth}}}]}]",
            ),
        ),
        case(TIE, "GET /", ALLOWED, "default/or#0"),
        case(HOTH, "GET /", ALLOWED, "default/or#0"),
        case(ENDOR, "GET /", DROPPED, "default/or"),
        case(OUTSIDE, "GET /", DROPPED, "default/or"),
    ),
    *_rows(
        "NetworkPolicy: an empty ingress list isolates; the policy's own egress does not concern it",
        (np("isolate", "policyTypes: [Ingress]"),),
        case(TIE, "GET /", DROPPED, "default/isolate"),
        case("10.0.0.1", "GET /", ALLOWED),
    ),
    *_rows(
        "NetworkPolicy: ipBlock matches addresses of pods too",
        (
            np(
                "block",
                "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.0.3/32]}}], ports: [{port: http}]}]",
            ),
        ),
        case(TIE, "GET /", ALLOWED, "default/block#0"),
        case(TIE6, "GET /", DROPPED, "default/block"),
        case(XWING, "GET /", DROPPED, "default/block"),
        case("10.0.9.9", "GET /", ALLOWED, "default/block#0"),
        case(TIE, "GET /", DROPPED, "default/block", port=8080),
    ),
    *_rows(
        "NetworkPolicy: from [] and missing ports are everything; the protocol is TCP if it is missing",
        (np("all", "ingress: [{from: [], ports: [{port: 80, endPort: 90}, {protocol: UDP, port: 8080}]}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/all#0"),
        case(OUTSIDE, "GET /", DROPPED, "default/all", port=8080),
    ),
    *_rows(
        "both kinds on one pod: one union, and a deny in a CiliumNetworkPolicy beats both",
        (
            L7,
            np("np", "ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 8080}]}]"),
            cnp("shut", "ingressDeny: [{fromEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: hoth}}]}]"),
        ),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "GET /", ALLOWED, "default/np#0", port=8080),
        case(ENDOR, "GET /", ALLOWED, "default/np#0", port=8080),
        case(HOTH, "GET /", DROPPED, "default/shut#0", port=8080),
        case(TIE, "GET /", DENIED, "default/l7", "default/np", "default/shut"),
    ),
)
