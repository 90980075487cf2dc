# SPDX-License-Identifier: Apache-2.0
"""Ways to get a packet to another pod without being steered: a JSON list [WAY, TARGET] per line of standard input,
{"saw": what the caller saw} back.

TARGET has ipv4, ipv6 and port of the other pod, and friend_ipv4 and friend_ipv6 of a third one. `saw` is the errno's
name, `sent`, `timed out` (before there was a connection), `answered`, or `no answer` on a connection that there is.
The ways are in `around`. A program of its own: Python 3.11 and its standard library are all it needs.
"""

import json
import sys

from around.target import Target
from around.ways import attempt

if __name__ == "__main__":
    for line in sys.stdin:
        way, target = json.loads(line)
        print(json.dumps({"saw": attempt(way, Target(**target))}), flush=True)
