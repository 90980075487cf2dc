# SPDX-License-Identifier: Apache-2.0
from pathlib import Path, PurePosixPath

import pytest

from riftgate.local.errors import LocalError
from riftgate.local.layout import masked_paths
from riftgate.local.mountinfo import aliases, cgroup2_mount, parse_mountinfo

# A hybrid host: cgroup v2 lies below the v1 controllers; the root file system is shown a second time at
# /host, a part of it at /mnt/run, and a folder with a blank in its name holds a chroot with a /proc of its
# own.
HYBRID = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw,relatime shared:7 - sysfs sysfs rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
50 27 254:0 / /host rw,relatime shared:1 master:2 - ext4 /dev/vda rw
51 27 254:0 /run/riftgate /mnt/run ro - ext4 /dev/vda rw
52 27 0:60 / /srv/a\040b/proc rw - proc proc rw
53 27 0:61 / /var/lib/docker rw - overlay overlay rw
54 27 0:62 / /opt/bpf rw - bpf bpf rw
55 27 0:38 /sub /opt/bpf/deeper rw - cgroup2 cgroup2 rw
""".strip()


def test_cgroup2_is_found_wherever_it_is() -> None:
    mounts = parse_mountinfo(HYBRID)

    assert cgroup2_mount(mounts) == Path("/sys/fs/cgroup/unified")
    with pytest.raises(LocalError, match="mount -t cgroup2"):
        cgroup2_mount(mount for mount in mounts if mount.point != PurePosixPath("/sys/fs/cgroup/unified"))


def test_escaped_blanks_are_read() -> None:
    assert PurePosixPath("/srv/a b/proc") in {mount.point for mount in parse_mountinfo(HYBRID)}


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/run/riftgate", ["/host/run/riftgate", "/mnt/run", "/run/riftgate"]),
        # A part of it shows at /mnt/run.
        ("/run", ["/host/run", "/mnt/run", "/run"]),
        ("/run/riftgate/pods", ["/host/run/riftgate/pods", "/mnt/run/pods", "/run/riftgate/pods"]),
        ("/var/lib/docker/x", ["/var/lib/docker/x"]),
    ],
)
def test_all_places_where_a_path_shows(path: str, seen: list[str]) -> None:
    assert aliases(PurePosixPath(path), parse_mountinfo(HYBRID)) == tuple(map(PurePosixPath, seen))


def test_what_a_container_must_not_see_is_covered_once() -> None:
    folders = [PurePosixPath(path) for path in ("/host", "/mnt", "/opt", "/srv", "/usr", "/var")]

    masked = masked_paths(parse_mountinfo(HYBRID), [PurePosixPath("/run")], folders)

    # /proc and /sys are not among the folders: a container has its own.
    assert masked == tuple(map(PurePosixPath, ["/host/run", "/mnt/run", "/opt/bpf", "/srv/a b/proc"]))
