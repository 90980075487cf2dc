# SPDX-License-Identifier: Apache-2.0
"""Riftgate's own filters inside Envoy: libriftgate.so, whose sources are in envoy/filter."""

from envoy_api.extensions.dynamic_modules.v3 import DynamicModuleConfig

_NAME = "riftgate"
"""Envoy looks for lib<name>.so in the folder that its environment names (ENVOY_DYNAMIC_MODULES_SEARCH_PATH)."""


def envoy_module() -> DynamicModuleConfig:
    """For a filter that is the module's."""
    # It has a thread of its own, which must not lose its code when the last listener that names it goes.
    return DynamicModuleConfig(name=_NAME, do_not_close=True)
