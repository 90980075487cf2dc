# SPDX-License-Identifier: Apache-2.0
"""Riftgate's own part of every sidecar's Envoy: libriftgate.so, which Envoy loads when a listener names it.

Its sources are in envoy/filter/src; script/build-filter makes it for each machine that Envoys run on.
"""

import platform
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

MODULE = Path(str(resources.files("riftgate"))) / "envoy_modules" / platform.machine() / "libriftgate.so"
SEARCH_PATH: Mapping[str, str] = {"ENVOY_DYNAMIC_MODULES_SEARCH_PATH": str(MODULE.parent)}
"""Environment of an Envoy that finds it there."""
