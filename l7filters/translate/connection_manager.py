# SPDX-License-Identifier: Apache-2.0
"""The HTTP connection managers. They are transparent: what the other end sent is what an app sees, save what
is said here; and they are the same for every port, so that nothing about policy or faults ever changes
them."""

from datetime import timedelta

from google.protobuf.wrappers_pb2 import BoolValue, UInt32Value

from envoy_api import pack
from envoy_api.config.accesslog.v3 import AccessLogFilter, ExtensionFilter
from envoy_api.config.core.v3 import (
    DataSource,
    Http1ProtocolOptions,
    SubstitutionFormatString,
)
from envoy_api.config.listener.v3 import Filter
from envoy_api.extensions.access_loggers.filters.cel.v3 import ExpressionFilter
from envoy_api.extensions.filters.network.http_connection_manager.v3 import (
    HttpConnectionManager,
    LocalReplyConfig,
    Rds,
    RequestIDExtension,
    ResponseMapper,
)
from envoy_api.extensions.request_id.uuid.v3 import UuidRequestIdConfig
from l7filters.translate.access_log import Direction, http_access_log
from l7filters.translate.clusters import ads_source
from l7filters.translate.filter_order import (
    INBOUND_FILTERS,
    OUTBOUND_FILTERS,
    RBAC_FILTER,
    SERVER_PREFIX,
    http_filters,
)
from l7filters.translate.headers import (
    DENIED,
    VERDICT_HEADER,
    inbound_early_mutation,
    outbound_early_mutation,
    overwrite,
)
from l7filters.world import EscapedSlashes

DENIED_BODY = "Access denied"
"""Cilium's text for an L7 denial."""
_REFUSED_BY_POLICY = " || ".join(
    f"response.code_details.startsWith('{prefix}')" for prefix in ("rbac_access_denied", "ext_authz_")
)
_REFUSED_BY_SERVER = (
    "response.code_details == 'ext_authz_denied' && "
    f"metadata.filter_metadata['{RBAC_FILTER}'].enforced_effective_policy_id.startsWith('{SERVER_PREFIX}')"
)


def inbound_connection_manager(route_configuration: str, escaped_slashes: EscapedSlashes) -> Filter:
    """HTTP towards the workload's app."""
    manager = _connection_manager(Direction.INBOUND, route_configuration)
    manager.http_filters.extend(http_filters(INBOUND_FILTERS))
    manager.early_header_mutation_extensions.append(inbound_early_mutation())
    manager.local_reply_config.CopyFrom(LocalReplyConfig(mappers=[_denial_by_server(), _denial()]))
    # Without these, 22 of 168 ways to write a path get around an allowlist (an HTTP/1.0 request is refused
    # too, and so is a chunked one with a length; both are Envoy's defaults).
    manager.normalize_path.CopyFrom(BoolValue(value=True))
    manager.merge_slashes = True
    manager.path_with_escaped_slashes_action = (
        HttpConnectionManager.PathWithEscapedSlashesAction.UNESCAPE_AND_REDIRECT
        if escaped_slashes is EscapedSlashes.UNESCAPE_AND_REDIRECT
        else HttpConnectionManager.PathWithEscapedSlashesAction.REJECT_REQUEST
    )
    return _network_filter(manager)


def outbound_connection_manager(route_configuration: str, host: str) -> Filter:
    """HTTP from the workload's app; `host` is what an HTTP/1.0 request without a Host is taken to ask for."""
    manager = _connection_manager(Direction.OUTBOUND, route_configuration)
    manager.http_filters.extend(http_filters(OUTBOUND_FILTERS))
    manager.early_header_mutation_extensions.append(outbound_early_mutation())
    manager.always_set_request_id_in_response = True
    manager.http_protocol_options.accept_http_10 = True
    manager.http_protocol_options.default_host_for_http_10 = host
    return _network_filter(manager)


def _connection_manager(direction: Direction, route_configuration: str) -> HttpConnectionManager:
    return HttpConnectionManager(
        stat_prefix=route_configuration.replace("/", "_"),
        rds=Rds(config_source=ads_source(), route_config_name=route_configuration),
        access_log=[http_access_log(direction)],
        server_header_transformation=HttpConnectionManager.ServerHeaderTransformation.PASS_THROUGH,
        skip_xff_append=True,
        http_protocol_options=Http1ProtocolOptions(allow_custom_methods=True),
        upgrade_configs=[HttpConnectionManager.UpgradeConfig(upgrade_type="websocket")],
        # Streams may be silent for as long as the app likes; the default is 5 minutes.
        stream_idle_timeout=timedelta(0),
        # Joins the requests of a trace: a caller's id is kept, and not used for notes on sampling either.
        generate_request_id=BoolValue(value=True),
        preserve_external_request_id=True,
        request_id_extension=RequestIDExtension(
            typed_config=pack(UuidRequestIdConfig(pack_trace_reason=BoolValue(value=False)))
        ),
    )


def _denial_by_server() -> ResponseMapper:
    """A named server's own answer: status, headers and body are its choice (a redirect to a login, say)."""
    return ResponseMapper(filter=_where(_REFUSED_BY_SERVER), headers_to_add=[overwrite(VERDICT_HEADER, DENIED)])


def _denial() -> ResponseMapper:
    """Policy's local reply as Cilium words it, and marked as ours: RBAC's, and that of ext_authz without a verdict.

    By the code details: RBAC writes its dynamic metadata after the reply (so a metadata filter sees nothing),
    and 403 alone may be a fault's.
    """
    return ResponseMapper(
        filter=_where(_REFUSED_BY_POLICY),
        status_code=UInt32Value(value=403),
        body_format_override=SubstitutionFormatString(text_format_source=DataSource(inline_string=DENIED_BODY)),
        headers_to_add=[overwrite(VERDICT_HEADER, DENIED)],
    )


def _where(expression: str) -> AccessLogFilter:
    """In Envoy's dialect of CEL; what cannot be evaluated does not hold."""
    name = "envoy.access_loggers.extension_filters.cel"
    config = pack(ExpressionFilter(expression=expression))
    return AccessLogFilter(extension_filter=ExtensionFilter(name=name, typed_config=config))


def _network_filter(manager: HttpConnectionManager) -> Filter:
    return Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
