# SPDX-License-Identifier: Apache-2.0
"""The system's libbpf through ctypes: the calls that the loader needs, with errors as exceptions.

Source: libbpf 1.x, ``libbpf.h`` and ``bpf.h``. Pointers that libbpf owns never leave this module unchecked.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

BPF_ANY = 0
_BPF_SK_MSG_VERDICT = 7
"""Of enum bpf_attach_type."""
_PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_SAMPLE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class BpfError(OSError):
    """A refused call, with errno and what was attempted; for a load also the verifier's last lines."""

    def __str__(self) -> str:
        return self.strerror or super().__str__()


@cache
def library() -> ctypes.CDLL:
    """The loaded libbpf. Raises :class:`BpfError` when the host has none, or one before 1.0."""
    name = ctypes.util.find_library("bpf")
    if name is None:
        raise BpfError(0, "libbpf is not installed")
    lib = ctypes.CDLL(name, use_errno=True)
    if not hasattr(lib, "libbpf_major_version") or lib.libbpf_major_version() < 1:
        raise BpfError(0, "libbpf is older than 1.0")
    pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "bpf_object__open_file": (pointer, [text, pointer]),
        "bpf_object__load": (ctypes.c_int, [pointer]),
        "bpf_object__close": (None, [pointer]),
        "bpf_object__next_map": (pointer, [pointer, pointer]),
        "bpf_object__next_program": (pointer, [pointer, pointer]),
        "bpf_map__name": (text, [pointer]),
        "bpf_map__fd": (ctypes.c_int, [pointer]),
        "bpf_map__key_size": (ctypes.c_uint32, [pointer]),
        "bpf_map__value_size": (ctypes.c_uint32, [pointer]),
        "bpf_map__set_pin_path": (ctypes.c_int, [pointer, text]),
        "bpf_map__initial_value": (pointer, [pointer, ctypes.POINTER(size)]),
        "bpf_program__name": (text, [pointer]),
        "bpf_program__fd": (ctypes.c_int, [pointer]),
        "bpf_program__pin": (ctypes.c_int, [pointer, text]),
        "bpf_program__set_autoload": (ctypes.c_int, [pointer, ctypes.c_bool]),
        "bpf_program__set_type": (ctypes.c_int, [pointer, ctypes.c_int]),
        "bpf_program__set_expected_attach_type": (ctypes.c_int, [pointer, ctypes.c_int]),
        "bpf_program__attach": (pointer, [pointer]),
        "bpf_program__attach_cgroup": (pointer, [pointer, ctypes.c_int]),
        "bpf_program__attach_netns": (pointer, [pointer, ctypes.c_int]),
        "bpf_prog_attach": (ctypes.c_int, [ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint]),
        "bpf_link__pin": (ctypes.c_int, [pointer, text]),
        "bpf_link__destroy": (ctypes.c_int, [pointer]),
        "bpf_map_update_elem": (ctypes.c_int, [ctypes.c_int, pointer, pointer, ctypes.c_uint64]),
        "bpf_map_lookup_elem": (ctypes.c_int, [ctypes.c_int, pointer, pointer]),
        "bpf_map_delete_elem": (ctypes.c_int, [ctypes.c_int, pointer]),
        "bpf_map_get_next_key": (ctypes.c_int, [ctypes.c_int, pointer, pointer]),
        "ring_buffer__new": (pointer, [ctypes.c_int, _SAMPLE, pointer, pointer]),
        "ring_buffer__epoll_fd": (ctypes.c_int, [pointer]),
        "ring_buffer__consume": (ctypes.c_int, [pointer]),
        "ring_buffer__free": (None, [pointer]),
        "bpf_obj_get": (ctypes.c_int, [text]),
        "bpf_obj_get_info_by_fd": (ctypes.c_int, [ctypes.c_int, pointer, ctypes.POINTER(ctypes.c_uint32)]),
        "bpf_prog_get_fd_by_id": (ctypes.c_int, [ctypes.c_uint32]),
        "bpf_enable_stats": (ctypes.c_int, [ctypes.c_int]),
        "bpf_link_update": (ctypes.c_int, [ctypes.c_int, ctypes.c_int, pointer]),
        "libbpf_set_print": (pointer, [_PRINT]),
    }
    for function, (result, arguments) in signatures.items():
        getattr(lib, function).restype = result
        getattr(lib, function).argtypes = arguments
    return lib


