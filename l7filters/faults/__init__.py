# SPDX-License-Identifier: Apache-2.0
"""Faults on requests: `fault.py` has the model, `effect.py` every effect, `combine.py` what several do together."""

from l7filters.faults.abort import Abort
from l7filters.faults.body import Body, Edit, Side
from l7filters.faults.combine import CombinedEffects, combine_effects
from l7filters.faults.concurrency import ConcurrencyLimit
from l7filters.faults.delay import MAX_DELAY_MILLISECONDS, PARAMETERS, Before, Delay, Family, RandomDelay
from l7filters.faults.effect import Effect, answers, by_server, cuts, waits
from l7filters.faults.elsewhere import Mirror, Redirect
from l7filters.faults.fault import ALL_REQUESTS, Fault, FaultTarget, HttpMatch, Inject, check_name
from l7filters.faults.headers import HeaderEdits, Headers
from l7filters.faults.outside import Outside, parse_outside
from l7filters.faults.overlap import (
    MAX_OVERLAPPING_FAULTS,
    crowded,
    may_overlap,
    overlapping,
    too_many_overlapping,
)
from l7filters.faults.reach import Aimed, carries, faults_of, is_target, leads_to, sources, targets
from l7filters.faults.request import PathRewrite, RewriteRequest
from l7filters.faults.reset import Reset
from l7filters.faults.response import ResponseRate, RewriteStatus
from l7filters.faults.which import Which

__all__ = [
    "ALL_REQUESTS",
    "MAX_DELAY_MILLISECONDS",
    "MAX_OVERLAPPING_FAULTS",
    "PARAMETERS",
    "Abort",
    "Aimed",
    "Before",
    "Body",
    "CombinedEffects",
    "ConcurrencyLimit",
    "Delay",
    "Edit",
    "Effect",
    "Family",
    "Fault",
    "FaultTarget",
    "HeaderEdits",
    "Headers",
    "HttpMatch",
    "Inject",
    "Mirror",
    "Outside",
    "PathRewrite",
    "RandomDelay",
    "Redirect",
    "Reset",
    "ResponseRate",
    "RewriteRequest",
    "RewriteStatus",
    "Side",
    "Which",
    "answers",
    "by_server",
    "carries",
    "check_name",
    "combine_effects",
    "crowded",
    "cuts",
    "faults_of",
    "is_target",
    "leads_to",
    "may_overlap",
    "overlapping",
    "parse_outside",
    "sources",
    "targets",
    "too_many_overlapping",
    "waits",
]
