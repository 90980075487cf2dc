# SPDX-License-Identifier: Apache-2.0
"""What every file here may ask for."""

from tests.mesh_fixtures import friend, other

__all__ = ["friend", "other"]
