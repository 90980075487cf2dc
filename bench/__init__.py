# SPDX-License-Identifier: Apache-2.0
"""Measurements: each folder is one of the names that `script/bench` takes."""
