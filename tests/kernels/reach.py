# SPDX-License-Identifier: Apache-2.0
"""What an app tries in order to get out of its pod by other means than the network. Each line of standard input is a
JSON list, the verb and its arguments; each answer is a JSON object: `{}` where it worked, `error` where it did not.

A program of its own: Python 3.11 and its standard library are all it needs.
"""

import ctypes
import errno
import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLONE_NEWNET = 0x40000000
IPPROTO_SCTP = 132
VMADDR_CID_LOCAL = 1
SYS_BPF = {"x86_64": 321, "aarch64": 280}
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
SECONDS = 20.0

Answer = dict[str, Any]
libc = ctypes.CDLL(None, use_errno=True)
listeners: dict[str, socket.socket] = {}
received: list[int] = []


def checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def packet(interface: str, text: str) -> Answer:
    """A frame on the link, from a packet socket."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind((interface, 0x88B5))
        sender.send(b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + text.encode().ljust(60, b"\0"))
    return {}


def vsock(port: int, text: str) -> Answer:
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as connection:
        connection.settimeout(SECONDS)
        connection.connect((VMADDR_CID_LOCAL, port))
        connection.sendall(text.encode())
    return {}


def stream(path: str, text: str) -> Answer:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SECONDS)
        connection.connect(path)
        connection.sendall(text.encode())
    return {}


def datagram(path: str, text: str) -> Answer:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), path)
    return {}


def connected_datagram(path: str, text: str) -> Answer:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(path)
        sender.send(text.encode())
    return {}


def listen(name: str, path: str) -> Answer:
    """Where somebody may hand over descriptors."""
    listeners[name] = socket.socket(socket.AF_UNIX)
    listeners[name].bind(path)
    listeners[name].listen()
    listeners[name].settimeout(SECONDS)
    return {}


def take(name: str) -> Answer:
    """Descriptors from who connects there, how many; they stay open, the last ones of each call."""
    while received:
        os.close(received.pop())
    connection, _ = listeners[name].accept()
    with connection:
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 4)
    received.extend(descriptors)
    return {"taken": len(descriptors)}


def speak(text: str) -> Answer:
    """On the socket that was taken."""
    with socket.socket(fileno=os.dup(received[0])) as connection:
        connection.sendall(text.encode())
    return {}


def enter() -> Answer:
    """The network namespace that was taken; a child does it, and says which interfaces it sees."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            checked(libc.setns(received[0], CLONE_NEWNET))
            os.write(writer, json.dumps({"interfaces": [name for _, name in socket.if_nameindex()]}).encode())
        except OSError as error:
            os.write(writer, json.dumps({"error": errno.errorcode[error.errno or 0]}).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    found: Answer = json.loads(os.read(reader, 65536))
    os.close(reader)
    return found


def write_below(name: str, text: str) -> Answer:
    """Into a file of the folder that was taken."""
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=received[0])
    os.write(file, text.encode())
    os.close(file)
    return {}


def write_taken(text: str) -> Answer:
    os.write(received[0], text.encode())
    return {}


def steal(number: int, text: str) -> Answer:
    """A descriptor of the process that was taken as a pidfd, and a word on it."""
    stolen = checked(libc.syscall(SYS_PIDFD_GETFD, received[0], number, 0))
    with socket.socket(fileno=stolen) as connection:
        connection.sendall(text.encode())
    return {}


def open_file(path: str) -> Answer:
    os.close(os.open(path, os.O_RDONLY))
    return {}


def mount(kind: str, folder: str, make: str) -> Answer:
    """A file system of the kernel, and a folder in it."""
    Path(folder).mkdir(exist_ok=True)
    checked(libc.mount(kind.encode(), folder.encode(), kind.encode(), 0, None))
    (Path(folder) / make).mkdir()
    return {}


def bpf_map() -> Answer:
    """BPF_MAP_CREATE: an array of one word."""
    wanted = (ctypes.c_uint32 * 16)(2, 4, 4, 1)
    os.close(checked(libc.syscall(SYS_BPF[platform.machine()], 0, wanted, ctypes.sizeof(wanted))))
    return {}


