# SPDX-License-Identifier: Apache-2.0
"""What containers execute, fork and connect to, recorded with bcc."""
