# SPDX-License-Identifier: Apache-2.0
"""What authorization and access logs cost a request, and how much of either one control server takes."""
