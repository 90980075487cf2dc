# SPDX-License-Identifier: Apache-2.0
"""Maps of a running mesh, read through their pins."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
