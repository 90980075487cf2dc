# SPDX-License-Identifier: Apache-2.0
"""What is put together by hand is what protobuf would have made."""

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from envoy_api import pack
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import BuildVersion, ControlPlane, Extension, Node
from envoy_api.google.rpc import Status
from envoy_api.service.discovery.v3 import (
    DeltaDiscoveryRequest,
    DeltaDiscoveryResponse,
    DiscoveryRequest,
    DiscoveryResponse,
    Resource,
)
from envoy_api.service.runtime.v3 import Runtime
from envoy_api.type.v3 import SemanticVersion
from xds_server import messages
from xds_server.messages import Content, DeltaRequest, Response, SotwRequest
from xds_server.resource import encode
from xds_server.type_urls import CLUSTER, RUNTIME
from xds_server.wire import (
    WireError,
    encode_delta_response,
    encode_sotw_response,
    parse_delta_request,
    parse_sotw_request,
)

NAMES = st.text(min_size=1, max_size=200)


def whole(encoded):
    """As a client gets it."""
    shared, own = encoded
    return shared.body + own


@given(NAMES, st.one_of(st.none(), st.floats(0.001, 1e6)), st.lists(NAMES), NAMES)
def test_delta_responses(name, ttl, removed, nonce):
    resource, renewed = encode(Runtime(name=name), ttl=ttl), encode(Runtime(name=name + "'"), ttl=3)
    content = Content(RUNTIME, "v", (resource,), (renewed,), tuple(removed))
    lease = Duration()
    if ttl is not None:
        lease.FromNanoseconds(round(ttl * 1e9))
    expected = DeltaDiscoveryResponse(
        system_version_info="v",
        resources=[
            Resource(
                name=name,
                version=resource.version,
                resource=pack(Runtime(name=name)),
                ttl=None if ttl is None else lease,
            ),
            Resource(name=name + "'", version=renewed.version, ttl=Duration(seconds=3)),
        ],
        type_url=RUNTIME,
        nonce=nonce,
        removed_resources=removed,
        control_plane=ControlPlane(identifier="here"),
    )
    assert DeltaDiscoveryResponse.FromString(whole(encode_delta_response(Response(nonce, content), "here"))) == expected


@given(NAMES, st.integers(0, 100_000), NAMES)
def test_sotw_responses(name, size, nonce):
    plain = Cluster(name=name, alt_stat_name="x" * size)
    leased = encode(Runtime(name="r"), ttl=2.5)
    content = Content(CLUSTER, "v", (encode(plain), leased))
    wrapped = Resource(
        name="r",
        version=leased.version,
        resource=pack(Runtime(name="r")),
        ttl=Duration(seconds=2, nanos=500_000_000),
    )
    expected = DiscoveryResponse(
        version_info="v",
        resources=[pack(plain), pack(wrapped)],
        type_url=CLUSTER,
        nonce=nonce,
        control_plane=ControlPlane(identifier="here"),
    )
    assert DiscoveryResponse.FromString(whole(encode_sotw_response(Response(nonce, content), "here"))) == expected


NODE = Node(
    id="n",
    cluster="c",
    metadata={"namespace": "default"},
    user_agent_build_version=BuildVersion(version=SemanticVersion(major_number=1, minor_number=40)),
    extensions=[Extension(name="many")],
)
PARSED_NODE = messages.Node("n", "c", "1.40.0", {"namespace": "default"})


def test_delta_requests():
    request = DeltaDiscoveryRequest(
        node=NODE,
        type_url=CLUSTER,
        resource_names_subscribe=["a", "b"],
        resource_names_unsubscribe=["c"],
        initial_resource_versions={"d": "1"},
        response_nonce="7",
        error_detail=Status(message="bad"),
    )
    assert parse_delta_request(request.SerializeToString()) == DeltaRequest(
        CLUSTER, ("a", "b"), ("c",), {"d": "1"}, "7", "bad", PARSED_NODE
    )
    assert parse_delta_request(b"") == DeltaRequest("")


def test_sotw_requests():
    request = DiscoveryRequest(
        node=NODE,
        type_url=CLUSTER,
        resource_names=["a", "b"],
        version_info="1",
        response_nonce="7",
        error_detail=Status(),
    )
    assert parse_sotw_request(request.SerializeToString()) == SotwRequest(
        CLUSTER, ("a", "b"), "7", "1", "", PARSED_NODE
    )
    assert parse_sotw_request(b"") == SotwRequest("")


@pytest.mark.parametrize("parse", [parse_delta_request, parse_sotw_request])
def test_other_bytes(parse):
    with pytest.raises(WireError):
        parse(b"\xff\xff")
