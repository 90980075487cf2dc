# SPDX-License-Identifier: Apache-2.0
"""The command line: every command, its options, and an example of each."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from riftgate.cli.chaos_arguments import add_fault, add_scenario
from riftgate.cli.command import EXIT_CODES, Commands, add_command
from riftgate.cli.exits import BAD_INPUT, CommandError, report_error
from riftgate.cli.policy_arguments import add_policy
from riftgate.instance import DEFAULT, Instance

_ACCELERATION = ("auto", "on", "off")


def parse_arguments(words: Sequence[str]) -> argparse.Namespace:
    """What a command line says: ``args.command``, for a group ``args.verb``, and its options. Exits with 2 on errors.

    What stands behind the first `--` of `exec` is the command, to the letter.
    """
    border = words.index("--") if "--" in words else len(words)
    parser = build_parser(_JsonParser if "--json" in words[:border] else argparse.ArgumentParser)
    known, _ = parser.parse_known_args(words[:border])
    if known.command == "fault":
        return _with_fields(parser, words)
    if known.command != "exec":
        return parser.parse_args(words)
    args = parser.parse_args(words[:border])
    args.argv.extend(words[border + 1 :])
    if not args.argv:
        parser.error("exec needs a command, as in: riftgate exec POD -- CMD")
    return args


def _with_fields(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """Also what stands behind an option: argparse takes the words of a list in one place only."""
    args, rest = parser.parse_known_args(words)
    if any(word.startswith("-") for word in rest) or (rest and not hasattr(args, "fields")):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        args.fields.extend(rest)
    return args


class _JsonParser(argparse.ArgumentParser):
    """Says as JSON what is wrong with a command line."""

    def error(self, message: str) -> NoReturn:
        error = CommandError(f"{message}; see: {self.prog} --help", BAD_INPUT)
        raise SystemExit(report_error(error, error.code, as_json=True))


def build_parser(kind: type[argparse.ArgumentParser] = argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser of ``riftgate``, for help and for :func:`parse_arguments`; its commands' parsers are of that kind."""
    parser = kind(
        prog="riftgate",
        description="Policies and chaos for HTTP traffic: an Envoy beside every pod, steered by BPF, driven by xDS.",
        epilog=f"""examples:
  riftgate demo
  riftgate up -f app.yaml --images images.yaml
  riftgate policy apply -f cnp-l7.yaml
  riftgate exec tiefighter -- curl -s -XPOST deathstar/v1/request-landing
  riftgate scenario run landing-trouble.yaml
  riftgate down

{EXIT_CODES}""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--instance",
        type=_instance,
        default=DEFAULT,
        metavar="NAME",
        help=f"which mesh; several can run on one machine (default: {DEFAULT})",
    )
    parser.add_argument("--json", action="store_true", help="print results and errors as JSON")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _mesh(commands)
    add_policy(add_command(commands, "policy", "check, explain and apply policies"))
    add_scenario(add_command(commands, "scenario", "check and run chaos scenarios"))
    add_fault(add_command(commands, "fault", "turn single faults on and off, and see what they would touch"))
    _processes(commands)
    return parser


def _instance(written: str) -> str:
    try:
        return Instance(written).name
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _at_least_one(written: str) -> int:
    if not written.isdecimal() or int(written) < 1:
        raise argparse.ArgumentTypeError(f"'{written}' is not a number from 1 on")
    return int(written)


def _upstream(written: str) -> str:
    # Here and not above: the library behind it takes a while to import.
    from riftgate.resolver.knowledge import parse_upstream

    try:
        parse_upstream(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return written


def _dns_upstream(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--dns-upstream",
        type=_upstream,
        action="append",
        default=[],
        metavar="ADDRESS[:PORT]",
        help="who is asked for names outside of the mesh; several are asked in turn (default: nobody, no such names)",
    )


def _mesh(commands: Commands) -> None:
    add_command(
        commands,
        "demo",
        "tell the story of the death star with real Envoys and real BPF",
        "  riftgate demo\n  riftgate --json demo",
    )
    up = add_command(
        commands,
        "up",
        "run the pods of Kubernetes manifests on this machine, each behind its sidecar",
        "  riftgate up -f app.yaml\n  riftgate up -f app.yaml -f more/ --images images.yaml --policies policies/",
    )
    up.add_argument(
        "-f",
        "--file",
        type=Path,
        action="append",
        required=True,
        metavar="PATH",
        help="a manifest, or a folder of them; the mesh runs exactly what all of them name",
    )
    up.add_argument(
        "--images",
        type=Path,
        metavar="FILE",
        help="what stands for the images of containers that name no command: images are not pulled",
    )
    up.add_argument(
        "--policies", type=Path, metavar="DIR", help="a folder of policies to watch, from the first `up` on"
    )
    up.add_argument(
        "--restart-agent",
        action="store_true",
        help="end the agent and start this version's: pods, connections and rules stay, programs are replaced",
    )
    _dns_upstream(up)
    up.add_argument(
        "--acceleration",
        choices=_ACCELERATION,
        help="whether app and sidecar talk past TCP, in pods without an annotation about it, from the first `up` on; "
        "auto: where a test on this kernel finds no difference (default: auto)",
    )
    add_command(commands, "down", "end everything of the mesh and remove all of it", "  riftgate down")
    run = add_command(
        commands,
        "exec",
        "run a command in a pod, restricted as the pod's own container is",
        "  riftgate exec tiefighter -- curl -s -XPOST deathstar.default.svc.cluster.local/v1/request-landing\n"
        "  riftgate exec default/deathstar-0 -c deathstar -t -- sh",
    )
    run.add_argument("pod", help="NAME or NAMESPACE/NAME")
    run.add_argument("-c", "--container", help="default: the first one")
    run.add_argument("-t", "--tty", action="store_true", help="give the command a terminal of its own")
    run.add_argument("argv", nargs="*", metavar="-- CMD", help="the command and its arguments")
    sidecar = add_command(commands, "sidecar", "exchange a pod's sidecar", "  riftgate sidecar restart deathstar-0")
    verbs = sidecar.add_subparsers(dest="verb", metavar="VERB", required=True)
    restart = add_command(
        verbs,
        "restart",
        'start another Envoy, which takes over from the one that runs (annotation riftgate/sidecar-hot-restart: "on")',
        "  riftgate sidecar restart deathstar-0\n  riftgate sidecar restart default/deathstar-0 --envoy ./envoy\n"
        "  riftgate sidecar restart vault --drain 10m --wait",
    )
    restart.add_argument("pod", help="NAME or NAMESPACE/NAME")
    restart.add_argument("--envoy", type=Path, metavar="FILE", help="another Envoy than the installed one")
    restart.add_argument(
        "--drain",
        metavar="DURATION",
        help="how long what is open at the Envoy before may go on at most, such as 10m; default: the pod's annotation "
        "riftgate/sidecar-drain, or 1m",
    )
    restart.add_argument(
        "--wait", action="store_true", help="until no Envoy before is left, telling what they still have"
    )
    add_command(
        commands,
        "status",
        "show pods, sidecars, policies and faults",
        "  riftgate status\n  riftgate --json status",
    )
    flows = add_command(
        commands,
        "flows",
        "follow the requests and connections that the sidecars see, and what decided about each",
        "  riftgate flows\n  riftgate --json flows | jq .path",
    )
    flows.add_argument("--count", type=_at_least_one, metavar="N", help="stop after N requests")
    profile = add_command(
        commands,
        "profile",
        "record what a pod's containers execute, fork and connect to (with bcc)",
        "  riftgate profile starwars --for 30s\n  riftgate profile default/starwars --output starwars.json",
    )
    profile.add_argument("pod", metavar="POD", help="NAME or NAMESPACE/NAME")
    profile.add_argument("--for", dest="duration", metavar="DURATION", help="default: until Ctrl-C")
    profile.add_argument("--output", type=Path, metavar="FILE", help="write the profile there as JSON")
    events = add_command(
        commands,
        "events",
        "show what the datapath refused, by which rule, and who was brought into containers from outside",
        "  riftgate events\n  riftgate --json events --follow | jq 'select(.kind == \"bypass\")'",
    )
    events.add_argument("--follow", action="store_true", help="go on with what comes")
    add_command(
        commands,
        "metrics",
        "print the metrics of the control server and the agent in the text format of Prometheus",
        "  riftgate metrics\n  curl --unix-socket /run/riftgate/control.sock http://riftgate/metrics",
    )


def _processes(commands: Commands) -> None:
    serve = add_command(
        commands,
        "serve",
        "run the control server in the foreground (`up` starts it by itself)",
        "  riftgate serve --policies policies/",
    )
    serve.add_argument("--policies", type=Path, metavar="DIR", help="a folder of policies to watch")
    agent = add_command(
        commands, "agent", "run the agent in the foreground (`up` starts it by itself)", "  riftgate agent"
    )
    _dns_upstream(agent)
    agent.add_argument("--acceleration", choices=_ACCELERATION, default="auto", help="as for `up` (default: auto)")
    add_command(
        commands,
        "fault-server",
        "run the fault server in the foreground (the control server starts it by itself)",
        "  riftgate fault-server",
    )
    for each in (serve, agent):
        each.add_argument("--ready-fd", type=int, metavar="N", help="a descriptor to write a line to once it serves")
