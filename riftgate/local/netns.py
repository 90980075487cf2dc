# SPDX-License-Identifier: Apache-2.0
"""The network of a mesh on one machine: a node namespace that forwards, and one namespace per pod linked to
it.

    pod namespace                      node namespace `<instance>-node`
    eth0  address/32, address/128  ==  rg<hash>  (tc sits here, out of the pod's reach)
          default via 169.254.1.1            routes to the pod's addresses
          default via fe80::1                ip_forward, strict rp_filter

Nothing of it lies in the machine's own network namespace, so its interfaces, sysctls and firewall stay as
they are. Both ends know each other's hardware address by permanent neighbour entries: no ARP and no neighbour
discovery is ever needed on the link, and tc may drop all of it.

The functions block for some milliseconds; from asyncio call them through `asyncio.to_thread`.
"""

import contextlib
import errno
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET, AF_INET6
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from bpf.structs import RESOLVER
from riftgate.local import namespaces
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName, is_of_instance, node_netns
from riftgate.local.namespaces import Namespace, PodNamespaces

# Where ip-netns(8) looks.
NETNS_DIR = Path("/run/netns")

GATEWAY_V4 = "169.254.1.1"
GATEWAY_V6 = "fe80::1"
POD_INTERFACE = "eth0"
LOOPBACK_INDEX = 1

_IFA_F_NODAD = 0x02
_NUD_PERMANENT = 0x80
_RTNH_F_ONLINK = 4
_SCOPE_LINK = 253
_SCOPE_HOST = 254
_FOR_EVER = 0xFFFFFFFF

_POD_SYSCTLS: dict[str, int | str] = {
    # The mesh is as much IPv6 as IPv4, whatever the machine's own setting.
    "net/ipv6/conf/all/disable_ipv6": 0,
    "net/ipv6/conf/default/disable_ipv6": 0,
    "net/ipv6/conf/lo/disable_ipv6": 0,
    # No address but the given ones, and nothing that talks to neighbours by itself.
    "net/ipv6/conf/default/addr_gen_mode": 1,
    "net/ipv6/conf/default/accept_ra": 0,
    "net/ipv6/conf/default/autoconf": 0,
    "net/ipv6/conf/default/accept_dad": 0,
    "net/ipv6/conf/default/router_solicitations": 0,
    "net/ipv6/conf/default/accept_redirects": 0,
    "net/ipv4/conf/all/accept_redirects": 0,
    "net/ipv4/conf/default/accept_redirects": 0,
    # As containerd has it: ping needs no capability. Policy says whom it reaches.
    "net/ipv4/ping_group_range": "0 2147483647",
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    # As Kubernetes' runtimes set it: an app that is not root may listen on port 80.
    "net/ipv4/ip_unprivileged_port_start": 0,
    # A connection that has ended holds its port for a minute, in TIME_WAIT. The kernel lends such a port anew after a
    # second, but to connections over loopback addresses only; a sidecar reaches its app by the pod's own address, and
    # would be out of ports (28,232 of them) at 470 connections a second, and search for each one long before.
    "net/ipv4/tcp_tw_reuse": 1,
}

_NODE_SYSCTLS: dict[str, int | str] = {
    **_POD_SYSCTLS,
    "net/ipv4/ip_forward": 1,
    "net/ipv6/conf/all/forwarding": 1,
    "net/ipv6/conf/default/forwarding": 1,
    # Strict: a pod sends from its own addresses or not at all. (IPv6 has no such switch; tc checks both.)
    "net/ipv4/conf/all/rp_filter": 1,
    "net/ipv4/conf/default/rp_filter": 1,
    "net/ipv4/conf/all/send_redirects": 0,
    "net/ipv4/conf/default/send_redirects": 0,
}


@dataclass(frozen=True, slots=True)
class PodNetwork:
    """A pod that is linked: what attaching BPF and starting containers need to know."""

    name: PodName
    namespaces: PodNamespaces
    addresses: tuple[str, ...]
    host_interface: str
    # Index of the host's end, valid inside the node's network namespace only.
    host_ifindex: int
    node_netns: Path


def node_path(instance: str) -> Path:
    """File of the node's network namespace."""
    return NETNS_DIR / node_netns(instance)


def pod_namespaces(name: PodName, state_dir: Path) -> PodNamespaces:
    """Where the pod's namespace files are, whether or not they exist yet."""
    folder = state_dir / "namespaces" / name.file_name
    return PodNamespaces(net=NETNS_DIR / name.netns, ipc=folder / "ipc", uts=folder / "uts")


