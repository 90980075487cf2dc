# SPDX-License-Identifier: Apache-2.0
"""The command line of `riftgate policy`."""

from __future__ import annotations

import argparse
from pathlib import Path

from riftgate.cli.command import add_command


def add_policy(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = add_command(
        commands,
        "check",
        "read policies and say all that is wrong with them",
        "  riftgate policy check cnp-l7.yaml",
    )
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    explain = add_command(
        commands,
        "explain",
        "say whether a request would be allowed, by which rules, and what would change it",
        "  riftgate policy explain --from pod/tiefighter --to pod/deathstar POST /v1/request-landing\n"
        "  riftgate policy explain --from pod/xwing --to pod/deathstar --port 80\n"
        "  riftgate policy explain --from pod/xwing --to pod/deathstar --icmp EchoRequest\n"
        "  riftgate policy explain --from pod/xwing --dns api.example.com\n"
        "  riftgate policy explain --from pod/shop --container web --connect 5432\n"
        "  riftgate policy explain --from pod/shop --container web --listen @web\n"
        "  riftgate policy explain -f cnp-l7.yaml --manifests app.yaml --from pod/xwing --to pod/deathstar GET /v1/",
    )
    explain.add_argument(
        "--from", dest="source", required=True, metavar="WHO", help="pod/NAME[.NAMESPACE] or an address"
    )
    explain.add_argument("--to", dest="destination", metavar="WHO", help="pod/NAME, svc/NAME[.NAMESPACE] or an address")
    explain.add_argument("--dns", metavar="NAME", help="instead of --to: whether it may ask DNS for this name")
    explain.add_argument(
        "--listen",
        metavar="WHAT",
        help="instead of --to: whether a container may listen inside its pod: on a PORT, /PATH or @ABSTRACT socket",
    )
    explain.add_argument("--connect", metavar="WHAT", help="likewise: whether it may connect to WHAT inside its pod")
    explain.add_argument("--container", help="for --listen and --connect; default: every one that a LocalPolicy names")
    explain.add_argument(
        "--protocol", type=str.upper, choices=("TCP", "UDP", "SCTP"), help="default: TCP, for --dns UDP"
    )
    explain.add_argument(
        "--icmp", metavar="TYPE", help="instead of --port: a message of ICMP or ICMPv6, EchoRequest or a number"
    )
    explain.add_argument(
        "--name",
        action="append",
        default=[],
        help="a name that DNS gave for the address (default: what the mesh has learned)",
    )
    explain.add_argument("--port", type=int, help="default: the only port that the destination has")
    explain.add_argument(
        "--process",
        choices=("main", "exec"),
        default="main",
        help="whose connection it is: the container's own (default), or an exec session's",
    )
    explain.add_argument("--host", help="the Host header (default: the destination's name)")
    explain.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="of the request; may be repeated"
    )
    explain.add_argument(
        "-f",
        "--file",
        type=Path,
        action="append",
        default=[],
        help="policies to use instead of the applied ones",
    )
    explain.add_argument(
        "--manifests", type=Path, action="append", default=[], help="pods to use instead of the running ones"
    )
    explain.add_argument("method", nargs="?", help="without method and path: the connection alone")
    explain.add_argument("path", nargs="?")
    apply = add_command(
        commands,
        "apply",
        "put policies in force, and wait until every sidecar has confirmed them",
        "  riftgate policy apply -f cnp-l7.yaml\n  riftgate policy apply -f chaos-delay.yaml --for 30s",
    )
    apply.add_argument(
        "-f", "--file", type=Path, action="append", required=True, metavar="FILE", help="policies; may be repeated"
    )
    apply.add_argument(
        "--for",
        dest="duration",
        default="5m",
        metavar="DURATION",
        help="how long faults of policies in the chaos dialect are on (default: 5m)",
    )
    delete = add_command(
        commands,
        "delete",
        "take policies out of force",
        "  riftgate policy delete -f cnp-l7.yaml\n  riftgate policy delete rule1",
    )
    delete.add_argument(
        "-f", "--file", type=Path, action="append", default=[], metavar="FILE", help="the policies of this file"
    )
    delete.add_argument("names", nargs="*", metavar="NAME", help="NAME or NAMESPACE/NAME of a policy in force")
    add_command(commands, "list", "list the policies in force", "  riftgate policy list")
