# SPDX-License-Identifier: Apache-2.0
"""The table of verdicts per caller that RBAC is written from."""

from ipaddress import ip_address

from hypothesis import given, settings
from hypothesis import strategies as st

from l7filters.asking import Asking
from l7filters.decide import Connection, Request, decide, http_mismatches
from l7filters.normalise import Normalised
from l7filters.parse import parse_documents
from l7filters.peers import Network
from l7filters.policy import Policy
from l7filters.resolve import PolicyIndex
from l7filters.translate.verdicts import Allowed, Callers, Denied, PortVerdicts, Restricted, Verdict, WorkloadPolicies
from l7filters.world import Workload, WorkloadPort, World
from tests.policy_strategies import OUTSIDE, PORTS, worlds
from tests.policy_strategies import policies as some_policies

DEATHSTAR = Workload(
    "default", "deathstar", {"class": "deathstar"}, ("10.0.0.1", "fd00::1"), (WorkloadPort(80, "http"),)
)
WORLD = World(
    workloads=(
        DEATHSTAR,
        Workload("default", "tie", {"org": "empire"}, ("10.0.0.2", "fd00::2")),
        Workload("default", "xwing", {"org": "alliance"}, ("10.0.0.3",)),
    )
)


def policies(text: str) -> WorkloadPolicies:
    # HTTP rules of egress are refused at the edge as long as no one enforces them outside the mesh; the model has them.
    parsed = parse_documents(text, "policy.yaml", unsupported={})
    index = PolicyIndex(WORLD, parsed.policies)
    return WorkloadPolicies(index, DEATHSTAR, Callers(index, Asking(WORLD, parsed.policies)))


def cnp(spec: str, name: str = "p") -> str:
    head = f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: {name}}}\n"
    return f"{head}spec: {spec}\n---\n"


def described(verdicts: dict[Network, Verdict]) -> dict[str, str]:
    return {str(prefix): type(verdict).__name__ for prefix, verdict in verdicts.items()}


LANDING = cnp(
    "{endpointSelector: {matchLabels: {class: deathstar}}, ingress: [{fromEndpoints: [{matchLabels: {org: empire}}],"
    ' toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: POST}]}}]}]}'
)


def test_no_policy_restricts_nobody() -> None:
    verdicts = policies("").on_port(80)
    assert verdicts.says_nothing
    assert not verdicts.restricts_http


def test_callers_that_http_rules_speak_of() -> None:
    verdicts = policies(LANDING).on_port(80)
    assert verdicts.restricts_http
    assert not verdicts.says_nothing
    assert verdicts.default == Denied("default-deny/default/p")
    assert described(dict(verdicts.by_prefix)) == {
        "10.0.0.1/32": "Allowed",
        "fd00::1/128": "Allowed",
        "10.0.0.2/32": "Restricted",
        "fd00::2/128": "Restricted",
    }


def test_another_port_is_denied_to_all_but_itself() -> None:
    verdicts = policies(LANDING).on_port(81)
    assert dict(verdicts.by_prefix) == {
        prefix: Allowed("self") for prefix in verdicts.by_prefix if str(prefix).split("/")[0] in DEATHSTAR.addresses
    }
    assert len(verdicts.by_prefix) == 2
    assert not verdicts.restricts_http


def test_an_exception_in_a_range_has_a_prefix_of_its_own() -> None:
    spec = (
        "{endpointSelector: {}, ingress: [{fromCIDRSet: [{cidr: 0.0.0.0/0, except: [192.0.2.0/24]}]}],"
        " ingressDeny: [{fromCIDR: [198.51.100.7/32]}]}"
    )
    verdicts = policies(cnp(spec)).on_port(80).by_prefix
    named = {str(prefix): verdict for prefix, verdict in verdicts.items()}
    assert named["0.0.0.0/0"] == Allowed("default/p#0")
    assert named["192.0.2.0/24"] == Denied("default-deny/default/p")
    assert named["198.51.100.7/32"] == Denied("default/p#1")
    # A CIDR of a CiliumNetworkPolicy does not speak of pods, so the range around them must not.
    assert named["10.0.0.2/32"] == Denied("default-deny/default/p")
    assert "fd00::2/128" not in named


def egress(rules: str) -> str:
    return cnp(
        "{endpointSelector: {matchLabels: {org: empire}}, egress: [{toEndpoints: [{matchLabels: {class: deathstar}}],"
        f' toPorts: [{{ports: [{{port: "80", protocol: TCP}}]{rules}}}]}}]}}',
        name="orders",
    )


def verdict_on_tie(text: str, port: int = 80) -> Verdict | None:
    verdicts = policies(text).on_port(port).by_prefix
    return next((verdict for prefix, verdict in verdicts.items() if str(prefix) == "10.0.0.2/32"), None)


