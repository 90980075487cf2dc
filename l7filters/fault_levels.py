# SPDX-License-Identifier: Apache-2.0
"""Faults of all levels: of requests, which sidecars inject, and of the rest, which the agent applies on its host."""

from l7filters.faults import Fault
from l7filters.name_faults import NameFault
from l7filters.packet_faults import PacketFault
from l7filters.process_faults import ProcessFault

HostFault = PacketFault | ProcessFault | NameFault
AnyFault = Fault | HostFault
