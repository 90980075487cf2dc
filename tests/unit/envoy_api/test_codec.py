# SPDX-License-Identifier: Apache-2.0
"""Packing, the JSON mapping, and the classes' own shape."""

import subprocess
import sys
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from google.protobuf.wrappers_pb2 import UInt32Value

import envoy_api
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import Metadata, RequestMethod
from envoy_api.config.route.v3 import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost
from envoy_api.extensions.filters.common.fault.v3 import FaultDelay
from envoy_api.extensions.filters.http.fault.v3 import FaultAbort, HTTPFault
from envoy_api.type.v3 import FractionalPercent
from envoy_api.xds.type.matcher.v3 import IPMatcher

FAULT = HTTPFault(
    delay=FaultDelay(fixed_delay=timedelta(milliseconds=1500)),
    abort=FaultAbort(http_status=503, response_body="down"),
    max_active_faults=UInt32Value(value=0),
)


def routes(*filters: str) -> RouteConfiguration:
    action = RouteAction(cluster="app", timeout=Duration())
    route = Route(name="plain", match=RouteMatch(prefix="/"), route=action)
    for name in filters:
        route.typed_per_filter_config[name].CopyFrom(envoy_api.pack(FAULT))
    host = VirtualHost(name="all", domains=["*"], routes=[route])
    return RouteConfiguration(name="inbound/80", virtual_hosts=[host])


def test_packing_does_not_depend_on_the_order_of_insertion() -> None:
    names = [f"filter-{number}" for number in range(50)]
    forth, back = routes(*names), routes(*reversed(names))
    assert envoy_api.pack(forth) == envoy_api.pack(back)
    assert envoy_api.serialize(forth) == envoy_api.serialize(back)
    assert envoy_api.to_yaml(forth) == envoy_api.to_yaml(back)


def test_packing_does_not_depend_on_the_process() -> None:
    code = (
        "from envoy_api import serialize; from envoy_api.config.core.v3 import Metadata; import hashlib\n"
        "m = Metadata()\n"
        "for n in range(50): m.filter_metadata[f'f{n}'].update({f'k{i}': i for i in range(9)})\n"
        "print(hashlib.sha256(serialize(m)).hexdigest())"
    )
    seen = {subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout for _ in range(3)}
    assert len(seen) == 1


def test_type_urls_are_those_of_envoy() -> None:
    prefix = "type.googleapis.com/"
    assert envoy_api.type_url(FAULT) == prefix + "envoy.extensions.filters.http.fault.v3.HTTPFault"
    assert envoy_api.type_url(RouteAction.HashPolicy.Header) == (
        prefix + "envoy.config.route.v3.RouteAction.HashPolicy.Header"
    )
    assert envoy_api.type_url(IPMatcher) == prefix + "xds.type.matcher.v3.IPMatcher"
    assert envoy_api.message_class(prefix + "envoy.config.cluster.v3.Cluster") is Cluster


def test_an_unknown_type_url_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        envoy_api.message_class("type.googleapis.com/envoy.config.cluster.v3.Custer")


def test_unpack_names_both_types_when_they_differ() -> None:
    assert envoy_api.unpack(envoy_api.pack(FAULT), HTTPFault) == FAULT
    with pytest.raises(TypeError, match=r"Cluster.*HTTPFault"):
        envoy_api.unpack(envoy_api.pack(FAULT), Cluster)


def test_json_expands_any_and_reads_back() -> None:
    configuration = routes("envoy.filters.http.fault")
    mapping = envoy_api.to_dict(configuration)
    (route,) = mapping["virtual_hosts"][0]["routes"]
    assert route["typed_per_filter_config"]["envoy.filters.http.fault"] == {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        "delay": {"fixed_delay": "1.500s"},
        "abort": {"http_status": 503, "response_body": "down"},
        "max_active_faults": 0,
    }
    assert envoy_api.from_dict(mapping, RouteConfiguration) == configuration
    assert envoy_api.from_yaml(envoy_api.to_yaml(configuration), RouteConfiguration) == configuration


def test_json_of_free_form_structs_and_wrapped_any() -> None:
    struct = Struct()
    struct.update({"list": [1, {"b": 1, "a": None}], "text": "x"})
    metadata = Metadata(filter_metadata={"ours": struct})
    metadata.typed_filter_metadata["wrapped"].CopyFrom(envoy_api.pack(struct))
    metadata.typed_filter_metadata["empty"].SetInParent()
    assert envoy_api.from_dict(envoy_api.to_dict(metadata), Metadata) == metadata
    assert list(envoy_api.to_dict(metadata)["typed_filter_metadata"]) == ["empty", "wrapped"]
    assert envoy_api.to_dict(struct) == {"list": [1, {"a": None, "b": 1}], "text": "x"}


def test_enums_oneofs_and_optionals() -> None:
    assert RequestMethod.GET == RequestMethod.Value("GET") == 1
    percent = FractionalPercent(numerator=1, denominator=FractionalPercent.DenominatorType.MILLION)
    assert envoy_api.to_dict(percent) == {"numerator": 1, "denominator": "MILLION"}
    abort = FaultAbort(http_status=503)
    assert abort.WhichOneof("error_type") == "http_status"
    abort.grpc_status = 14
    assert abort.WhichOneof("error_type") == "grpc_status"
    assert not abort.HasField("http_status")
    assert FAULT.HasField("max_active_faults")
    assert not HTTPFault().HasField("max_active_faults")


@pytest.mark.parametrize("text", ["n", "N", "y", "Y", "no", "Yes", "on", "OFF", "true", "null", "~", "12", "0x1f", ""])
def test_yaml_quotes_the_strings_that_envoy_would_take_for_something_else(text: str) -> None:
    """Envoy's reader, yaml-cpp, has `y` and `n` for booleans too; a node of that name would not start."""
    cluster = Cluster(name=text, alt_stat_name="no one")
    cluster.metadata.filter_metadata["labels"].update({"key": text})
    written = envoy_api.to_yaml(cluster)
    assert f"key: '{text}'\n" in written
    assert "alt_stat_name: no one\n" in written
    assert envoy_api.from_yaml(written, Cluster) == cluster
