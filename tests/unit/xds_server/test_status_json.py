# SPDX-License-Identifier: Apache-2.0
"""A node's status as JSON."""

import json

from envoy_api.config.cluster.v3 import Cluster
from xds_server.cache import SnapshotCache
from xds_server.messages import Node
from xds_server.progress import Progress
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.status_json import node_as_json
from xds_server.subscription import Nack
from xds_server.type_urls import CLUSTER


def test_a_node_that_refuses():
    cache = SnapshotCache()
    status = StatusRegistry(cache, clock=lambda: 1000.0)
    cache.set("default/pod", build_snapshot([Cluster(name="c")]))
    version = cache.view("default/pod").snapshot.version(CLUSTER)
    status.connected("s", "delta", Node("default/pod", version="1.40.0"))
    nack = Nack("it is bad", ("c",))
    status.reported("s", "default/pod", CLUSTER, Progress(True, version, None, version, nack))
    refusal = {
        "node_id": "default/pod",
        "type_url": CLUSTER,
        "type": "cluster",
        "message": "it is bad",
        "names": ["c"],
        "at": 1000.0,
    }
    assert json.loads(json.dumps(node_as_json(status.node("default/pod")))) == {
        "node": "default/pod",
        "connected": True,
        "streams": [
            {
                "id": "s",
                "variant": "delta",
                "since": 1000.0,
                "envoy": "1.40.0",
                "types": {
                    "cluster": {
                        "published": version,
                        "sent": version,
                        "acked": None,
                        "refusing": True,
                        "last_refusal": refusal,
                        "unasked": [],
                    }
                },
            }
        ],
    }
