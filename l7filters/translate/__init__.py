# SPDX-License-Identifier: Apache-2.0
"""Translation: model in, Envoy messages out. Pure: equal input gives equal bytes."""

from l7filters.translate.runtime import RUNTIME_LAYER, runtime_layer
from l7filters.translate.workload import Resources, Translation, translate_workload

__all__ = ["RUNTIME_LAYER", "Resources", "Translation", "runtime_layer", "translate_workload"]
