# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
"""The proto package google.api.expr.v1alpha1."""

from envoy_api._messages import load

globals().update(load("google.api.expr.v1alpha1"))
