# SPDX-License-Identifier: Apache-2.0
"""Flow records: what kind a request is, and JSON there and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xds_server.flow import FlowRecord, Kind, RuleVerdict, SocketAddress


def record(**fields: object) -> FlowRecord:
    return FlowRecord(time=1.5, node="default/deathstar-0", log="inbound", protocol="HTTP/1.1", **fields)  # type: ignore[arg-type]


ALLOWED = RuleVerdict(True, "default/rule1#0")
DENIED = RuleVerdict(False, "default/rule1#default-deny")


@pytest.mark.parametrize(
    ("flow", "kind"),
    [
        (record(), Kind.GENUINE),
        (record(status=503), Kind.GENUINE),
        (record(route="plain", enforced=ALLOWED), Kind.GENUINE),
        (record(route="fault/falcon/slow", status=200), Kind.INJECTED),
        (record(route="fault/falcon/slow+falcon/broken", flags=("DI", "FI"), status=503), Kind.INJECTED),
        (record(route="other", flags=("FI",)), Kind.INJECTED),
        (record(flags=("DI",)), Kind.INJECTED),
        (record(enforced=DENIED, status=403), Kind.DENIED),
        (record(route="fault/falcon/slow", enforced=DENIED, status=403), Kind.DENIED),
        (record(route="fault/falcon/slow", details="rbac_access_denied_matched_policy[none]"), Kind.DENIED),
        (record(flags=("UAEX",), status=403), Kind.DENIED),
        (record(shadow=DENIED), Kind.GENUINE),
        (record(status=403), Kind.GENUINE),
        (record(route="defaults/falcon/slow"), Kind.GENUINE),
    ],
)
def test_kind(flow: FlowRecord, kind: Kind) -> None:
    assert flow.kind is kind


def test_faults_are_those_of_the_route() -> None:
    assert record(route="fault/falcon/slow+falcon/broken").faults == ("falcon/slow", "falcon/broken")
    assert record(route="inbound/80").faults == ()


def test_addresses_read_like_addresses() -> None:
    assert str(SocketAddress("10.1.0.2", 80)) == "10.1.0.2:80"
    assert str(SocketAddress("fd00::2", 80)) == "[fd00::2]:80"
    assert str(SocketAddress("/run/a.sock")) == "/run/a.sock"


text = st.text(max_size=10)
addresses = st.none() | st.builds(SocketAddress, text, st.integers(0, 65535))
verdicts = st.none() | st.builds(RuleVerdict, st.booleans(), st.none() | text)
records = st.builds(
    FlowRecord,
    time=st.floats(0, 1e10),
    node=text,
    log=text,
    protocol=text,
    source=addresses,
    destination=addresses,
    upstream=addresses,
    upstream_cluster=text,
    method=text,
    path=text,
    host=text,
    status=st.integers(0, 599),
    grpc_status=st.none() | st.integers(0, 16),
    flags=st.lists(text, max_size=3).map(tuple),
    details=text,
    route=st.sampled_from(["", "plain", "fault/a/b", "fault/a/b+c/d"]),
    enforced=verdicts,
    shadow=verdicts,
    request_id=text,
    trace_id=st.none() | text,
    duration_ms=st.floats(0, 1e7),
    bytes_received=st.integers(0, 2**40),
    bytes_sent=st.integers(0, 2**40),
)


@given(records)
def test_json_round_trip(flow: FlowRecord) -> None:
    mapping = json.loads(json.dumps(flow.to_dict()))
    assert FlowRecord.from_dict(mapping) == flow
    assert mapping["kind"] == flow.kind
    assert tuple(mapping["faults"]) == flow.faults


def test_a_mapping_that_lacks_something_is_refused() -> None:
    mapping = record().to_dict()
    del mapping["route"]
    with pytest.raises(KeyError):
        FlowRecord.from_dict(mapping)
