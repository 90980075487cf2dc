# SPDX-License-Identifier: Apache-2.0
"""The xDS server under thousands of simulated sidecars, beside go-control-plane.

conductor (__main__.py) ──lines──► sidecars   Go: one TCP connection, node id and Delta ADS stream for each
                        ──lines──► server     this server (server.py) or the peer (Go): same resources and commands
"""
