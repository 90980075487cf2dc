# SPDX-License-Identifier: Apache-2.0
"""How long a change takes until a request through a real Envoy feels it."""