class _Log:
    """Keeps what libbpf prints: a refused load shows the verifier's words instead of flooding the terminal.

    There is one for as long as the process lives: libbpf calls back from whatever it does, be it for no object.
    """

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=200)
        formatter = ctypes.CDLL(None).vsnprintf
        formatter.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_void_p]

        def keep(level: int, form: bytes, arguments: int) -> int:
            if level <= 1:  # LIBBPF_WARN, LIBBPF_INFO
                buffer = ctypes.create_string_buffer(1 << 16)
                formatter(buffer, len(buffer), form, arguments)
                self.lines.append(buffer.value.decode(errors="replace").rstrip())
            return 0

        self.callback = _PRINT(keep)
        library().libbpf_set_print(self.callback)

    def tail(self, count: int = 15) -> str:
        return "\n".join("\n".join(self.lines).splitlines()[-count:])


@cache
def _log() -> _Log:
    return _Log()


def _pointer(value: int | None, what: str) -> int:
    if not value:
        code = ctypes.get_errno()
        raise BpfError(code, f"{what}: {os.strerror(code)}")
    return value


def _done(code: int, what: str) -> int:
    if code < 0:
        raise BpfError(-code, f"{what}: {os.strerror(-code)}")
    return code


class Map:
    """A map of a loaded object; keys and values are bytes of the map's own sizes (``structs.py`` packs them)."""

    def __init__(self, name: str, fd: int, key_size: int, value_size: int) -> None:
        self.name = name
        self.fd = fd
        self.key_size = key_size
        self.value_size = value_size

    @classmethod
    def pinned(cls, pin: Path, key_size: int, value_size: int) -> Map:
        """A map that another process has pinned; it stays open as long as this process lives. Raises BpfError."""
        fd = _done(library().bpf_obj_get(os.fsencode(pin)), f"open the map {pin}")
        return cls(pin.name, fd, key_size, value_size)

    def update(self, key: bytes, value: bytes) -> None:
        """bpf_map_update_elem with BPF_ANY. Raises :class:`BpfError` (E2BIG or ENOSPC: the map is full)."""
        if len(value) != self.value_size:
            raise ValueError(f"map {self.name}: a value of {len(value)} bytes, not {self.value_size}")
        code = library().bpf_map_update_elem(self.fd, self._key(key), value, BPF_ANY)
        _done(code, f"map {self.name}: update")

    def lookup(self, key: bytes) -> bytes | None:
        """None when there is no such key."""
        value = ctypes.create_string_buffer(self.value_size)
        code = library().bpf_map_lookup_elem(self.fd, self._key(key), value)
        return value.raw if self._found(code, "lookup") else None

    def delete(self, key: bytes) -> bool:
        """False when there was no such key."""
        return self._found(library().bpf_map_delete_elem(self.fd, self._key(key)), "delete")

    def all_keys(self) -> list[bytes]:
        """All keys, read to the end before one is given out: a deletion during the walk would restart it."""
        found: list[bytes] = []
        before: bytes | None = None
        after = ctypes.create_string_buffer(self.key_size)
        while self._found(library().bpf_map_get_next_key(self.fd, before, after), "next key"):
            before = after.raw
            found.append(before)
        return found

    def _found(self, code: int, what: str) -> bool:
        return code != -errno.ENOENT and _done(code, f"map {self.name}: {what}") == 0

    def _key(self, key: bytes) -> bytes:
        if len(key) != self.key_size:
            raise ValueError(f"map {self.name}: a key of {len(key)} bytes, not {self.key_size}")
        return key


class RingBuffer:
    """The reading end of a BPF_MAP_TYPE_RINGBUF; one reader per map."""

    def __init__(self, source: Map) -> None:
        self._records: list[bytes] = []

        def keep(_context: int, data: int, size: int) -> int:
            self._records.append(ctypes.string_at(data, size))
            return 0

        self._callback = _SAMPLE(keep)
        made = library().ring_buffer__new(source.fd, self._callback, None, None)
        self._handle = _pointer(made, f"map {source.name}: read")
        self.fd: int = library().ring_buffer__epoll_fd(self._handle)
        """Readable when there are records."""

    def read(self) -> list[bytes]:
        """All records that are there, the oldest first; does not wait."""
        _done(library().ring_buffer__consume(self._handle), "ring buffer: read")
        read, self._records[:] = list(self._records), []
        return read

    def close(self) -> None:
        library().ring_buffer__free(self._handle)


