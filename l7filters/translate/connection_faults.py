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
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from l7filters.connection_faults import POD_VARIABLE
from l7filters.faults import Inject
from l7filters.translate.access_log import numbering
from l7filters.translate.endpoints import socket_address
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.translate.headers import EFFECTS_NAMESPACE
from l7filters.translate.listeners import network_filter

__all__ = ["CONNECTION_KEY", "INJECT_KEY", "LOCAL_KEY", "POD_KEY", "POD_VARIABLE", "REMOTE_KEY", "faulted_listener"]

POD_KEY = "x-riftgate-pod"
"""gRPC metadata: the workload's key, from the sidecar's environment, so that many workloads share one listener."""
INJECT_KEY = "x-riftgate-inject"
"""gRPC metadata: the side that the sidecar is on, a value of Inject."""
LOCAL_KEY = "x-riftgate-local"
"""gRPC metadata: the address and port that was dialled."""
CONNECTION_KEY = "x-riftgate-connection"
"""gRPC metadata: Envoy's number of the connection, as the access log of the faulted listeners has it."""
REMOTE_KEY = "x-riftgate-remote"
"""gRPC metadata: the address and port that it was dialled from."""

MESSAGE_TIMEOUT = timedelta(hours=1)
"""For bytes that the fault server holds: Envoy's most, and the longest lease. It ends a fault long before; and when it
dies, its stream ends with it."""


def faulted_listener(usual: Listener, inject: Inject, addresses: Sequence[tuple[str, int]]) -> Listener:
    """As `usual`, on other addresses: its very filter chains, each behind the fault server, with the number of the
    connection in their logs."""
    listener = Listener()
    listener.CopyFrom(usual)
    listener.name = f"{usual.name}-faulted"
    first, *others = (socket_address(*address) for address in addresses)
    listener.address.CopyFrom(first)
    del listener.additional_addresses[:]
    listener.additional_addresses.extend(AdditionalAddress(address=each) for each in others)
    for chain in (*listener.filter_chains, listener.default_filter_chain):
        behind = [_processor(inject), *map(_logged, chain.filters)]
        del chain.filters[:]
        chain.filters.extend(behind)
    return listener


def _logged(behind: Filter) -> Filter:
    """The same filter; what it logs says of which connection it is."""
    for config in (HttpConnectionManager(), TcpProxy()):
        if behind.typed_config.Unpack(config):
            logs = [numbering(each) for each in config.access_log]
            del config.access_log[:]
            config.access_log.extend(logs)
            return network_filter(behind.name, config)
    return behind


def _processor(inject: Inject) -> Filter:
    metadata = {
        POD_KEY: f"%ENVIRONMENT({POD_VARIABLE})%",
        INJECT_KEY: inject.value,
        LOCAL_KEY: "%DOWNSTREAM_LOCAL_ADDRESS%",
        REMOTE_KEY: "%DOWNSTREAM_REMOTE_ADDRESS%",
        CONNECTION_KEY: "%CONNECTION_ID%",
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
