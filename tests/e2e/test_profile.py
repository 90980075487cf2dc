# SPDX-License-Identifier: Apache-2.0
"""`riftgate profile` on a machine that cannot: what it says is missing, and its exit code. Needs root. What it records
is tested where there are headers (tests/kernels)."""

import subprocess
import sys

PROFILE = (sys.executable, "-m", "riftgate", "profile", "nobody", "--for", "1s")
# Neither the distribution's modules nor any kernel's headers; where the latter cannot be hidden they are not there.
HIDE = """
mount -t tmpfs none /usr/lib/python3/dist-packages
[ ! -d /lib/modules ] || mount -t tmpfs none /lib/modules
exec "$@"
"""


def test_it_names_the_packages_that_bring_what_is_missing() -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", HIDE, "sh", *PROFILE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert "there is no bcc for Python: apt-get install -y python3-bpfcc" in done.stderr.splitlines()