def create_node(instance: str) -> Path:
    """Make the node's network namespace, or complete an existing one; returns its file."""
    path = node_path(instance)

    def work() -> Path:
        if not namespaces.is_held(path):
            namespaces.unshare(Namespace.NET)
            namespaces.hold(Namespace.NET, path)
        else:
            namespaces.enter(path)
        _write_sysctls(_NODE_SYSCTLS)
        with _netlink() as route:
            route.link("set", index=LOOPBACK_INDEX, state="up")
            # For the resolver alone: no other socket here shall speak from these addresses by itself.
            ipv4, ipv6 = RESOLVER
            route.addr("replace", index=LOOPBACK_INDEX, address=ipv4, prefixlen=32, scope=_SCOPE_HOST)
            route.addr("replace", index=LOOPBACK_INDEX, address=ipv6, prefixlen=128, preferred=0, valid=_FOR_EVER)
        return path

    return namespaces.in_thread(work)


def create_pod(
    name: PodName, addresses: tuple[str, ...], hostname: str, state_dir: Path, *, others: tuple[str, ...] = ()
) -> PodNetwork:
    """Make a pod's namespaces and its link to the node, or complete and correct what is there already.

    The node must exist. `addresses` are IPv4 and IPv6 without prefix length; each is the pod's alone. From `others`
    speaks only who binds to them.
    """
    files = pod_namespaces(name, state_dir)
    node = node_path(name.instance)
    if not namespaces.is_held(node):
        raise LocalError(f"network namespace {node.name} does not exist; make the node before its pods")

    def work() -> PodNetwork:
        for kind, path in files.by_kind().items():
            if namespaces.is_held(path):
                namespaces.enter(path)
                continue
            namespaces.unshare(kind)
            if kind is Namespace.UTS:
                namespaces.set_hostname(hostname)
            if kind is Namespace.NET:
                _write_sysctls(_POD_SYSCTLS)
            namespaces.hold(kind, path)
        with _netlink() as route:
            _ensure_link(route, name, node)
            _configure_pod_end(route, name, addresses, others)
        namespaces.enter(node)
        with _netlink() as route:
            index = _configure_host_end(route, name, (*addresses, *others))
        return PodNetwork(name, files, addresses, name.host_interface, index, node)

    return namespaces.in_thread(work)


def find_pod(name: PodName, addresses: tuple[str, ...], state_dir: Path) -> PodNetwork | None:
    """What `create_pod` has made, untouched; None when a namespace or the link is missing."""
    files = pod_namespaces(name, state_dir)
    node = node_path(name.instance)
    if not all(namespaces.is_held(path) for path in (*files.by_kind().values(), node)):
        return None

    def work() -> list[int]:
        namespaces.enter(node)
        with _netlink() as route:
            return list(route.link_lookup(ifname=name.host_interface))

    found = namespaces.in_thread(work)
    return PodNetwork(name, files, addresses, name.host_interface, found[0], node) if found else None


def delete_pod(name: PodName, state_dir: Path) -> None:
    """Remove the pod's link and namespaces; whatever of it is missing already is no error.

    Processes still in the pod keep its namespaces in memory until they end, but without a link.
    """
    node = node_path(name.instance)
    if namespaces.is_held(node):
        namespaces.in_thread(lambda: _delete_link(node, name.host_interface))
    files = pod_namespaces(name, state_dir)
    for path in files.by_kind().values():
        namespaces.release(path)
    with contextlib.suppress(FileNotFoundError, OSError):
        files.ipc.parent.rmdir()


def delete_node(instance: str) -> None:
    """Remove the node's network namespace, and with it the host's ends of all links still there."""
    node = node_path(instance)
    if namespaces.is_held(node):
        # Links die with their namespace, but only when the kernel gets to it; this way they are gone on
        # return.
        namespaces.in_thread(lambda: _delete_all_links(node))
    namespaces.release(node)


def purge(instance: str, state_dir: Path) -> None:
    """Remove every namespace and link of a mesh, found by name: for what a killed process left behind."""
    delete_node(instance)
    purge_pods(instance, state_dir, keep=())
    if NETNS_DIR.is_dir():
        with contextlib.suppress(OSError):
            # Only ours if it is empty; ip-netns(8) makes it again.
            NETNS_DIR.rmdir()


def purge_pods(instance: str, state_dir: Path, *, keep: Collection[str]) -> None:
    """Remove the namespaces of all pods but those in `keep` (`PodName.file_name`); links go with them."""
    kept = {node_netns(instance), *(f"{instance}-{name}" for name in keep)}
    if NETNS_DIR.is_dir():
        for path in sorted(NETNS_DIR.iterdir()):
            if is_of_instance(path.name, instance) and path.name not in kept:
                namespaces.release(path)
    held = state_dir / "namespaces"
    if held.is_dir():
        for folder in sorted(held.iterdir()):
            if folder.name not in keep:
                for path in sorted(folder.iterdir()):
                    namespaces.release(path)
                folder.rmdir()
        if not keep:
            held.rmdir()


