# SPDX-License-Identifier: Apache-2.0
"""The listener for connections that a fault may hit: the usual one, with the fault server before all else.

The datapath sends such connections there, and no others (network ext_proc is work in progress upstream, and costs).
A listener that goes takes its connections along, and theirs are to outlive the fault: so that for calls from others is
always there, and that for the workload's own calls, which is as large as all services together, stays once it has been.
"""

from collections.abc import Sequence
from datetime import timedelta

from envoy_api.config.core.v3 import GrpcService, HeaderValue
from envoy_api.config.listener.v3 import AdditionalAddress, Filter, Listener
from envoy_api.extensions.filters.network.ext_proc.v3 import (
    MetadataOptions,
    NetworkExternalProcessor,
    ProcessingMode,
)
from l7filters.connection_faults import POD_VARIABLE
from l7filters.faults import Inject
from l7filters.translate.endpoints import socket_address
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.translate.headers import EFFECTS_NAMESPACE
from l7filters.translate.listeners import network_filter

__all__ = ["INJECT_KEY", "LOCAL_KEY", "POD_KEY", "POD_VARIABLE", "REMOTE_KEY", "faulted_listener"]

POD_KEY = "x-riftgate-pod"
"""gRPC metadata: the workload's key, from the sidecar's environment, so that many workloads share one listener."""
INJECT_KEY = "x-riftgate-inject"
"""gRPC metadata: the side that the sidecar is on, a value of Inject."""
LOCAL_KEY = "x-riftgate-local"
"""gRPC metadata: the address and port that was dialled."""
REMOTE_KEY = "x-riftgate-remote"
"""gRPC metadata: the address and port that it was dialled from."""

MESSAGE_TIMEOUT = timedelta(hours=1)
"""For bytes that the fault server holds: Envoy's most, and the longest lease. It ends a fault long before; and when it
dies, its stream ends with it."""


def faulted_listener(usual: Listener, inject: Inject, addresses: Sequence[tuple[str, int]]) -> Listener:
    """As `usual`, on other addresses: its very filter chains, each behind the fault server."""
    listener = Listener()
    listener.CopyFrom(usual)
    listener.name = f"{usual.name}-faulted"
    first, *others = (socket_address(*address) for address in addresses)
    listener.address.CopyFrom(first)
    del listener.additional_addresses[:]
    listener.additional_addresses.extend(AdditionalAddress(address=each) for each in others)
    for chain in (*listener.filter_chains, listener.default_filter_chain):
        behind = [_processor(inject), *chain.filters]
        del chain.filters[:]
        chain.filters.extend(behind)
    return listener


def _processor(inject: Inject) -> Filter:
    metadata = {
        POD_KEY: f"%ENVIRONMENT({POD_VARIABLE})%",
        INJECT_KEY: inject.value,
        LOCAL_KEY: "%DOWNSTREAM_LOCAL_ADDRESS%",
        REMOTE_KEY: "%DOWNSTREAM_REMOTE_ADDRESS%",
    }
    streamed = ProcessingMode.DataSendMode.STREAMED
    config = NetworkExternalProcessor(
        grpc_service=GrpcService(
            envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=FAULT_CLUSTER),
            initial_metadata=[HeaderValue(key=key, value=value) for key, value in metadata.items()],
        ),
        # What the fault server has when it dies is lost: a connection that went on without it would have a hole, and
        # nobody would know. So it ends.
        failure_mode_allow=False,
        processing_mode=ProcessingMode(process_read=streamed, process_write=streamed),
        message_timeout=MESSAGE_TIMEOUT,
        stat_prefix="connection_faults",
        metadata_options=MetadataOptions(
            receiving_namespaces=MetadataOptions.MetadataNamespaces(untyped=[EFFECTS_NAMESPACE])
        ),
    )
    return network_filter("envoy.filters.network.ext_proc", config)
