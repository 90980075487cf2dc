# SPDX-License-Identifier: Apache-2.0
"""What an app cannot see, touch or take over, as root with a container's default capabilities; and how a change of
policy reaches connections that are open. On a real mesh; needs root."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.demo.observer import observe
from tests.mesh_harness import PATIENCE, Mesh, Talk, cgroup_root, pod_manifest

PORTS = (80, 7000)
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("other", "client", {"role": "other"}),
    )
)
SIDECAR_PORTS = (15001, 15002, 15003, 15006, 15007)
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: ROLE}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}, {port: "7000", protocol: TCP}]
"""
ONLY_GET = """
      rules: {http: [{method: GET}]}
"""


@pytest.fixture(scope="module")
def vault(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("vault") as vault:
        yield vault


@pytest.mark.parametrize("port", SIDECAR_PORTS)
@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "::", "::1", "own IPv4", "own IPv6"])
def test_an_app_cannot_bind_the_sidecars_ports(mesh: Mesh, vault: Talk, address: str, port: int) -> None:
    """Guards bind4/6: with the sidecar's uid and SO_REUSEPORT it would get a share of everybody's connections."""
    ipv4, ipv6 = mesh.addresses("vault")
    host = {"own IPv4": ipv4, "own IPv6": ipv6}.get(address, address)

    assert vault("bind", host, port) == {"error": "EPERM"}
    assert vault("bind", host, 15004) == {"bound": [host, 15004]}


@pytest.mark.parametrize("port", SIDECAR_PORTS)
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "own IPv4", "own IPv6", "own v4-mapped"],
)
def test_an_app_cannot_call_its_sidecars_ports(mesh: Mesh, vault: Talk, address: str, port: int) -> None:
    """Guards connect4/6: a caller of the listener itself would be taken for one that BPF has steered there."""
    ipv4, ipv6 = mesh.addresses("vault")
    host = {"own IPv4": ipv4, "own IPv6": ipv6, "own v4-mapped": f"::ffff:{ipv4}"}.get(address, address)

    assert vault("open", "sidecar", host, port) == {"error": "EPERM"}
    # Its own ports it may call, sidecar or not.
    assert "peer" in vault("open", "own", host, 7000)
    assert vault("say", "own", "hello") == {"heard": "hello"}
    vault("close", "own")


@pytest.mark.parametrize("port", SIDECAR_PORTS)
@pytest.mark.parametrize("family", [0, 1])
def test_an_app_cannot_call_another_pods_sidecar(mesh: Mesh, guest: Talk, family: int, port: int) -> None:
    """Guards the drop of connections to these ports: the listener would send who asks for its own port to itself."""
    address = mesh.addresses("vault")[family]
    before = mesh.pod("guest")["drops"].get("sidecar-port", 0) + mesh.pod("vault")["drops"].get("sidecar-port", 0)

    opened = guest("open", "sidecar", address, port)
    if "error" not in opened:
        # Its own sidecar took it, and gets nowhere.
        assert guest("say", "sidecar", "GET / HTTP/1.1\r\nhost: vault\r\n\r\n", 0.5)["error"] in ("timed out", "closed")
        guest("close", "sidecar")

    after = mesh.pod("guest")["drops"].get("sidecar-port", 0) + mesh.pod("vault")["drops"].get("sidecar-port", 0)
    assert after > before


def test_riftgates_files_and_sockets_are_out_of_sight(mesh: Mesh, guest: Talk) -> None:
    """Guards the pod's mount namespace: CAP_DAC_OVERRIDE opens any socket that can be seen, Envoy's admin included."""
    state = mesh.instance.state
    paths = [
        *(str(path) for path in (mesh.instance.control_socket, mesh.instance.agent_socket, mesh.instance.xds_socket)),
        *(str(state / "pods" / "default.guest" / name) for name in ("envoy.sock", "envoy.yaml")),
        str(mesh.instance.pins / "maps" / "verdict_by_pair"),
        str(mesh.pod_cgroup("guest", "sidecar") / "cgroup.procs"),
        str(mesh.namespaces("vault").net),
    ]
    assert all(Path(path).exists() for path in paths)

    assert guest("find", *paths) == {"found": []}
    assert guest("find", *(f"/proc/1/root{path}" for path in paths)) == {"found": []}


