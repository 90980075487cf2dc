# SPDX-License-Identifier: Apache-2.0
"""The hub of flow records, and of what their readers should know besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .flow import FlowRecord
from .hub import Hub, Subscription


@dataclass(frozen=True, slots=True)
class Note:
    """Something that flow records do not tell, in words: such as that the fault server has died."""

    text: str


FlowHub: TypeAlias = Hub[FlowRecord | Note]
FlowSubscription: TypeAlias = Subscription[FlowRecord | Note]
