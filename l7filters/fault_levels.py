# SPDX-License-Identifier: Apache-2.0
"""Faults of all levels: of requests, which sidecars inject, and of the rest, in which the agent on a host has a
part."""

from l7filters.connection_faults import ConnectionFault
from l7filters.faults import Fault
from l7filters.name_faults import NameFault
from l7filters.packet_faults import PacketFault
from l7filters.process_faults import ProcessFault

HostFault = PacketFault | ProcessFault | NameFault | ConnectionFault
AnyFault = Fault | HostFault
