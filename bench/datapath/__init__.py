# SPDX-License-Identifier: Apache-2.0
"""What steering costs: Riftgate beside no proxy, an explicit proxy, and iptables REDIRECT."""
