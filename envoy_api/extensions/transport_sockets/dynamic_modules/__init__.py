# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
