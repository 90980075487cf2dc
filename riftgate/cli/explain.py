# SPDX-License-Identifier: Apache-2.0
"""`riftgate policy explain`."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress

from l7filters.cnp_ports_schema import ICMP_TYPES
from l7filters.decide import Connection, Query, Request, Subject, endpoints
from l7filters.dns import DNS_PORT
from l7filters.explain import Explanation
from l7filters.explain import explain as explain_verdict
from l7filters.policy import Process
from l7filters.ports import Protocol
from l7filters.schema import did_you_mean
from l7filters.world import Service, Workload, World
from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.cli.explain_local import explain_in_pods
from riftgate.cli.files import read_files
from riftgate.client import MeshClient, dump
from riftgate.control.documents import Documents, local_policies_of, parse_files, policies_of
from riftgate.control.wire import documents_from_json
from riftgate.instance import Instance
from riftgate.local.manifests import parse_manifests
from riftgate.local.plan import make_world
from xds_server.admin_client import ServerUnreachable


def explain(args: argparse.Namespace) -> int:
    """Prints the verdict for each pair of pods that is meant; exit code 0 when all are allowed, else 1."""
    if (args.method is None) != (args.path is None):
        raise CommandError("give a method and a path, or neither", exits.BAD_INPUT)
    asked = [each for each in (args.destination, args.dns, args.listen, args.connect) if each is not None]
    if len(asked) != 1:
        raise CommandError("give one of --to, --dns, --listen and --connect", exits.BAD_INPUT)
    if args.icmp is not None and (args.port or args.protocol or args.destination is None or args.method):
        raise CommandError("--icmp goes with --to, and without --port, --protocol, method and path", exits.BAD_INPUT)
    world, documents = _world(args), _documents(args)
    policies = policies_of(documents)
    sources = _workloads(world, args.source)
    if args.listen is not None or args.connect is not None:
        return explain_in_pods(args, world, local_policies_of(documents), sources)
    if args.dns is not None:
        subjects: list[Subject] = [_query(args, world, source) for source in sources]
    else:
        ways = _destinations(world, args)
        subjects = [_subject(world, args, source, *way) for source in sources for way in ways]
    explanations = [explain_verdict(world, policies, subject) for subject in subjects]
    if args.json:
        dump([each.to_dict() for each in explanations])
    else:
        print("\n".join(str(each) for each in _distinct(explanations)))
    return exits.OK if all(each.verdict.allowed for each in explanations) else exits.FAILED


def _distinct(explanations: list[Explanation]) -> list[Explanation]:
    """Replicas differ in nothing but the name."""
    seen = {(each.verdict, each.changes): each for each in reversed(explanations)}
    return list(reversed(seen.values()))


def _world(args: argparse.Namespace) -> World:
    if args.manifests:
        return make_world(parse_manifests((text, file) for file, text in read_files(args.manifests)))
    return asyncio.run(MeshClient(Instance(args.instance)).world())


def _documents(args: argparse.Namespace) -> Documents:
    if args.file:
        return parse_files(read_files(args.file))
    return documents_from_json(asyncio.run(MeshClient(Instance(args.instance)).documents()))


def _query(args: argparse.Namespace, world: World, source: str) -> Query:
    if world.resolver is None:
        raise CommandError("this world has no resolver", exits.BAD_INPUT)
    return Query(Connection(source, world.resolver.key, DNS_PORT, Protocol(args.protocol or "UDP")), args.dns)


def _names(args: argparse.Namespace, destination: str) -> tuple[str, ...]:
    """The names that DNS gave for an address: what the running mesh has learned, or --name."""
    if args.name or args.manifests or "/" in destination:
        return tuple(args.name)
    try:
        status = asyncio.run(MeshClient(Instance(args.instance)).agent_status())
    except ServerUnreachable:
        return ()
    return tuple(each["name"] for each in status["resolver"]["learned"] if each["address"] == destination)


def _subject(
    world: World, args: argparse.Namespace, source: str, destination: str, port: int, host: str
) -> Connection | Request:
    protocol, process = Protocol(args.protocol or "TCP"), Process(args.process)
    if args.icmp is not None:
        ends = endpoints(world, Connection(source, destination, 0))
        addresses = {end.network.version for end in ends if end.network is not None}
        # Pods have both; who writes an address says which one is meant.
        ipv6 = any(":" in written for written in (args.source, args.destination)) or addresses == {6}
        protocol, port = _icmp(args.icmp, ipv6)
    names = _names(args, destination)
    connection = Connection(source, destination, port, protocol, destination_names=names, process=process)
    if args.method is None:
        return connection
    headers = tuple(_header(written) for written in args.header)
    return Request(connection, args.method, args.path, args.host or host, headers)


def _icmp(written: str, ipv6: bool) -> tuple[Protocol, int]:
    """The protocol of the family, and the type that a name or a number stands for there."""
    names = ICMP_TYPES["IPv6" if ipv6 else "IPv4"]
    kind = int(written) if written.isascii() and written.isdigit() else names.get(written)
    if kind is None or kind > 255:
        todo = did_you_mean(written, list(names), "write a number from 0 to 255")
        raise CommandError(f"'{written}' is not an ICMP type; {todo}", exits.BAD_INPUT)
    return Protocol.ICMPV6 if ipv6 else Protocol.ICMP, kind


def _header(written: str) -> tuple[str, str]:
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise CommandError(f"--header {written!r} is not NAME:VALUE", exits.BAD_INPUT)
    return name.strip(), value.strip()


def _destinations(world: World, args: argparse.Namespace) -> list[tuple[str, int, str]]:
    """(workload or address, port, host name) of each way that a call may go: a service's stand for its backends."""
    kind, _, name = args.destination.partition("/")
    if kind in ("svc", "service"):
        if args.icmp is not None:
            raise CommandError("nobody answers ICMP at a service's address; ask about its pods", exits.BAD_INPUT)
        return _behind(world, _service(world, name), args.port)
    ways = []
    for found in _workloads(world, args.destination):
        workload = world.workload(found)
        port = args.port or (_only_port(world, workload) if workload else None)
        if args.icmp is not None:
            port = 0
        if port is None:
            raise CommandError("say which port with --port", exits.BAD_INPUT)
        ways.append((found, port, args.destination.partition("/")[2] or found))
    return ways


