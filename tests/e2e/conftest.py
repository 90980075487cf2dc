# SPDX-License-Identifier: Apache-2.0
"""What every file here may ask for."""

from tests.box import box
from tests.connection_laboratory import lab, shared_lab
from tests.mesh_fixtures import friend, guest, mesh, other, rebel

__all__ = ["box", "friend", "guest", "lab", "mesh", "other", "rebel", "shared_lab"]
