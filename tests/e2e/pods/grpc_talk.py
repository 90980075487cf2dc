# SPDX-License-Identifier: Apache-2.0
"""gRPC's own server and client, for tests of what stands between them. Run in the network that is meant.

serve ADDRESS   /test.Echo/Unary gives back what it gets, /test.Echo/Stream gives it back three times; says `ready`
ask ADDRESS     one call of each; one line of JSON: per method the messages that came and the status's name and details
"""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc


def unary(request: bytes, _context: Any) -> bytes:
    return request


def stream(request: bytes, _context: Any) -> Iterator[bytes]:
    yield from [request] * 3


def serve(address: str) -> None:
    server = grpc.server(ThreadPoolExecutor(4))
    methods = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Stream": grpc.unary_stream_rpc_method_handler(stream),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", methods),))
    server.add_insecure_port(address)
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


def ask(address: str) -> None:
    told = {}
    with grpc.insecure_channel(address, options=[("grpc.enable_retries", 0)]) as channel:
        for name, method in (
            ("Unary", channel.unary_unary("/test.Echo/Unary")),
            ("Stream", channel.unary_stream("/test.Echo/Stream")),
        ):
            messages: list[str] = []
            try:
                answer = method(b"ship", timeout=20, wait_for_ready=True)
                messages.extend(each.decode() for each in ([answer] if isinstance(answer, bytes) else answer))
                told[name] = {"messages": messages, "status": "OK", "details": ""}
            except grpc.RpcError as error:
                told[name] = {"messages": messages, "status": error.code().name, "details": error.details()}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    {"serve": serve, "ask": ask}[sys.argv[1]](sys.argv[2])
