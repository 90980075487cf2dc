# SPDX-License-Identifier: Apache-2.0
"""What keeps a fault from hitting nobody, or whom nobody meant. All of it is said before anything is touched."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from l7filters.fault_levels import AnyFault, at_callers, carrying
from l7filters.faults import Aimed, Fault, Mirror, Outside, Redirect, sources, targets
from l7filters.source import Problem
from l7filters.world import Workload, World

PROTECTED_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease"})
PROTECTED_LABEL = "riftgate.io/protected"
"""On a namespace, with the value `true`: a fault hits its pods only where it names each in full."""

_HTTP = frozenset(
    {"", "http", "http2", "h2c", "grpc", "grpc-web", "ws", "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss"}
)
"""Values of appProtocol whose traffic is read as HTTP; without one, it is looked at."""


def problems(world: World, faults: Iterable[AnyFault]) -> Iterator[Problem]:
    """Everything for which each of these faults, whatever others there are, is refused in this world."""
    for fault in faults:
        found = targets(world, fault)
        if fault.target.outside is not None:
            yield from _inside(world, fault, fault.target.outside)
        elif not found:
            what = f"the target of {fault.id} matches no workload"
            yield Problem(fault.location, what, "compare it with the labels in: riftgate status")
        if sources(world, fault) == ():
            what = f"the callers that {fault.id} is for match no workload"
            yield Problem(fault.location, what, "compare 'from' with the labels in: riftgate status")
        yield from protected_problems(world, fault)
        if isinstance(fault, Fault):
            yield from _not_http(world, fault, found)
            yield from _nowhere(world, fault)


def protected_problems(world: World, fault: AnyFault) -> Iterator[Problem]:
    """Of pods that nobody meant to hit who did not name them."""
    namespace = fault.target.namespace
    if _protected(world, namespace) and targets(world, fault) and not fault.target.pods:
        what = f"{fault.id} is aimed at the protected namespace {namespace}"
        yield Problem(fault.location, what, "name each pod in full, as in target.pods: [NAME]")
    callers = carrying(world, fault) if at_callers(fault) else ()
    if hit := next((each for each in callers if _protected(world, each.namespace)), None):
        what = f"{fault.id} hits callers in the protected namespace {hit.namespace}, such as {hit.key}"
        yield Problem(fault.location, what, "narrow 'from' to others")


def _protected(world: World, namespace: str) -> bool:
    return namespace in PROTECTED_NAMESPACES or world.namespace_labels(namespace).get(PROTECTED_LABEL) == "true"


def _inside(world: World, fault: Aimed, outside: Outside) -> Iterator[Problem]:
    """Of what is said to be outside of the mesh."""
    network = outside.addresses
    pods = [
        workload.key
        for workload in world.workloads
        if network is not None and any(ip_address(each) in network for each in workload.addresses)
    ]
    if pods:
        what = f"{outside}, the target of {fault.id}, has pods of the mesh in it, such as {pods[0]}"
        yield Problem(fault.location, what, "narrow it, or select the pods by their labels")


def _not_http(world: World, fault: Fault, found: Iterable[Workload]) -> Iterator[Problem]:
    """Ports that somebody has declared to be something else; what nobody has declared is looked at as it comes."""
    if fault.target.port is None:
        declared = [(workload, port.number) for workload in found for port in workload.ports]
        said = {protocol for workload, number in declared for protocol in _foreign(world, workload, number)}
        if declared and all(any(_foreign(world, workload, number)) for workload, number in declared):
            what = f"{fault.id} is a fault on requests, and every port of its targets speaks {', '.join(sorted(said))}"
            yield Problem(fault.location, what, "choose targets that speak HTTP, or a fault on connections or packets")
        return
    said = {protocol for workload in found for protocol in _foreign(world, workload, fault.target.port)}
    if said:
        what = f"{fault.id} is a fault on requests, and port {fault.target.port} speaks {', '.join(sorted(said))}"
        yield Problem(fault.location, what, "choose a port that speaks HTTP, or a fault on connections or packets")


def _foreign(world: World, workload: Workload, number: int) -> Iterator[str]:
    """What is declared of the port and is not HTTP."""
    return (protocol for protocol in _protocols(world, workload, number) if protocol.lower() not in _HTTP)


def _protocols(world: World, workload: Workload, number: int) -> Iterator[str]:
    for declared in workload.ports:
        if declared.number == number:
            yield declared.app_protocol if declared.protocol == "TCP" else declared.protocol
    for service in world.services:
        for port in service.ports:
            if port.app_protocol and (workload, number) in world.backends(service, port):
                yield port.app_protocol


def _nowhere(world: World, fault: Fault) -> Iterator[Problem]:
    for effect in fault.effects:
        if isinstance(effect, Redirect | Mirror):
            service = world.service(effect.service)
            ports = [] if service is None else [port.port for port in service.ports if port.protocol == "TCP"]
            if effect.port not in ports:
                what = f"{fault.id}: there is no service {effect.service} with port {effect.port}"
                known = ", ".join(f"{each.key}" for each in world.services) or "none"
                yield Problem(fault.location, what, f"services are: {known}")
