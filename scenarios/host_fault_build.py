# SPDX-License-Identifier: Apache-2.0
"""From a fault of names, packets, processes or connections as it is written to the one that is meant.

Raises ValueError for what cannot be meant.
"""

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.faults import Inject
from l7filters.name_faults import NameEffect, NameFault
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.peers import FqdnPattern
from l7filters.process_faults import ProcessFault
from l7filters.source import SourceLocation
from scenarios.fault_build import (
    build_connection_target,
    build_latency,
    build_packet_delay,
    build_source,
    build_target,
    build_which,
)
from scenarios.fault_schema import ConnectionSchema, DnsSchema, FaultSchema, PacketSchema, ProcessSchema

_ANSWERS = {"NXDOMAIN": NameEffect.NXDOMAIN, "SERVFAIL": NameEffect.SERVFAIL, "none": NameEffect.NO_ANSWER}


def build_name_fault(
    scenario: str, namespace: str, written: FaultSchema, lie: DnsSchema, location: SourceLocation
) -> NameFault:
    """`namespace` is that of all that names none."""
    if lie.answer is not None:
        effect = _ANSWERS[lie.answer]
    else:
        effect = NameEffect.DELAY if lie.delay is not None else NameEffect.WRONG_ADDRESS
    return NameFault(
        scenario=scenario,
        name=written.name,
        location=location,
        target=build_target(namespace, written.target),
        effect=effect,
        names=tuple(FqdnPattern(name.lower().removesuffix("."), True) for name in lie.names or ()),
        types=tuple(lie.types or ()),
        parts_per_million=written.percentage,
        milliseconds=lie.delay or 0,
        addresses=tuple(lie.addresses or ()),
        which=build_which(written),
    )


def build_packet_fault(
    scenario: str, namespace: str, written: FaultSchema, packet: PacketSchema, location: SourceLocation
) -> PacketFault:
    """`namespace` is that of all that names none."""
    return PacketFault(
        scenario=scenario,
        name=written.name,
        location=location,
        target=build_target(namespace, written.target),
        effect=PacketEffect(packet.effect),
        parts_per_million=written.percentage,
        source=build_source(namespace, written.from_),
        outside=packet.outside,
        direction=Direction(packet.direction),
        protocol=packet.protocol,
        delay=build_packet_delay(packet.delay, PacketEffect(packet.effect)),
        which=build_which(written),
    )


def build_process_fault(
    scenario: str, namespace: str, written: FaultSchema, process: ProcessSchema, location: SourceLocation
) -> ProcessFault:
    """`namespace` is that of all that names none."""
    if (process.kill is None) == (process.freeze is not True):
        raise ValueError("a fault of processes either kills or freezes; write kill: SIGKILL, or freeze: true")
    return ProcessFault(
        scenario=scenario,
        name=written.name,
        location=location,
        target=build_target(namespace, written.target),
        kill=process.kill,
        container=process.container,
    )


def build_connection_fault(
    scenario: str, namespace: str, written: FaultSchema, connection: ConnectionSchema, location: SourceLocation
) -> ConnectionFault:
    """`namespace` is that of all that names none."""
    return ConnectionFault(
        scenario=scenario,
        name=written.name,
        location=location,
        target=build_connection_target(namespace, written.target),
        does=_connection_effects(connection),
        stream=Stream(connection.direction),
        parts_per_million=written.percentage,
        source=build_source(namespace, written.from_),
        which=build_which(written),
        inject=Inject(written.inject),
        existing=Existing(connection.existing),
    )


def _connection_effects(written: ConnectionSchema) -> ConnectionEffects:
    if written.jitter is not None and written.latency is None:
        raise ValueError("jitter is more or less of a latency; add one, such as latency: 200ms")
    reset, slices = written.reset, written.slices
    return ConnectionEffects(
        latency=None if written.latency is None else build_latency(written.latency, written.jitter),
        bytes_per_second=None if written.bandwidth is None else written.bandwidth * 1024,
        slices=None if slices is None else Slices(slices.size, slices.pause or 0),
        corrupt_parts=written.corrupt,
        reset=None if reset is None else ConnectionReset(*(reset.after or (None, None))),
        close_after_bytes=written.limit,
        blackhole_after=None if written.blackhole is None else written.blackhole.after,
        close_delay_milliseconds=written.slow_close,
    )
