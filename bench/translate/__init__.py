# SPDX-License-Identifier: Apache-2.0
"""Translation by itself: what a policy or a label costs, and how that grows."""
