# SPDX-License-Identifier: Apache-2.0
"""What the sidecar asks the fault server, and how: two ext_proc filters that run on the routes of faults alone.

    draw     on the route before those of faults with `which`: who of them hits this request? The answer comes as a
             header, and the route is chosen anew
    effects  on the route of a fault: changes bodies, breaks off

All that the server has to know travels with each stream, as gRPC metadata of the route: it has no state but its
counts, and needs nobody to tell it that a fault has ended. When it does not answer, the request goes on unharmed.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from pydantic import TypeAdapter

from envoy_api import pack
from envoy_api.config.core.v3 import GrpcService, HeaderValue
from envoy_api.config.route.v3 import Route
from envoy_api.extensions.filters.http.ext_proc.v3 import (
    ExternalProcessor,
    ExtProcOverrides,
    ExtProcPerRoute,
    MetadataOptions,
    ProcessingMode,
)
from l7filters.faults import Body, CombinedEffects, Effect, Fault, Reset, Side, Which, by_server
from l7filters.translate.headers import CUTS_NAMESPACE, EFFECTS_NAMESPACE

FAULT_CLUSTER = "riftgate-faults"
"""The cluster of the fault server; the bootstrap defines it."""
EFFECT_KEY = "riftgate-effect-"
"""gRPC metadata, with a number behind it: a fault's id and one of its effects, as JSON, in the order in which they
apply."""
DRAW_KEY = "riftgate-draw-"
"""gRPC metadata, with a number behind it: a fault's id, activation, share and `which`, as JSON."""

MESSAGE_TIMEOUT = timedelta(seconds=5)
"""For an answer of the fault server. Then the request goes on as if there were no fault."""

_EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect)
_WHICH: TypeAdapter[Which] = TypeAdapter(Which)


def processor() -> ExternalProcessor:
    """The filter, which does nothing until a route tells it what."""
    return ExternalProcessor(
        grpc_service=_service(),
        failure_mode_allow=True,
        message_timeout=MESSAGE_TIMEOUT,
        processing_mode=_mode(request_header=False),
        allow_mode_override=True,
        metadata_options=MetadataOptions(
            receiving_namespaces=MetadataOptions.MetadataNamespaces(untyped=[EFFECTS_NAMESPACE, CUTS_NAMESPACE])
        ),
    )


def ask_for_effects(route: Route, filter_name: str, effects: CombinedEffects) -> None:
    """Has the fault server do what Envoy cannot, if there is such."""
    parts = [(fault, effect) for fault, effect in effects.parts if by_server(effect)]
    if parts:
        entries = [effect_to_json(fault.id, effect) for fault, effect in parts]
        _override(route, filter_name, effects_mode([effect for _, effect in parts]), EFFECT_KEY, entries)


def effects_mode(effects: Sequence[Effect]) -> ProcessingMode:
    """Which parts of request and response the fault server must see."""
    bodies = {side: [each for each in effects if isinstance(each, Body) and each.of is side] for side in Side}
    breaks = any(isinstance(each, Reset) for each in effects)
    return _mode(
        # Not for a response that breaks off: its head must be on its way before the stream can be reset.
        response_header=bool(bodies[Side.RESPONSE]),
        request_body=_body_mode(bodies[Side.REQUEST]),
        response_body=_body_mode(bodies[Side.RESPONSE], breaks),
    )


def ask_who_is_hit(route: Route, filter_name: str, faults: Iterable[Fault]) -> None:
    """Has the fault server draw the faults with `which`."""
    found = tuple(faults)
    held = any(fault.which is not None and fault.which.at_once is not None for fault in found)
    _override(route, filter_name, _mode(response_header=held), DRAW_KEY, map(draw_to_json, found))


def effect_to_json(fault_id: str, effect: Effect) -> str:
    return json.dumps({"fault": fault_id, "effect": _EFFECT.dump_python(effect, mode="json")})


def effect_from_json(text: str) -> tuple[str, Effect]:
    """Raises ValueError (pydantic's is one) or KeyError on anything else."""
    plain = json.loads(text)
    return str(plain["fault"]), _EFFECT.validate_python(plain["effect"])


def draw_to_json(fault: Fault) -> str:
    which = _WHICH.dump_python(fault.which or Which(every=1), mode="json")
    return json.dumps(
        {"fault": fault.id, "activation": fault.activation, "parts": fault.parts_per_million, "which": which}
    )


def draw_from_json(text: str) -> tuple[str, int, int, Which]:
    """Fault, activation, parts per million, which. Raises ValueError or KeyError on anything else."""
    plain = json.loads(text)
    which = _WHICH.validate_python(plain["which"])
    return str(plain["fault"]), int(plain["activation"]), int(plain["parts"]), which


def _override(route: Route, filter_name: str, mode: ProcessingMode, key: str, entries: Iterable[str]) -> None:
    # Of two entries with one key Envoy sends the last, and a lone percent sign is the beginning of a command to it.
    metadata = [
        HeaderValue(key=f"{key}{number}", value=entry.replace("%", "%%")) for number, entry in enumerate(entries)
    ]
    overrides = ExtProcOverrides(processing_mode=mode, grpc_initial_metadata=metadata)
    route.typed_per_filter_config[filter_name].CopyFrom(pack(ExtProcPerRoute(overrides=overrides)))


def _body_mode(edits: Sequence[Body], breaks: bool = False) -> ProcessingMode.BodySendMode:
    modes = ProcessingMode.BodySendMode
    if any(edit.whole for edit in edits):
        # Unlike BUFFERED, what is larger than the buffer is passed on as it is, and no request fails.
        return modes.BUFFERED_PARTIAL
    return modes.STREAMED if edits or breaks else modes.NONE


def _mode(
    *,
    request_header: bool = True,
    response_header: bool = False,
    request_body: ProcessingMode.BodySendMode = ProcessingMode.BodySendMode.NONE,
    response_body: ProcessingMode.BodySendMode = ProcessingMode.BodySendMode.NONE,
) -> ProcessingMode:
    send, skip = ProcessingMode.HeaderSendMode.SEND, ProcessingMode.HeaderSendMode.SKIP
    return ProcessingMode(
        request_header_mode=send if request_header else skip,
        response_header_mode=send if response_header else skip,
        request_body_mode=request_body,
        response_body_mode=response_body,
        request_trailer_mode=skip,
        response_trailer_mode=skip,
    )


def _service() -> GrpcService:
    return GrpcService(envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=FAULT_CLUSTER))
