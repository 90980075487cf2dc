# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
"""The proto package envoy.extensions.dynamic_modules.v3."""

from envoy_api._messages import load

globals().update(load("envoy.extensions.dynamic_modules.v3"))
