# SPDX-License-Identifier: Apache-2.0
"""What each point of the policy semantics means, request by request: one table for decide() and for a real
Envoy."""

from tests.http_rule_rows import HTTP_RULE_ROWS
from tests.network_policy_rows import NETWORK_POLICY_ROWS
from tests.truth_row import (
    ALLOWED,
    DENIED,
    DROPPED,
    EMPIRE,
    ENDOR,
    HOTH,
    L4,
    L7,
    LANDING,
    OUTSIDE,
    OUTSIDE6,
    OUTSIDE_NEAR,
    PORT_80,
    TIE,
    TIE6,
    XWING,
    XWING6,
    Row,
    case,
    cnp,
    http,
    np,
    rows,
)

ROWS: tuple[Row, ...] = (
    *rows(
        "no policy allows everything",
        (),
        case(XWING, "PUT /v1/exhaust-port", ALLOWED),
        case(OUTSIDE, "GET /", ALLOWED),
    ),
    *rows(
        "1: default deny once a rule selects the pod",
        (L4,),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/l4#0"),
        case(TIE6, "PUT /v1/exhaust-port", ALLOWED, "default/l4#0"),
        case(XWING, "POST /v1/request-landing", DROPPED, "default/l4"),
        case(XWING6, "POST /v1/request-landing", DROPPED, "default/l4"),
        case(TIE, "GET /", DROPPED, "default/l4", port=8080),
        case("10.0.0.1", "GET /", ALLOWED, port=8080),
    ),
    *rows(
        "1: rules are a union",
        (L4, cnp("more", "ingress: [{fromEndpoints: [{matchLabels: {class: xwing}}]}]")),
        case(TIE, "GET /", ALLOWED, "default/l4#0"),
        case(XWING, "GET /", ALLOWED, "default/more#0", port=8080),
        case(TIE, "GET /", DROPPED, "default/l4", "default/more", port=8080),
    ),
    *rows(
        "1: deny beats allow",
        (
            cnp("open", "ingress: [{fromEntities: [all]}]"),
            cnp("shut", f"ingressDeny: [{{fromEndpoints: [{{matchLabels: {{org: alliance}}}}], {PORT_80}}}]"),
        ),
        case(XWING, "GET /", DROPPED, "default/shut#0"),
        case(XWING, "GET /", ALLOWED, "default/open#0", port=8080),
        case(TIE, "GET /", ALLOWED, "default/open#0"),
    ),
    *rows(
        "1: a deny rule alone denies the rest by default",
        (cnp("shut", f"ingressDeny: [{{{EMPIRE}}}]"),),
        case(TIE, "GET /", DROPPED, "default/shut#0"),
        case(XWING, "GET /", DROPPED, "default/shut"),
    ),
    *rows(
        "1: enableDefaultDeny false allows all else, L7 included",
        (L7 + "  enableDefaultDeny: {ingress: false}\n",),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED),
        case(XWING, "GET /", ALLOWED),
        case(OUTSIDE, "GET /", ALLOWED, port=8080),
    ),
    *rows(
        "1: enableDefaultDeny false, and another policy denies by default",
        (L7 + "  enableDefaultDeny: {ingress: false}\n", cnp("deny", "ingress: [{}]")),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "PUT /v1/exhaust-port", DENIED, "default/deny"),
        case(XWING, "GET /", DROPPED, "default/deny"),
    ),
    *rows(
        "1: enableDefaultDeny false leaves deny rules in force",
        (cnp("shut", f"enableDefaultDeny: {{ingress: false}}\ningressDeny: [{{{EMPIRE}}}]"),),
        case(TIE, "GET /", DROPPED, "default/shut#0"),
        case(XWING, "GET /", ALLOWED),
    ),
    *rows(
        "2: fields are ANDed",
        (L7,),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l7#0"),
        case(TIE, "PUT /v1/request-landing", DENIED, "default/l7"),
        case(TIE, "POST /v1/exhaust-port", DENIED, "default/l7"),
        case(XWING, "POST /v1/request-landing", DROPPED, "default/l7"),
    ),
    *rows(
        "2: the list is ORed",
        (http("list", LANDING, '{method: GET, path: "/v1/"}'),),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/list#0"),
        case(TIE, "GET /v1/", ALLOWED, "default/list#0"),
        case(TIE, "GET /v1/request-landing", DENIED, "default/list"),
    ),
    *HTTP_RULE_ROWS,
    *rows(
        "5: an allow without L7 voids the restriction: L4-only",
        (L7, L4),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/l4#0"),
        case(TIE, "POST /v1/request-landing", ALLOWED, "default/l4#0", "default/l7#0"),
    ),
    *rows(
        "5: an allow without L7 voids the restriction: L3-only",
        (L7, cnp("l3", f"ingress: [{{{EMPIRE}}}]")),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/l3#0"),
    ),
    *rows(
        "5: an allow without L7 voids the restriction: a wider peer",
        (L7, cnp("wide", f"ingress: [{{{PORT_80}}}]")),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/wide#0"),
        case(XWING, "PUT /v1/exhaust-port", ALLOWED, "default/wide#0"),
        case(OUTSIDE6, "PUT /v1/exhaust-port", ALLOWED, "default/wide#0"),
    ),
    *rows(
        "5: an allow without L7 voids the restriction: a NetworkPolicy",
        (L7, np("np", "ingress: [{ports: [{port: 80}]}]")),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/np#0"),
    ),
    *rows(
        "5: an allow without L7 of other traffic voids nothing",
        (L7, cnp("other", 'ingress: [{toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}]')),
        case(TIE, "PUT /v1/exhaust-port", DENIED, "default/l7", "default/other"),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/other#0", port=8080),
    ),
    *rows(
        "6: http [{}] allows all through the proxy",
        (http("all", "{}", peers=EMPIRE),),
        case(TIE, "PUT /v1/exhaust-port", ALLOWED, "default/all#0"),
        case(XWING, "GET /", DROPPED, "default/all"),
    ),
    *rows(
        "6: a missing protocol means ANY, which is TCP too",
        (cnp("any", 'ingress: [{toPorts: [{ports: [{port: "80"}, {port: "8080", protocol: UDP}]}]}]'),),
        case(TIE, "GET /", ALLOWED, "default/any#0"),
        case(TIE, "GET /", DROPPED, "default/any", port=8080),
    ),
    *rows(
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
    *rows(
        "7: ingress [{}] is default deny in a CiliumNetworkPolicy",
        (cnp("deny", "ingress: [{}]"),),
        case(TIE, "GET /", DROPPED, "default/deny"),
        case(OUTSIDE, "GET /", DROPPED, "default/deny"),
    ),
    *rows(
        "7: ingress [{}] is allow-all in a NetworkPolicy",
        (np("allow", "ingress: [{}]"),),
        case(TIE, "GET /", ALLOWED, "default/allow#0"),
        case(OUTSIDE, "GET /", ALLOWED, "default/allow#0", port=9090),
    ),
    *rows(
        "8: an empty list of peers selects nothing",
        (
            cnp("cidr", f"ingress: [{{fromCIDR: [], {PORT_80}}}]"),
            cnp("ends", f"ingress: [{{fromEndpoints: [], {PORT_80}}}]"),
        ),
        case(TIE, "GET /", DROPPED, "default/cidr", "default/ends"),
        case(OUTSIDE, "GET /", DROPPED, "default/cidr", "default/ends"),
    ),
    *rows(
        "8: without peers, toPorts mean everyone; an empty egress has no effect",
        (cnp("ports", f"egress: []\ningress: [{{{PORT_80}}}]"),),
        case(XWING, "GET /", ALLOWED, "default/ports#0"),
        case(OUTSIDE, "GET /", ALLOWED, "default/ports#0"),
        case(TIE, "GET /", DROPPED, "default/ports", port=8080),
    ),
    *rows(
        "9: fromEndpoints [{}] is the policy's namespace",
        (cnp("same", "ingress: [{fromEndpoints: [{}]}]"),),
        case(TIE, "GET /", ALLOWED, "default/same#0"),
        case(XWING, "GET /", ALLOWED, "default/same#0"),
        case(HOTH, "GET /", DROPPED, "default/same"),
        case(OUTSIDE, "GET /", DROPPED, "default/same"),
    ),
    *rows(
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
    *rows(
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
    *rows(
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
    *rows(
        "10: CIDR rules of a CiliumNetworkPolicy do not match pods",
        (cnp("cidr", f"ingress: [{{fromCIDR: [0.0.0.0/0, 10.0.0.2/32], {PORT_80}}}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/cidr#0"),
        case(OUTSIDE6, "GET /", DROPPED, "default/cidr"),
        case(TIE, "GET /", DROPPED, "default/cidr"),
    ),
    *rows(
        "10: except",
        (cnp("set", "ingress: [{fromCIDRSet: [{cidr: 203.0.113.0/24, except: [203.0.113.128/25]}]}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/set#0"),
        case(OUTSIDE_NEAR, "GET /", DROPPED, "default/set"),
        case("198.51.100.1", "GET /", DROPPED, "default/set"),
    ),
    *rows(
        "10: deny by a wide CIDR beats allow by a narrow one",
        (
            cnp("narrow", f"ingress: [{{fromCIDR: [{OUTSIDE}/32]}}]"),
            cnp("wide", "ingressDeny: [{fromCIDR: [203.0.113.0/24]}]"),
        ),
        case(OUTSIDE, "GET /", DROPPED, "default/wide#0"),
    ),
    *rows(
        "11: entity world",
        (cnp("world", "ingress: [{fromEntities: [world]}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/world#0"),
        case(OUTSIDE6, "GET /", ALLOWED, "default/world#0"),
        case(TIE, "GET /", DROPPED, "default/world"),
    ),
    *rows(
        "11: entities cluster and none",
        (cnp("cluster", "ingress: [{fromEntities: [cluster]}, {fromEntities: [none]}]"),),
        case(HOTH, "GET /", ALLOWED, "default/cluster#0"),
        case(OUTSIDE, "GET /", DROPPED, "default/cluster"),
    ),
    *rows(
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
    *NETWORK_POLICY_ROWS,
    *rows(
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
