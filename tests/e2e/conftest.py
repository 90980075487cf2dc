# SPDX-License-Identifier: Apache-2.0
"""What every file here may ask for."""

from tests.mesh_fixtures import friend, guest, mesh, other, rebel

__all__ = ["friend", "guest", "mesh", "other", "rebel"]