def in_netns(path: Path, work: Callable[[], Any]) -> Any:
    """Run `work` in a thread of its own inside a network namespace."""

    def inside() -> Any:
        namespaces.enter(path)
        return work()

    return namespaces.in_thread(inside)


def _ensure_link(route: IPRoute, name: PodName, node: Path) -> None:
    if route.link_lookup(ifname=POD_INTERFACE):
        return
    with node.open() as file:
        # Created from the pod's side: at no time does either end exist in the machine's own namespace.
        request: dict[str, Any] = {
            "ifname": POD_INTERFACE,
            "kind": "veth",
            "address": name.pod_mac,
            "peer": {"ifname": name.host_interface, "address": name.host_mac, "net_ns_fd": file.fileno()},
        }
        try:
            route.link("add", **request)
        except NetlinkError as error:
            if error.code != errno.EEXIST:
                raise LocalError(f"cannot make the link of pod {name.pod}: {error}") from error
            # The other end of a link whose pod is gone but whose namespace some process still keeps.
            namespaces.in_thread(lambda: _delete_link(node, name.host_interface))
            route.link("add", **request)


def _configure_pod_end(route: IPRoute, name: PodName, addresses: tuple[str, ...], others: tuple[str, ...]) -> None:
    index = _index(route, POD_INTERFACE)
    route.link("set", index=LOOPBACK_INDEX, state="up")
    route.link("set", index=index, state="up")
    for address in (*addresses, *others):
        version = ip_address(address).version
        flags = {"flags": _IFA_F_NODAD} if version == 6 else {}
        # A deprecated address is not chosen by itself; IPv4 chooses the first, and knows of no such thing.
        lifetime = {"preferred_lft": 0} if version == 6 and address in others else {}
        route.addr("replace", index=index, address=address, prefixlen=32 if version == 4 else 128, **flags, **lifetime)
    # A link that goes down forgets its neighbours and routes: set them after it is up.
    for gateway in (GATEWAY_V4, GATEWAY_V6):
        _neighbour(route, index, gateway, name.host_mac)
    route.route("replace", dst=f"{GATEWAY_V4}/32", oif=index, scope=_SCOPE_LINK)
    first = next((address for address in addresses if ip_address(address).version == 4), None)
    route.route("replace", dst="0.0.0.0/0", gateway=GATEWAY_V4, oif=index, **({"prefsrc": first} if first else {}))
    route.route("replace", family=AF_INET6, dst="::/0", gateway=GATEWAY_V6, oif=index, flags=_RTNH_F_ONLINK)


def _configure_host_end(route: IPRoute, name: PodName, addresses: tuple[str, ...]) -> int:
    index = _index(route, name.host_interface)
    route.link("set", index=index, state="up")
    for address in addresses:
        _neighbour(route, index, address, name.pod_mac)
        if ip_address(address).version == 4:
            route.route("replace", dst=f"{address}/32", oif=index, scope=_SCOPE_LINK)
        else:
            route.route("replace", family=AF_INET6, dst=f"{address}/128", oif=index)
    return index


def _neighbour(route: IPRoute, index: int, address: str, mac: str) -> None:
    family = AF_INET if ip_address(address).version == 4 else AF_INET6
    route.neigh("replace", family=family, dst=address, lladdr=mac, ifindex=index, state=_NUD_PERMANENT)


def _index(route: IPRoute, interface: str) -> int:
    found = route.link_lookup(ifname=interface)
    if not found:
        raise LocalError(f"interface {interface} is gone; delete the pod and make it again")
    return int(found[0])


def _delete_link(node: Path, interface: str) -> None:
    namespaces.enter(node)
    with _netlink() as route:
        for index in route.link_lookup(ifname=interface):
            route.link("del", index=index)


def _delete_all_links(node: Path) -> None:
    namespaces.enter(node)
    with _netlink() as route:
        for link in route.get_links():
            if link.get("index") != LOOPBACK_INDEX and link.get_nested("linkinfo", "kind") == "veth":
                route.link("del", index=link["index"])


@contextlib.contextmanager
def _netlink() -> Iterator[IPRoute]:
    """A netlink socket in the calling thread's network namespace."""
    with IPRoute() as route:
        try:
            yield route
        except NetlinkError as error:
            raise LocalError(f"the kernel refused a network setting: {error}") from error


def _write_sysctls(values: Mapping[str, int | str]) -> None:
    for name, value in values.items():
        namespaces.write_sysctl(name, value)
