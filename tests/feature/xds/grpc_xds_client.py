# SPDX-License-Identifier: Apache-2.0
"""gRPC's own xDS client, in a process of its own: it reads its bootstrap from the environment, once.

For each line on standard input it calls the service of that target once, and prints the answer, or how the call failed.
"""

import sys

import grpc

METHOD = "/test.Who/Are"


def main() -> None:
    with grpc.insecure_channel(sys.argv[1]) as channel:
        ask = channel.unary_unary(METHOD)
        for _ in sys.stdin:
            try:
                answer = ask(b"", wait_for_ready=True, timeout=20).decode()
            except grpc.RpcError as error:
                answer = f"{error.code().name}: {error.details()}"
            print(answer, flush=True)


if __name__ == "__main__":
    main()
