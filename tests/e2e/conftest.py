# SPDX-License-Identifier: Apache-2.0
"""What every file here may ask for."""

from tests.box import box
from tests.loaded_datapath import datapath
from tests.mesh_fixtures import events, flows, folder, friend, guest, mesh, no_policies, other, rebel

__all__ = [
    "box",
    "datapath",
    "events",
    "flows",
    "folder",
    "friend",
    "guest",
    "mesh",
    "no_policies",
    "other",
    "rebel",
]
