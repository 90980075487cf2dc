# SPDX-License-Identifier: Apache-2.0
"""Linux capabilities (capabilities(7)) and the set a container has."""

from collections.abc import Iterable

# In the order of linux/capability.h: the position is the number.
CAPABILITIES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
)

# What containerd and CRI-O give a container that asks for nothing.
DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)

ALL = "ALL"


def effective_capabilities(add: Iterable[str], drop: Iterable[str]) -> frozenset[str]:
    """The default set with a securityContext's changes; as the runtimes do it, `drop: [ALL]` comes first.

    Names are without `CAP_`. Raises ValueError for an unknown one.
    """
    added, dropped = frozenset(add), frozenset(drop)
    unknown = (added | dropped) - {ALL, *CAPABILITIES}
    if unknown:
        raise ValueError(f"unknown capabilities {', '.join(sorted(unknown))}")
    base = frozenset() if ALL in dropped else DEFAULT_CAPABILITIES
    if ALL in added:
        return frozenset(CAPABILITIES) - dropped
    return (base | added) - (dropped - {ALL})


def capability_mask(names: Iterable[str]) -> int:
    """The bit mask that /proc/PID/status shows, e.g. as CapEff."""
    return sum(1 << CAPABILITIES.index(name) for name in names)
