# SPDX-License-Identifier: Apache-2.0
"""The client of `sink`, in a process of its own: python -m bench.authz.stream SOCKET SECONDS"""

import asyncio
import sys

from bench.authz.sink import stream

if __name__ == "__main__":
    print(asyncio.run(stream(sys.argv[1], float(sys.argv[2]))))
