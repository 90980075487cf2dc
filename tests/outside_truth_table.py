# SPDX-License-Identifier: Apache-2.0
"""What policy says about calls of servers outside of the mesh, one for decide() and for a real mesh.

A row is a connection from GUEST. DROPPED never is one: the connect times out.
"""

from dataclasses import dataclass, replace

from l7filters.decide import Connection
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.world import Workload, World
from tests.truth_row import Outcome

GUEST = "default/guest"
VAULT = "default/vault"
WORLD = World(
    workloads=(
        Workload("default", "guest", {"role": "guest"}, ("10.0.0.2", "fd00::2")),
        Workload("default", "vault", {"app": "vault"}, ("10.0.0.3", "fd00::3")),
    ),
)
API, API6, FAR = "198.51.100.10", "2001:db8::10", "198.51.100.20"
NETWORK = "198.51.100.0/24"
NAMES = {"api.example": (API, API6), "far.example": (FAR,)}
PLACES = tuple((address, port) for address in (API, API6, FAR) for port in (80, 8080))
"""Where there are servers."""

ALLOWED, DROPPED = Outcome.ALLOWED, Outcome.DROPPED
PORT_80 = 'toPorts: [{ports: [{port: "80", protocol: TCP}]}]'
ASK = (
    "toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}], "
    'toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]'
)


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """`rules` as of the rows of `truth_table`."""

    address: str
    outcome: Outcome
    rules: tuple[str, ...] = ()
    port: int = 80
    point: str = ""
    policies: tuple[str, ...] = ()

    @property
    def connection(self) -> Connection:
        """From who has asked for every name."""
        names = tuple(name for name, addresses in NAMES.items() if self.address in addresses)
        return Connection(GUEST, self.address, self.port, destination_names=names)

    def parse(self) -> tuple[Policy, ...]:
        return parse_all(self.policies)

    @property
    def id(self) -> str:
        return f"{self.point}: {self.address} port {self.port}"


def parse_all(policies: tuple[str, ...]) -> tuple[Policy, ...]:
    return tuple(policy for text in policies for policy in parse_policies(text, "row.yaml"))


def _cnp(name: str, *lines: str) -> str:
    """A CiliumNetworkPolicy about the guest."""
    body = "".join(f"  {line}\n" for line in lines)
    return f"""
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: {name}}}
spec:
  endpointSelector: {{matchLabels: {{role: guest}}}}
{body}"""


def _np(name: str, egress: str) -> str:
    """A NetworkPolicy about the guest."""
    return f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: default}}
spec:
  podSelector: {{matchLabels: {{role: guest}}}}
  policyTypes: [Egress]
  egress: {egress}
"""


def _rows(point: str, policies: tuple[str, ...], *rows: OutsideRow) -> tuple[OutsideRow, ...]:
    return tuple(replace(row, point=point, policies=policies) for row in rows)


OUTSIDE_ROWS: tuple[OutsideRow, ...] = (
    *_rows(
        "no policy allows everything",
        (),
        OutsideRow(API, ALLOWED),
        OutsideRow(API6, ALLOWED),
        OutsideRow(FAR, ALLOWED),
        OutsideRow(API, ALLOWED, port=8080),
    ),
    *_rows(
        "toCIDR, on one port",
        (_cnp("cidr", f"egress: [{{toCIDR: [{API}/32], {PORT_80}}}]"),),
        OutsideRow(API, ALLOWED, ("default/cidr#0",)),
        OutsideRow(API, DROPPED, ("default/cidr",), port=8080),
        OutsideRow(API6, DROPPED, ("default/cidr",)),
        OutsideRow(FAR, DROPPED, ("default/cidr",)),
    ),
    *_rows(
        "toCIDRSet, except",
        (_cnp("set", f"egress: [{{toCIDRSet: [{{cidr: {NETWORK}, except: [{FAR}/32]}}]}}]"),),
        OutsideRow(API, ALLOWED, ("default/set#0",)),
        OutsideRow(API, ALLOWED, ("default/set#0",), port=8080),
        OutsideRow(FAR, DROPPED, ("default/set",)),
    ),
    *_rows(
        "entity world, and a deny rule beats it",
        (_cnp("world", "egress: [{toEntities: [world]}]", f"egressDeny: [{{toCIDR: [{FAR}/32]}}]"),),
        OutsideRow(API, ALLOWED, ("default/world#0",)),
        OutsideRow(API6, ALLOWED, ("default/world#0",)),
        OutsideRow(FAR, DROPPED, ("default/world#1",)),
    ),
    *_rows(
        "pods alone",
        (_cnp("pods", "egress: [{toEndpoints: [{matchLabels: {app: vault}}]}]"),),
        OutsideRow(API, DROPPED, ("default/pods",)),
        OutsideRow(API6, DROPPED, ("default/pods",)),
    ),
    *_rows(
        "egress [{}] is default deny in a CiliumNetworkPolicy",
        (_cnp("deny", "egress: [{}]"),),
        OutsideRow(API, DROPPED, ("default/deny",)),
        OutsideRow(FAR, DROPPED, ("default/deny",)),
    ),
    *_rows(
        "toFQDNs, a name",
        (_cnp("name", f"egress: [{{{ASK}}}, {{toFQDNs: [{{matchName: api.example}}], {PORT_80}}}]"),),
        OutsideRow(API, ALLOWED, ("default/name#1",)),
        OutsideRow(API6, ALLOWED, ("default/name#1",)),
        OutsideRow(API, DROPPED, ("default/name",), port=8080),
        OutsideRow(FAR, DROPPED, ("default/name",)),
    ),
    *_rows(
        "toFQDNs, a pattern, and a deny rule beats it",
        (
            _cnp("pattern", f'egress: [{{{ASK}}}, {{toFQDNs: [{{matchPattern: "*.example"}}]}}]'),
            _cnp("no-six", f"egressDeny: [{{toCIDR: [{API6}/128]}}]"),
        ),
        OutsideRow(API, ALLOWED, ("default/pattern#1",)),
        OutsideRow(FAR, ALLOWED, ("default/pattern#1",)),
        OutsideRow(API6, DROPPED, ("default/no-six#0",)),
    ),
    *_rows(
        "NetworkPolicy: ipBlock, except",
        (
            _np(
                "block",
                f"[{{to: [{{ipBlock: {{cidr: {NETWORK}, except: [{FAR}/32]}}}}], ports: [{{port: 80}}]}}]",
            ),
        ),
        OutsideRow(API, ALLOWED, ("default/block#0",)),
        OutsideRow(API, DROPPED, ("default/block",), port=8080),
        OutsideRow(FAR, DROPPED, ("default/block",)),
    ),
)
