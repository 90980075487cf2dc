# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
"""The proto package envoy.extensions.resource_monitors.downstream_connections.v3."""

from envoy_api._messages import load

globals().update(load("envoy.extensions.resource_monitors.downstream_connections.v3"))
