# SPDX-License-Identifier: Apache-2.0
"""The command line: every command, its options, and an example of each."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from riftgate.instance import DEFAULT, Instance

_ACCELERATION = ("auto", "on", "off")
_EXIT_CODES = "exit codes: 0 ok, 1 the check failed, 2 bad input, 3 inconclusive, 4 the host cannot do it"


def parse_arguments(words: Sequence[str]) -> argparse.Namespace:
    """What a command line says: ``args.command``, for a group ``args.verb``, and its options. Exits with 2 on errors.

    What stands behind the first `--` of `exec` is the command, to the letter.
    """
    parser = build_parser()
    border = words.index("--") if "--" in words else len(words)
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


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``riftgate``, for help and for :func:`parse_arguments`."""
    parser = argparse.ArgumentParser(
        prog="riftgate",
        description="Policies and chaos for HTTP traffic: an Envoy beside every pod, steered by BPF, driven by xDS.",
        epilog=f"""examples:
  riftgate demo
  riftgate up -f app.yaml --images images.yaml
  riftgate policy apply -f cnp-l7.yaml
  riftgate exec tiefighter -- curl -s -XPOST deathstar/v1/request-landing
  riftgate scenario run landing-trouble.yaml
  riftgate down

{_EXIT_CODES}""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--instance",
        type=_instance,
        default=DEFAULT,
        metavar="NAME",
        help=f"the mesh to talk to, several can run on one machine (default: {DEFAULT})",
    )
    parser.add_argument("--json", action="store_true", help="print results and errors as JSON")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _mesh(commands)
    _policy(_command(commands, "policy", "check, explain and apply policies"))
    _scenario(_command(commands, "scenario", "check and run chaos scenarios"))
    _fault(_command(commands, "fault", "turn single faults on and off, and see what they would touch"))
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


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, example: str = ""
) -> argparse.ArgumentParser:
    epilog = f"examples:\n{example}\n\n{_EXIT_CODES}" if example else _EXIT_CODES
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _mesh(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _command(
        commands,
        "demo",
        "tell the story of the death star with real Envoys and real BPF",
        "  riftgate demo\n  riftgate --json demo",
    )
    up = _command(
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
        help="what to run for an image where a container has no command: images are not pulled",
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
        help="whether app and sidecar talk past TCP in pods without an annotation about it, from the first `up` on; "
        "auto: where the kernel's self-test finds no difference (auto)",
    )
    _command(commands, "down", "end everything of the mesh and remove all of it", "  riftgate down")
    run = _command(
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
    sidecar = commands.add_parser("sidecar", help="exchange a pod's sidecar")
    verbs = sidecar.add_subparsers(dest="verb", metavar="VERB", required=True)
    restart = _command(
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
    _command(
        commands,
        "status",
        "show pods, sidecars, policies and faults",
        "  riftgate status\n  riftgate --json status",
    )
    flows = _command(
        commands,
        "flows",
        "follow the requests that the sidecars see",
        "  riftgate flows\n  riftgate --json flows | jq .path",
    )
    profile = _command(
        commands,
        "profile",
        "record what a pod's containers execute, fork and connect to (with bcc)",
        "  riftgate profile starwars --for 30s\n  riftgate profile default/starwars --output starwars.json",
    )
    profile.add_argument("pod", metavar="POD", help="NAME or NAMESPACE/NAME")
    profile.add_argument("--for", dest="duration", metavar="DURATION", help="default: until Ctrl-C")
    profile.add_argument("--output", type=Path, metavar="FILE", help="write the profile there as JSON")
    events = _command(
        commands,
        "events",
        "show what the datapath refused: by whom, where to, and by which rule",
        "  riftgate events\n  riftgate --json events --follow | jq 'select(.kind == \"bypass\")'",
    )
    events.add_argument("--follow", action="store_true", help="go on with what comes")
    _command(
        commands,
        "metrics",
        "print the metrics of the control server and the agent in the text format of Prometheus",
        "  riftgate metrics\n  curl --unix-socket /run/riftgate/control.sock http://riftgate/metrics",
    )
    flows.add_argument("--count", type=_at_least_one, metavar="N", help="stop after N requests")


def _policy(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = _command(
        commands,
        "check",
        "read policies and say all that is wrong with them",
        "  riftgate policy check cnp-l7.yaml",
    )
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    explain = _command(
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
    explain.add_argument("--to", dest="destination", metavar="WHO", help="pod/, svc/ or an address")
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
    explain.add_argument("--header", action="append", default=[], metavar="NAME:VALUE")
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
    apply = _command(
        commands,
        "apply",
        "put policies in force, and wait until every sidecar has confirmed them",
        "  riftgate policy apply -f cnp-l7.yaml\n  riftgate policy apply -f chaos-delay.yaml --for 30s",
    )
    apply.add_argument("-f", "--file", type=Path, action="append", required=True)
    apply.add_argument(
        "--for",
        dest="duration",
        default="5m",
        metavar="DURATION",
        help="how long faults of policies in the chaos dialect are on (default: 5m)",
    )
    delete = _command(
        commands,
        "delete",
        "take policies out of force",
        "  riftgate policy delete -f cnp-l7.yaml\n  riftgate policy delete rule1",
    )
    delete.add_argument("-f", "--file", type=Path, action="append", default=[])
    delete.add_argument("names", nargs="*", metavar="NAME", help="NAME or NAMESPACE/NAME of a policy in force")
    _command(commands, "list", "list the policies in force", "  riftgate policy list")


def _scenario(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = _command(
        commands,
        "check",
        "read scenarios and say all that is wrong with them",
        "  riftgate scenario check landing-delay.yaml",
    )
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    run = _command(
        commands,
        "run",
        "run a scenario: steady state, faults under a lease, revert, report",
        "  riftgate scenario run landing-trouble.yaml\n  riftgate --json scenario run landing.yaml --journal run.jsonl",
    )
    run.add_argument("file", type=Path, metavar="FILE")
    run.add_argument("--name", help="which scenario, when the file holds several")
    run.add_argument("--journal", type=Path, help="where to write the journal (JSON lines)")
    report = _command(
        commands,
        "report",
        "build the report of a run from its journal",
        "  riftgate scenario report run.jsonl",
    )
    report.add_argument("journal", type=Path)


def _fault(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    plan = _command(
        commands,
        "plan",
        "say which pods, routes and connections faults would touch, and the share of requests; touches nothing",
        "  riftgate fault plan -f landing-delay.yaml\n"
        "  riftgate fault plan slow percentage=20 delay=500ms --to class=deathstar --pod deathstar-0",
    )
    on = _command(
        commands,
        "on",
        "turn a fault on for a time; it ends by itself, whatever dies",
        "  riftgate fault on slow percentage=20 delay=500ms --to class=deathstar --pod deathstar-0 --for 30s\n"
        "  riftgate fault on full 'abort={status: 503, body: full}' --to class=deathstar --at-most 100% --for 1m\n"
        "  riftgate fault on lost reset={} 'which={first: 3}' --to class=deathstar --at-most 100% --for 10s\n"
        "  riftgate fault on away 'abort={status: 503}' --outside api.example.com --from class=tiefighter --for 30s\n"
        "  riftgate fault on -f landing-delay.yaml --for 2m",
    )
    on.add_argument("--for", dest="duration", required=True, metavar="DURATION", help="30s, 5m; an hour at most")
    for each in (plan, on):
        each.add_argument("-f", "--file", type=Path, help="the faults of a scenario file, without running it")
        each.add_argument("name", nargs="?", help="what to call it")
        each.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help="as in a scenario file; values are YAML")
        each.add_argument("--to", metavar="LABELS", help="whose requests: LABEL=VALUE[,...], or '*' for every pod")
        each.add_argument(
            "--outside",
            metavar="SERVER",
            help="instead of --to: calls of a server outside of the mesh, by name (*.example.com) or network",
        )
        each.add_argument("--namespace", default="default", help="of both sides (default: default)")
        each.add_argument("--pod", action="append", metavar="NAME", help="only these pods of them")
        each.add_argument("--port", type=int, help="default: all TCP ports; of an outside server 80")
        each.add_argument(
            "--at-most",
            metavar="PERCENT",
            help="of a service's pods, all faults together (default: its label, or half)",
        )
        each.add_argument("--from", dest="source", metavar="LABELS", help="whose calls (default: everybody's)")
        each.add_argument("--method", help="default: all")
        each.add_argument("--path", metavar="RE2", help="fully anchored, without the query (default: all)")
    off = _command(
        commands,
        "off",
        "end faults that were turned on by hand",
        "  riftgate fault off slow\n  riftgate fault off --all",
    )
    off.add_argument("names", nargs="*", metavar="NAME")
    off.add_argument("--all", action="store_true", help="all that were turned on by hand")
    _command(commands, "list", "list the faults that are on, and until when", "  riftgate fault list")


def _processes(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _command(
        commands,
        "serve",
        "run the control server in the foreground (`up` starts it by itself)",
        "  riftgate serve --policies policies/",
    )
    serve.add_argument("--policies", type=Path, metavar="DIR", help="a folder of policies to watch")
    agent = _command(
        commands, "agent", "run the agent in the foreground (`up` starts it by itself)", "  riftgate agent"
    )
    _dns_upstream(agent)
    agent.add_argument("--acceleration", choices=_ACCELERATION, default="auto", help="as for `up` (auto)")
    _command(
        commands,
        "fault-server",
        "run the fault server in the foreground (the control server starts it by itself)",
        "  riftgate fault-server",
    )
    for each in (serve, agent):
        each.add_argument("--ready-fd", type=int, metavar="N", help="a descriptor to write a line to once it serves")
