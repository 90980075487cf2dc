# SPDX-License-Identifier: Apache-2.0
"""Maps of a running mesh, read through their pins, and a bpffs for a test of its own."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bpf.datapath import mount_bpffs
from bpf.libbpf import Map, library


@contextmanager
def open_map(pin: Path) -> Iterator[Map]:
    """A pinned map, with the sizes that the kernel says it has."""
    fd = library().bpf_obj_get(ctypes.c_char_p(os.fsencode(pin)))
    assert fd >= 0, pin
    try:
        info = dict(line.split(":", 1) for line in Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines())
        yield Map(pin.name, fd, int(info["key_size"]), int(info["value_size"]))
    finally:
        os.close(fd)


@contextmanager
def bpffs(folder: Path) -> Iterator[Path]:
    """Mounted below the folder, and gone afterwards. Needs root."""
    pins = folder / "bpf"
    pins.mkdir()
    mount_bpffs(pins)
    try:
        yield pins
    finally:
        subprocess.run(["umount", str(pins)], check=True)
