# SPDX-License-Identifier: Apache-2.0
"""Flow records as `riftgate flows` prints them."""

from typing import Any

from riftgate.cli.flows import flow_line
from xds_server.flow import FlowRecord, RuleVerdict, SocketAddress

NAMES = {"source_workload": "default/guest", "destination_workload": None, "process": "main"}


def line(**changes: Any) -> str:
    source, destination = SocketAddress("10.0.0.2", 40000), SocketAddress("10.0.0.1", 80)
    record = FlowRecord(
        1.0, "default/vault", "inbound", "HTTP/1.1", source, destination, method="GET", path="/", **changes
    )
    return flow_line(record.to_dict() | NAMES)


def test_a_request_that_a_rule_allows() -> None:
    enforced = RuleVerdict(True, "default/p#0")
    assert line(status=200, enforced=enforced) == (
        "inbound  default/guest -> 10.0.0.1 GET / 200 0 ms genuine (rule default/p#0)"
    )


def test_a_request_that_a_policy_under_audit_would_deny() -> None:
    shadow = RuleVerdict(False, "default/tried#0")
    assert line(status=200, shadow=shadow).endswith("genuine (would be denied by default/tried#0)")
    assert line(status=200, shadow=RuleVerdict(True, "default/tried#0")).endswith("genuine")


def test_a_request_that_is_denied_anyway() -> None:
    rule = RuleVerdict(False, "default/p#0")
    assert line(status=403, enforced=rule, shadow=rule).endswith("denied (rule default/p#0)")