def _behind(world: World, service: Service, port: int | None) -> list[tuple[str, int, str]]:
    ports = [each for each in service.ports if port in (None, each.port)]
    if len(ports) != 1:
        known = ", ".join(str(each.port) for each in service.ports)
        raise CommandError(f"say which port of service {service.key} with --port; it has {known}", exits.BAD_INPUT)
    backends = world.backends(service, ports[0])
    if not backends:
        raise CommandError(f"nobody is behind service {service.key}; compare its selector with the pods' labels")
    host = f"{service.name}.{service.namespace}.svc.cluster.local"
    return [(workload.key, target, host) for workload, target in backends]


def _workloads(world: World, written: str) -> list[str]:
    """`pod/NAME[.NAMESPACE]`, a deployment's pods by its name, or an address that may be a pod's."""
    kind, slash, name = written.partition("/")
    if slash and kind in ("pod", "pods", "po"):
        return [workload.key for workload in _pods(world, name)]
    try:
        address = str(ipaddress.ip_address(written))
    except ValueError:
        known = "pod/NAME, svc/NAME (as --to alone) or an address"
        raise CommandError(f"'{written}' is not {known}", exits.BAD_INPUT) from None
    workload = world.workload_by_address(address)
    return [workload.key if workload else address]


def _pods(world: World, written: str) -> tuple[Workload, ...]:
    name, _, namespace = written.partition(".")
    here = [each for each in world.workloads if each.namespace == (namespace or "default")]
    found = tuple(each for each in here if each.name == name)
    # `deathstar` stands for deathstar-0, deathstar-1: the pods of a deployment, or those that a cluster would name.
    found = found or tuple(each for each in here if each.name.rpartition("-")[0] == name)
    if not found:
        known = ", ".join(each.key for each in world.workloads) or "none"
        raise CommandError(f"there is no pod {written}; there are: {known}", exits.BAD_INPUT)
    return found


def _service(world: World, written: str) -> Service:
    name, _, namespace = written.partition(".")
    found = world.service(f"{namespace or 'default'}/{name}")
    if found is None:
        known = ", ".join(each.key for each in world.services) or "none"
        raise CommandError(f"there is no service {written}; there are: {known}", exits.BAD_INPUT)
    return found


def _only_port(world: World, workload: Workload) -> int | None:
    """Declared container ports and service ports that lead to it, when that is one."""
    ports = {port.number for port in workload.ports if port.protocol == "TCP"}
    for service in world.services:
        for port in service.ports:
            ports |= {target for backend, target in world.backends(service, port) if backend.key == workload.key}
    return ports.pop() if len(ports) == 1 else None