def own_sockets(path: str) -> Answer:
    """What an app does within its pod: unix sockets of both kinds, pairs, TCP over lo, descriptors handed on."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(path)
        listener.listen()
        client.connect(path)
        server, _ = listener.accept()
        client.sendall(b"stream")
        assert server.recv(6) == b"stream"
        with socket.create_server(("127.0.0.1", 0)) as tcp, socket.create_connection(tcp.getsockname()) as connection:
            accepted, _ = tcp.accept()
            handed = (connection.fileno(), accepted.fileno(), server.fileno(), listener.fileno(), os.pidfd_open(1))
            socket.send_fds(client, [b"x"], handed)
            _, taken, _, _ = socket.recv_fds(server, 1, 8)
            assert len(taken) == len(handed)
            with socket.socket(fileno=taken[0]) as own:
                own.sendall(b"handed")
            assert accepted.recv(6) == b"handed"
            accepted.close()
            for descriptor in (*taken[1:], handed[-1]):
                os.close(descriptor)
        server.close()
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        left.send(b"pair")
        assert right.recv(4) == b"pair"
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0):
        pass
    return {}


def serve(host: str, port: int) -> Answer:
    listeners["served"] = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    listeners["served"].settimeout(SECONDS)
    return {}


def reply() -> Answer:
    """One caller is heard and given its words back."""
    connection, _ = listeners["served"].accept()
    with connection:
        words = connection.recv(64)
        connection.sendall(words)
    return {"words": words.decode()}


def call(host: str, port: int, words: str, seconds: float | None) -> Answer:
    """What comes back, and whom the kernel calls the peer."""
    with socket.create_connection((host, port), timeout=seconds) as connection:
        connection.sendall(words.encode())
        back = b""
        while len(back) < len(words.encode()) and (chunk := connection.recv(64)):
            back += chunk
        return {"back": back.decode(), "peer": list(connection.getpeername()[:2])}


def serve_sctp(host: str, port: int) -> Answer:
    """As `serve`, over SCTP."""
    if "served" in listeners:
        listeners.pop("served").close()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listeners["served"] = listener = socket.socket(family, socket.SOCK_STREAM, IPPROTO_SCTP)
    listener.bind((host, port))
    listener.listen()
    listener.settimeout(SECONDS)
    return {}


def open_sctp(host: str, port: int, seconds: float) -> Answer:
    """An association that stays, until the next one."""
    if "opened" in listeners:
        listeners.pop("opened").close()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listeners["opened"] = connection = socket.socket(family, socket.SOCK_STREAM, IPPROTO_SCTP)
    connection.settimeout(seconds)
    connection.connect((host, port))
    return {}


def say_sctp(words: str, seconds: float) -> Answer:
    listeners["opened"].sendall(words.encode())
    return hear_sctp(len(words.encode()), seconds)


def hear_sctp(size: int, seconds: float) -> Answer:
    connection, back = listeners["opened"], b""
    connection.settimeout(seconds)
    while len(back) < size and (chunk := connection.recv(64)):
        back += chunk
    return {"back": back.decode()}


def call_sctp(host: str, port: int, words: str, seconds: float) -> Answer:
    """As `call`, over SCTP."""
    open_sctp(host, port, seconds)
    return {**say_sctp(words, seconds), "peer": list(listeners["opened"].getpeername()[:2])}


def run(*argv: str) -> Answer:
    return {"code": subprocess.run(argv, check=False).returncode}


VERBS: dict[str, Callable[..., Answer]] = {
    "packet": packet,
    "vsock": vsock,
    "stream": stream,
    "datagram": datagram,
    "connected-datagram": connected_datagram,
    "listen": listen,
    "take": take,
    "speak": speak,
    "enter": enter,
    "write-below": write_below,
    "write-taken": write_taken,
    "steal": steal,
    "open": open_file,
    "mount": mount,
    "bpf-map": bpf_map,
    "own-sockets": own_sockets,
    "run": run,
    "serve": serve,
    "reply": reply,
    "call": call,
    "serve-sctp": serve_sctp,
    "open-sctp": open_sctp,
    "say-sctp": say_sctp,
    "hear-sctp": hear_sctp,
    "call-sctp": call_sctp,
}

if __name__ == "__main__":
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        try:
            answer = VERBS[verb](*arguments)
        except TimeoutError:
            answer = {"error": "timed out"}
        except OSError as error:
            answer = {"error": errno.errorcode.get(error.errno or 0, str(error))}
        print(json.dumps(answer), flush=True)