class Object:
    """An opened object file; :meth:`load` puts it into the kernel, :meth:`close` lets go of what is not pinned."""

    def __init__(self, path: Path) -> None:
        _log().lines.clear()
        opened = library().bpf_object__open_file(os.fsencode(path), None)
        self._handle = _pointer(opened, f"open {path.name}")

    def set_constants(self, values: bytes) -> None:
        """Writes the start of .rodata: before the load only."""
        for pointer, name in self._maps():
            if name.endswith(".rodata"):
                size = ctypes.c_size_t()
                start = _pointer(library().bpf_map__initial_value(pointer, ctypes.byref(size)), ".rodata")
                if len(values) > size.value:
                    raise BpfError(0, ".rodata is smaller than the constants")
                ctypes.memmove(start, values, len(values))
                return
        raise BpfError(0, "the object has no constants")

    def load(self) -> None:
        """Raises :class:`BpfError` with the last lines of the verifier's log."""
        code = library().bpf_object__load(self._handle)
        if code < 0:
            raise BpfError(-code, f"the kernel refused the programs: {os.strerror(-code)}\n{_log().tail()}")

    def _maps(self) -> Iterator[tuple[int, str]]:
        pointer = library().bpf_object__next_map(self._handle, None)
        while pointer:
            yield pointer, library().bpf_map__name(pointer).decode()
            pointer = library().bpf_object__next_map(self._handle, pointer)

    def _programs(self) -> dict[str, int]:
        found = {}
        pointer = library().bpf_object__next_program(self._handle, None)
        while pointer:
            found[library().bpf_program__name(pointer).decode()] = pointer
            pointer = library().bpf_object__next_program(self._handle, pointer)
        return found

    def maps(self) -> dict[str, Map]:
        lib = library()
        return {
            name: Map(
                name,
                lib.bpf_map__fd(pointer),
                lib.bpf_map__key_size(pointer),
                lib.bpf_map__value_size(pointer),
            )
            for pointer, name in self._maps()
        }

    @property
    def program_names(self) -> tuple[str, ...]:
        return tuple(self._programs())

    def program_fd(self, name: str) -> int:
        return _done(library().bpf_program__fd(self._programs()[name]), f"program {name}")

    def share_maps(self, directory: Path) -> None:
        """Before the load: every map except constants is the one pinned in ``directory``, or will be pinned there."""
        for pointer, name in self._maps():
            if "." not in name:
                code = library().bpf_map__set_pin_path(pointer, os.fsencode(directory / name))
                _done(code, f"pin map {name}")

    def attach_everywhere(self, program: str, pin: Path) -> None:
        """A link to the hook that the program's section names (LSM, tracing), for the whole machine; pinned."""
        link = _pointer(library().bpf_program__attach(self._programs()[program]), f"attach {program}")
        self._pin_link(link, program, pin)

    def leave_out(self, program: str) -> None:
        """The program is not loaded; before the load only."""
        _done(library().bpf_program__set_autoload(self._programs()[program], False), f"leave out {program}")

    def set_hook(self, program: str, kind: int, hook: int) -> None:
        """What a section's name says to a libbpf that knows it (enum bpf_prog_type and bpf_attach_type); before the
        load only."""
        pointer = self._programs()[program]
        _done(library().bpf_program__set_type(pointer, kind), f"type of {program}")
        _done(library().bpf_program__set_expected_attach_type(pointer, hook), f"hook of {program}")

    def attach_cgroup(self, program: str, cgroup: Path, pin: Path) -> None:
        """A cgroup link (BPF_F_ALLOW_MULTI), pinned: it outlives this process and ends with the pin or the cgroup."""
        fd = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._attach(library().bpf_program__attach_cgroup, program, fd, pin)
        finally:
            os.close(fd)

    def attach_netns(self, program: str, netns: Path, pin: Path) -> None:
        """A network namespace link (sk_lookup, flow_dissector), pinned."""
        fd = os.open(netns, os.O_RDONLY)
        try:
            self._attach(library().bpf_program__attach_netns, program, fd, pin)
        finally:
            os.close(fd)

    def attach_sockets(self, program: str, name: str) -> None:
        """An sk_msg program on a SOCKHASH or SOCKMAP: it runs for what sockets in it send while the map lives.

        Replaces another one in one step.
        """
        fd = self.maps()[name].fd
        code = library().bpf_prog_attach(self.program_fd(program), fd, _BPF_SK_MSG_VERDICT, 0)
        _done(code, f"attach {program} to {name}")

    def _attach(self, attach: Callable[[int, int], int], program: str, fd: int, pin: Path) -> None:
        self._pin_link(_pointer(attach(self._programs()[program], fd), f"attach {program}"), program, pin)

    def _pin_link(self, link: int, program: str, pin: Path) -> None:
        try:
            _done(library().bpf_link__pin(link, os.fsencode(pin)), f"pin the link of {program}")
        finally:
            library().bpf_link__destroy(link)

    def close(self) -> None:
        library().bpf_object__close(self._handle)
