# SPDX-License-Identifier: Apache-2.0
"""Names of what a mesh leaves on the machine: by them a later process finds and removes all of it."""

import re
from dataclasses import dataclass

# An instance's name has no dash, so that the part of a namespace's name before the first dash is the
# instance.
INSTANCE = re.compile(r"[a-z][a-z0-9]{0,31}")

# A file name has at most 255 bytes; a pod's name alone may have 253.
_LONGEST = 200


@dataclass(frozen=True, slots=True, order=True)
class PodName:
    """A pod of one mesh on this machine."""

    instance: str
    namespace: str
    pod: str

    def __post_init__(self) -> None:
        if not INSTANCE.fullmatch(self.instance):
            raise ValueError(
                f"instance name '{self.instance}' is not valid; use a letter and up to 31 letters or digits"
            )

    @property
    def file_name(self) -> str:
        """`<namespace>.<pod>`: unambiguous, as a Kubernetes namespace has no dot in its name."""
        full = f"{self.namespace}.{self.pod}"
        if len(full) <= _LONGEST:
            return full
        return f"{full[: _LONGEST - 13]}-{self._digest[:12]}"

    @property
    def netns(self) -> str:
        """Name of the network namespace for ip-netns(8)."""
        return f"{self.instance}-{self.file_name}"

    @property
    def host_interface(self) -> str:
        """The node's end of the pod's link; the kernel allows 15 characters."""
        return f"rg{self._digest[:12]}"

    @property
    def pod_mac(self) -> str:
        return self._mac("pod")

    @property
    def host_mac(self) -> str:
        return self._mac("host")

    @property
    def _digest(self) -> str:
        return _sha256(f"{self.instance}/{self.namespace}/{self.pod}").hex()

    def _mac(self, end: str) -> str:
        octets = _sha256(f"{end}/{self._digest}")[:5]
        # 02: locally administered, unicast.
        return ":".join(["02", *(f"{octet:02x}" for octet in octets)])


def _sha256(text: str) -> bytes:
    # Not on import: the command line has these names before the agent can say that it takes hashlib without OpenSSL.
    import hashlib

    return hashlib.sha256(text.encode()).digest()


def node_netns(instance: str) -> str:
    """Name of the network namespace that forwards between a mesh's pods; a pod's always has a dot, this
    never."""
    return f"{instance}-node"


def is_of_instance(netns: str, instance: str) -> bool:
    return netns.startswith(f"{instance}-")