def test_a_callers_own_policies_count() -> None:
    assert verdict_on_tie(egress("")) == Allowed("default/orders#0")
    assert verdict_on_tie(egress("") + LANDING, port=81) == Denied("default-deny/default/orders")
    assert verdict_on_tie(egress(""), port=81) == Denied("default-deny/default/orders")
    only = verdict_on_tie(egress(", rules: {http: [{method: PUT}]}"))
    assert isinstance(only, Restricted)
    assert [rule.id for rule, _ in only.rules] == ["default/orders#0"]
    both = verdict_on_tie(egress(", rules: {http: [{path: /x}]}") + LANDING)
    assert isinstance(both, Restricted)
    assert [rule.id for rule, _ in both.rules] == ["default/p#0"]
    assert both.first is not None
    assert [rule.id for rule, _ in both.first.rules] == ["default/orders#0"]


def test_ports_that_http_rules_name() -> None:
    spec = (
        "{endpointSelector: {}, ingress: [{toPorts: [{ports: ["
        '{port: http, protocol: TCP}, {port: "8000", endPort: 8002, protocol: TCP}], rules: {http: [{}]}}]},'
        ' {toPorts: [{ports: [{port: "9000", protocol: TCP}]}]}]}'
    )
    assert policies(cnp(spec)).http_ports() == (80, 8000, 8001, 8002)


def test_egress_rules_about_others_name_no_port_here() -> None:
    elsewhere = egress(", rules: {http: [{}]}").replace("class: deathstar", "org: alliance")
    assert policies(elsewhere).http_ports() == ()
    assert policies(egress(", rules: {http: [{}]}")).http_ports() == (80,)


def test_egress_by_address_counts_for_callers_of_that_family() -> None:
    verdicts = policies(
        """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: four, namespace: default}
spec:
  podSelector: {matchLabels: {org: empire}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
"""
    ).on_port(80)
    named = {str(prefix): verdict for prefix, verdict in verdicts.by_prefix.items()}
    assert named["10.0.0.2/32"] == Allowed("default/four#0")
    assert named["fd00::2/128"] == Denied("default-deny/default/four")


def looked_up(verdicts: PortVerdicts, address: str) -> Verdict:
    """As Envoy finds it: the longest prefix around the address."""
    around = [prefix for prefix in verdicts.by_prefix if ip_address(address) in prefix]
    longest = max(around, key=lambda prefix: prefix.prefixlen, default=None)
    return verdicts.default if longest is None else verdicts.by_prefix[longest]


def lets_through(verdict: Verdict, request: Request, seen: Normalised) -> bool:
    if not isinstance(verdict, Restricted):
        return isinstance(verdict, Allowed)
    fits = any(not http_mismatches(http, request, seen) for _, http in verdict.rules)
    return fits and (verdict.first is None or lets_through(verdict.first, request, seen))


@settings(max_examples=100, deadline=None)
@given(worlds(), some_policies(), st.data())
def test_tables_that_workloads_share_say_what_decide_says(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    """Every caller at every workload, on the tables of one Callers: those of one kind share theirs."""
    callers = Callers(PolicyIndex(world, some), Asking(world, some))
    method, path = data.draw(st.sampled_from(["GET", "POST"])), data.draw(st.sampled_from(["/", "/a", "/b/c"]))
    inside = [address for workload in world.workloads for address in workload.addresses]
    for server in world.workloads:
        versions = {ip_address(address).version for address in server.addresses}
        for port in PORTS:
            verdicts = WorkloadPolicies(callers.index, server, callers).on_port(port)
            for source in (*inside, *OUTSIDE):
                if ip_address(source).version not in versions:
                    continue
                destination = next(each for each in server.addresses if (":" in each) == (":" in source))
                request = Request(Connection(source, destination, port), method, path, "host")
                decided = decide(world, some, request)
                seen = decided.normalised or Normalised(path, "host")
                assert lets_through(looked_up(verdicts, source), request, seen) == decided.allowed, request


def test_workloads_whose_ports_differ_in_number_share_no_table() -> None:
    """One policy selects both, and names a port that each declares with another number."""
    numbers = {"a": 80, "b": 8080}
    servers = {
        name: Workload("default", name, {"app": "x"}, (f"10.0.0.{number}",), (WorkloadPort(port, "web"),))
        for number, (name, port) in enumerate(numbers.items(), start=1)
    }
    guest = Workload("default", "guest", {}, ("10.0.0.9",))
    world = World((*servers.values(), guest))
    spec = "{endpointSelector: {matchLabels: {app: x}}, ingress: [{toPorts: [{ports: [{port: web, protocol: TCP}]}]}]}"
    parsed = parse_documents(cnp(spec), "policy.yaml").policies
    callers = Callers(PolicyIndex(world, parsed), Asking(world, parsed))
    for name, server in servers.items():
        for port in numbers.values():
            verdicts = WorkloadPolicies(callers.index, server, callers).on_port(port)
            assert isinstance(looked_up(verdicts, "10.0.0.9"), Allowed) == (port == numbers[name])
