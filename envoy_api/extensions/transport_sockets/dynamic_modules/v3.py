# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
"""The proto package envoy.extensions.transport_sockets.dynamic_modules.v3."""

from envoy_api._messages import load

globals().update(load("envoy.extensions.transport_sockets.dynamic_modules.v3"))
