# SPDX-License-Identifier: Apache-2.0
"""The listener for connections that a fault may hit: the usual one, with Riftgate's own filter before all else.

That filter (envoy/filter) asks the fault server what hits a connection, and does it inside of Envoy. The datapath sends
such connections there, and no others. A listener that goes takes its connections along, and theirs are to outlive the
fault: so that for calls from others is always there, and that for the workload's own calls, which is as large as all
services together, stays once it has been.
"""

from collections.abc import Sequence

from google.protobuf.wrappers_pb2 import StringValue

from envoy_api import pack
from envoy_api.config.listener.v3 import AdditionalAddress, Filter, Listener
from envoy_api.extensions.filters.network.dynamic_modules.v3 import DynamicModuleNetworkFilter
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from l7filters.connection_faults import POD_VARIABLE
from l7filters.faults import Inject
from l7filters.translate.access_log import numbering
from l7filters.translate.endpoints import socket_address
from l7filters.translate.envoy_module import envoy_module
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.translate.headers import EFFECTS_NAMESPACE
from l7filters.translate.listeners import network_filter

__all__ = ["MOST_HELD_BYTES", "POD_VARIABLE", "faulted_listener"]

MOST_HELD_BYTES = 32 * 1024 * 1024
"""Of memory for one connection, for what one end has sent and the other not been let have."""
_EFFECT = "connection"
"""The kind of effect by which the access log names the faults that hit a connection."""


def faulted_listener(usual: Listener, inject: Inject, addresses: Sequence[tuple[str, int]]) -> Listener:
    """As `usual`, on other addresses: its very filter chains, each behind the filter for faults, with the number of the
    connection in their logs."""
    listener = Listener()
    listener.CopyFrom(usual)
    listener.name = f"{usual.name}-faulted"
    first, *others = (socket_address(*address) for address in addresses)
    listener.address.CopyFrom(first)
    del listener.additional_addresses[:]
    listener.additional_addresses.extend(AdditionalAddress(address=each) for each in others)
    for chain in (*listener.filter_chains, listener.default_filter_chain):
        behind = [_faults(inject), *map(_logged, chain.filters)]
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


def _faults(inject: Inject) -> Filter:
    told = {
        "side": inject.value,
        "cluster": FAULT_CLUSTER,
        "metadata": EFFECTS_NAMESPACE,
        "key": _EFFECT,
        "held": MOST_HELD_BYTES,
    }
    lines = "".join(f"{key} {value}\n" for key, value in told.items())
    config = DynamicModuleNetworkFilter(
        dynamic_module_config=envoy_module(),
        filter_name="connection_faults",
        filter_config=pack(StringValue(value=lines)),
    )
    return network_filter("envoy.filters.network.dynamic_modules", config)
