# SPDX-License-Identifier: Apache-2.0
"""What the agent's process imports: it is on every machine, so nothing that is for others or for a moment only."""

import json
import subprocess
import sys

# For the control server, for planning (a process of its own), or for nobody here.
TOO_MUCH = {
    "_hashlib",
    "_ssl",
    "envoy_api",
    "google.protobuf",
    "l7filters.schema",
    "l7filters.translate",
    "prometheus_client",
    "pyroute2.ndb",
    "re2",
    "riftgate.local.manifests",
    "scenarios",
    "sqlite3",
    "yaml",
}
PROGRAM = """
import json, sys
from riftgate.cli import main
from riftgate.cli import processes
from riftgate.local import lean
lean.import_libraries()
import riftgate.local.agent
json.dump(sorted(sys.modules), sys.stdout)
"""


def imported() -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_agent_imports_nothing_that_it_does_not_use() -> None:
    modules = imported()
    assert {"riftgate.local.agent", "pyroute2.iproute", "aiohttp.web"} <= modules
    assert modules & TOO_MUCH == set()


def test_what_is_left_out_of_a_package_is_missed_by_nobody() -> None:
    """Both ways to it lead to the same; OpenSSL is there for who asks for it afterwards."""
    program = "from riftgate.local import lean; lean.import_libraries(); import pyroute2, pyroute2.iproute as part; "
    program += "assert pyroute2.IPRoute is part.IPRoute; from pyroute2 import IPRoute; IPRoute().close(); "
    program += "from pyroute2.netlink.rtnl import probe_msg; probe_msg.ssl.create_default_context(); "
    program += "import ssl; assert probe_msg.ssl.SSLContext is ssl.SSLContext; "
    program += (
        "import hashlib, hmac; assert hmac.digest(b'', b'', 'sha256'); assert hashlib.sha256(b'a').digest()[0] == 0xca"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
