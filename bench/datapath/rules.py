# SPDX-License-Identifier: Apache-2.0
"""The iptables rules with which service meshes catch a pod's connections, in the pod's own network namespace.

The chains are those of Istio's istio-iptables (1.2x), less what concerns its own ports, health probes and DNS:
REDIRECT to the sidecar for all that the pod's processes send beyond loopback and for all that comes in, and the
sidecar's own packets, known by its user, pass.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from bpf.structs import INBOUND_PORT, OUTBOUND_PORT


def redirect(namespace: Path, sidecar_uid: int) -> None:
    """IPv4 and IPv6. Raises CalledProcessError with iptables' own words on standard error."""
    for program, loopback in (("iptables", "127.0.0.1/32"), ("ip6tables", "::1/128")):
        restore = f"""\
*nat
:MESH_INBOUND - [0:0]
:MESH_IN_REDIRECT - [0:0]
:MESH_OUTPUT - [0:0]
:MESH_REDIRECT - [0:0]
-A PREROUTING -p tcp -j MESH_INBOUND
-A OUTPUT -p tcp -j MESH_OUTPUT
-A MESH_INBOUND -p tcp --dport 15008 -j RETURN
-A MESH_INBOUND -p tcp -j MESH_IN_REDIRECT
-A MESH_IN_REDIRECT -p tcp -j REDIRECT --to-ports {INBOUND_PORT}
-A MESH_OUTPUT -o lo -m owner ! --uid-owner {sidecar_uid} -j RETURN
-A MESH_OUTPUT -m owner --uid-owner {sidecar_uid} -j RETURN
-A MESH_OUTPUT -d {loopback} -j RETURN
-A MESH_OUTPUT -p tcp -j MESH_REDIRECT
-A MESH_REDIRECT -p tcp -j REDIRECT --to-ports {OUTBOUND_PORT}
COMMIT
"""
        command = ["nsenter", f"--net={namespace}", "--", f"{program}-restore", "--wait"]
        subprocess.run(command, input=restore, text=True, check=True)
