# SPDX-License-Identifier: Apache-2.0
"""What faults cost and how exact they are: Riftgate beside Toxiproxy, on the same traffic in the same run.

    client pod                          server pod
    wrk, caller.py ── link ── [ Envoy or Toxiproxy ] ─► Envoy as server

The pods are those of `bench.datapath.lab`: Riftgate's own parts, without control server, agent and access logs.
"""
