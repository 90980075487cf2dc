# SPDX-License-Identifier: Apache-2.0
"""The type URLs that this server treats specially, and the order in which one change goes out."""

_PREFIX = "type.googleapis.com/"

CLUSTER = _PREFIX + "envoy.config.cluster.v3.Cluster"
ENDPOINT = _PREFIX + "envoy.config.endpoint.v3.ClusterLoadAssignment"
LISTENER = _PREFIX + "envoy.config.listener.v3.Listener"
ROUTE = _PREFIX + "envoy.config.route.v3.RouteConfiguration"
RUNTIME = _PREFIX + "envoy.service.runtime.v3.Runtime"
SECRET = _PREFIX + "envoy.extensions.transport_sockets.tls.v3.Secret"
EXTENSION_CONFIG = _PREFIX + "envoy.config.core.v3.TypedExtensionConfig"
DISCOVERY_RESOURCE = _PREFIX + "envoy.service.discovery.v3.Resource"

# What a later type names, an earlier one brings: clusters before the endpoints and the routes that use them,
# listeners before the routes that they ask for. Types that are not listed depend on nothing and wait for nothing.
DELIVERY_ORDER = (CLUSTER, ENDPOINT, LISTENER, ROUTE)

# In the state of the world these two are always sent whole (what is absent is deleted), and a first request
# without names asks for all of them. See "The xDS transport protocol", wildcard subscriptions.
FULL_STATE = frozenset({CLUSTER, LISTENER})

# Which type's resources make a client ask for which: a cluster of type EDS for its endpoints, a listener for
# its routes.
ASKED_BY = {ENDPOINT: CLUSTER, ROUTE: LISTENER}

_SHORT = {
    CLUSTER: "cluster",
    ENDPOINT: "endpoint",
    LISTENER: "listener",
    ROUTE: "route",
    RUNTIME: "runtime",
    SECRET: "secret",
    EXTENSION_CONFIG: "extension_config",
}


def is_known(type_url: str) -> bool:
    """Whether it is a type that this server has something to say of."""
    return type_url in _SHORT


def short_name(type_url: str) -> str:
    """The noun for people and for the admin API: `listener`, or the message's full name for a type without one."""
    return _SHORT.get(type_url, type_url.removeprefix(_PREFIX))
