# SPDX-License-Identifier: Apache-2.0
"""The hub of flow records."""

from __future__ import annotations

from typing import TypeAlias

from .flow import FlowRecord
from .hub import Hub, Subscription

FlowHub: TypeAlias = Hub[FlowRecord]
FlowSubscription: TypeAlias = Subscription[FlowRecord]