ASKS = """
import socket, sys
import grpc
from envoy_api.config.core.v3 import Node
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest
control, agent, xds, *nodes = sys.argv[1:]
for path in (control, agent):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(path)
        connection.sendall(b"GET /v1/status HTTP/1.0\\r\\n\\r\\n")
        print(connection.recv(4096).split()[1].decode())
for node in nodes:
    request = DeltaDiscoveryRequest(node=Node(id=node), type_url="type.googleapis.com/envoy.config.cluster.v3.Cluster")
    with grpc.insecure_channel(f"unix:{xds}") as channel:
        ask = channel.stream_stream("/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources")
        try:
            next(ask(iter([request.SerializeToString()]), timeout=20))
            print("answered")
        except grpc.RpcError as error:
            print(error.code().name)
"""


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("container-app", ["403", "403", "UNAVAILABLE", "UNAVAILABLE"]),
        ("sidecar", ["403", "403", "answered", "PERMISSION_DENIED"]),
        (None, ["200", "200", "answered", "answered"]),
    ],
    ids=["app", "sidecar", "machine"],
)
def test_riftgates_sockets_know_who_calls(mesh: Mesh, part: str | None, told: list[str]) -> None:
    """Guards the look at the caller's cgroup: by processes that do see the sockets, as root with all capabilities."""
    instance = mesh.instance
    sockets = map(str, (instance.control_socket, instance.agent_socket, instance.xds_socket))
    join = 'echo 0 >"$1" && shift && exec "$@"' if part else 'shift && exec "$@"'
    cgroup = str(mesh.pod_cgroup("guest", part or "sidecar") / "cgroup.procs")
    argv = ["/bin/sh", "-c", join, "sh", cgroup, sys.executable, "-c", ASKS, *sockets, "default/guest", "default/vault"]
    with mesh.trusted():
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split() == told, done.stderr


def test_no_kernel_file_system_is_mounted_inside(mesh: Mesh, guest: Talk) -> None:
    """Guards what a process needs to move to another cgroup or to open a pin: a mount of cgroup2 or bpffs."""
    outside = Path("/proc/self/mountinfo").read_text()
    assert f" {cgroup_root()} " in outside
    assert f" {mesh.instance.pins} " in outside

    inside = guest("mounts")["mounts"]
    assert inside
    kinds = {line.partition(" - ")[2].split()[0] for line in inside}
    assert not kinds & {"cgroup", "cgroup2", "bpf", "nsfs"}
    # Its own hosts and resolv.conf are bound from there, read-only.
    assert {line.split()[4] for line in inside if mesh.name in line} <= {"/etc/hosts", "/etc/resolv.conf"}


def test_the_sidecar_can_neither_be_killed_nor_traced(mesh: Mesh, guest: Talk) -> None:
    """Guards the pod's PID namespace, with CAP_KILL: an app may end its own processes and knows of no others."""
    (envoy,) = mesh.sidecar_pids("guest")

    assert guest("kill", envoy) == {"error": "ESRCH"}
    assert guest("trace", envoy) == {"error": "ESRCH"}
    assert guest("find", f"/proc/{envoy}") == {"found": []}
    assert "envoy" not in mesh.ok("exec", "guest", "--", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert mesh.ok("exec", "guest", "--", "sh", "-c", "sleep 60 & kill -9 $! && wait $! || echo $?") == "137\n"
    assert mesh.sidecar_pids("guest") == (envoy,)


@pytest.mark.usefixtures("no_policies")
def test_a_new_policy_silences_a_connection_that_is_open(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards the verdict per packet in tc (from_pod): connect was long ago. Lifted, the connection goes on."""
    guest("open", "old", mesh.addresses("vault")[0], 7000)
    assert guest("say", "old", "before") == {"heard": "before"}
    with observe(mesh.namespaces("vault").net) as observer, mesh.talk("other") as other:
        mesh.apply(tmp_path, DOOR.replace("ROLE", "other"))
        seen = observer.frames_from(mesh.addresses("guest"))
        assert guest("say", "old", "during", 1) == {"error": "timed out"}
        # Arrives later, and shows that what does arrive is seen.
        assert other("http", "GET", mesh.addresses("vault")[0], 80, "/", {}, 0)["status"] == 200
        assert observer.frames_from(mesh.addresses("other")) > 0
        assert observer.frames_from(mesh.addresses("guest")) == seen

    mesh.delete_policies()
    assert guest("hear", "old", len("during"), PATIENCE) == {"heard": "during"}
    guest("close", "old")


@pytest.mark.usefixtures("no_policies")
def test_a_new_http_rule_holds_on_a_connection_that_is_open(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards policy in the route configuration, evaluated per request: the connection stays, the answer changes."""
    guest("open", "kept", mesh.addresses("vault")[0], 80)
    assert guest("request", "kept", "PUT", "/", {})["status"] == 200

    mesh.apply(tmp_path, DOOR.replace("ROLE", "guest").rstrip() + ONLY_GET)
    denied, allowed = guest("request", "kept", "PUT", "/", {}), guest("request", "kept", "GET", "/", {})
    assert (denied["status"], denied["body"], denied["same"]) == (403, "Access denied", True)
    assert denied["headers"]["x-riftgate-verdict"] == "denied"
    assert (allowed["status"], allowed["same"]) == (200, True)

    mesh.delete_policies()
    lifted = guest("request", "kept", "PUT", "/", {})
    assert (lifted["status"], lifted["same"]) == (200, True)
    assert "PUT" in mesh.log("vault")
    guest("close", "kept")
