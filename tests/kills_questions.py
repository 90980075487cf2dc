# SPDX-License-Identifier: Apache-2.0
"""What is asked all through a run of `random_kills`, who has a part in the answer, and which answers are right."""

from tests.mesh_harness import Mesh

OK: dict[str, str] = {
    "plain": "200",
    "yard": "200",
    "native": "200",
    "rich": "200",
    "held": "200",
    "client": "200",
    "echo": "echoed",
    "hole": "echoed",
    "packet": "answered",
    "lost": "NOERROR",
    "known": "NOERROR",
}
"""What comes of each question when nothing is the matter."""
DENIED = {"put": ("403",), "put native": ("403",), "sealed": (), "unknown": ("REFUSED",)}
"""Questions that policy refuses, and the answers that say so; errors do as well."""
ANSWERS = {"200", "501", "503", "answered", "NOERROR", "NXDOMAIN", "SERVFAIL"}
"""Of questions that policy refuses: with these it was lifted."""
EFFECT = {"native": "503", "rich": "200", "held": "200", "client": "503"}
"""The status of a response that a fault had a part in, as its header tells."""
HIT = {"echo": "corrupted", "packet": "timed out", "lost": "SERVFAIL"}
"""What a fault does to a question where no header tells."""
ASKS_ENVOY_OF = {
    **dict.fromkeys(("plain", "native", "rich", "held", "hole"), ("friend", "vault")),
    **dict.fromkeys(("yard", "client", "echo"), ("friend",)),
    "packet": ("pod dam",),
}
ASKS_FAULT_SERVER = ("rich", "held", "echo", "hole")
ASKS_RESOLVER = ("lost", "known")


def questions(mesh: Mesh) -> list[dict[str, object]]:
    """For pods/watch.py, in the pod `friend`."""
    vault, yard, dam, sealed = (mesh.addresses(pod)[0] for pod in ("vault", "yard", "dam", "sealed"))

    def http(name: str, host: str, path: str, method: str = "GET", seconds: float = 20.0) -> dict[str, object]:
        common = {"name": name, "kind": "http", "every": 0.3, "seconds": seconds}
        return {**common, "host": host, "port": 80, "method": method, "path": path}

    def dns(name: str, asked: str) -> dict[str, object]:
        return {
            "name": name,
            "kind": "dns",
            "every": 0.25,
            "seconds": 10.0,
            "host": "192.0.2.53",
            "asked": asked,
        }

    return [
        http("plain", vault, "/plain"),
        http("yard", yard, "/plain"),
        http("native", vault, "/native"),
        http("rich", vault, "/rich"),
        http("held", vault, "/held"),
        http("client", mesh.service_addresses("known")[0], "/client"),
        http("put", vault, "/plain", "PUT"),
        http("put native", vault, "/native", "PUT"),
        http("sealed", sealed, "/", seconds=2.0),
        {"name": "echo", "kind": "echo", "every": 0.3, "seconds": 20.0, "host": yard, "port": 7000},
        {"name": "hole", "kind": "echo", "every": 0.3, "seconds": 20.0, "host": vault, "port": 7000},
        {"name": "packet", "kind": "datagram", "every": 0.2, "seconds": 3.0, "host": dam, "port": 7000},
        dns("lost", "lost.default.svc.cluster.local"),
        dns("known", "known.default.svc.cluster.local"),
        dns("unknown", "unknown.example"),
    ]
