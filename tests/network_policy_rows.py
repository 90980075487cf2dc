# SPDX-License-Identifier: Apache-2.0
"""The rows of the truth table (`truth_table`) about NetworkPolicies alone."""

from tests.truth_row import ALLOWED, DROPPED, ENDOR, HOTH, OUTSIDE, TIE, TIE6, XWING, Row, case, np, rows

NETWORK_POLICY_ROWS: tuple[Row, ...] = (
    *rows(
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
    *rows(
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
    *rows(
        "NetworkPolicy: an empty ingress list isolates; the policy's own egress does not concern it",
        (np("isolate", "policyTypes: [Ingress]"),),
        case(TIE, "GET /", DROPPED, "default/isolate"),
        case("10.0.0.1", "GET /", ALLOWED),
    ),
    *rows(
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
    *rows(
        "NetworkPolicy: from [] and missing ports are everything; the protocol is TCP if it is missing",
        (np("all", "ingress: [{from: [], ports: [{port: 80, endPort: 90}, {protocol: UDP, port: 8080}]}]"),),
        case(OUTSIDE, "GET /", ALLOWED, "default/all#0"),
        case(OUTSIDE, "GET /", DROPPED, "default/all", port=8080),
    ),
)
