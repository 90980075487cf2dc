# SPDX-License-Identifier: Apache-2.0
"""`riftgate policy ...`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import asdict
from typing import Any

from l7filters.lint import lint
from l7filters.local_verdicts import lint_local
from l7filters.source import InputError, Problem
from riftgate.cli import exits
from riftgate.cli.durations import seconds
from riftgate.cli.exits import CommandError
from riftgate.cli.files import read_files
from riftgate.client import MeshClient, dump
from riftgate.control.documents import Document, Documents, local_policies_of, parse_files, policies_of
from riftgate.instance import Instance


def check(args: argparse.Namespace) -> int:
    """All that is wrong with the files (exit code 2), and what is allowed but surely not meant (warnings)."""
    documents: list[Document] = []
    problems: list[Problem] = []
    # One by one: two files may hold two versions of one policy.
    for file in read_files(args.files):
        try:
            documents.extend(parse_files([file]).values())
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    warnings = _warnings({document.key: document for document in documents})
    if args.json:
        dump({"documents": [str(each.key) for each in documents], "warnings": [str(each) for each in warnings]})
        return exits.OK
    for document in documents:
        print(f"{document.location}: {document.key}: ok")
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return exits.OK


def apply(args: argparse.Namespace) -> int:
    """Puts documents in force; nothing changes unless all of them can be read and every sidecar takes them."""
    files = read_files(args.file)
    # Here first: the whole list of problems, and no server needed for it.
    documents = parse_files(files)
    body = {
        "files": [{"file": file, "text": text} for file, text in files],
        "lease": seconds("--for", args.duration),
    }
    answer = asyncio.run(MeshClient(Instance(args.instance)).change("/v1/policies/apply", body))
    if args.json:
        dump(answer)
        return exits.OK
    for warning in _warnings(documents):
        print(f"warning: {warning}", file=sys.stderr)
    audited = {str(key) for key, document in documents.items() if document.audited}
    for key in answer["applied"]:
        state = "under audit" if key in audited else "in force"
        print(f"{key}: {state}, confirmed by {_count(answer['nodes'], 'sidecar')}")
    for node in answer["absent"]:
        print(f"warning: the sidecar of {node} is not connected; it gets this when it is", file=sys.stderr)
    for fault, remaining in answer["faults"].items():
        print(f"fault {fault}: on for {remaining:.0f} s (--for says how long)")
    return exits.OK


def delete(args: argparse.Namespace) -> int:
    """Takes documents out of force, by their files or their names."""
    wanted = [asdict(key) for key in parse_files(read_files(args.file))]
    client = MeshClient(Instance(args.instance))
    applied = asyncio.run(client.documents())
    for written in args.names:
        namespace, _, name = written.rpartition("/")
        named = [each for each in applied if (each["namespace"], each["name"]) == (namespace or "default", name)]
        if not named:
            known = ", ".join(f"{each['namespace']}/{each['name']}" for each in applied)
            raise CommandError(f"there is no policy {written}; in force: {known or 'none'}")
        wanted += [{key: each[key] for key in ("kind", "namespace", "name")} for each in named]
    if not wanted:
        raise CommandError("name a policy, or a file with -f", exits.BAD_INPUT)
    answer = asyncio.run(client.change("/v1/policies/delete", {"documents": wanted}))
    if args.json:
        dump(answer)
    else:
        for key in answer["deleted"]:
            print(f"{key}: deleted")
    return exits.OK


def show(args: argparse.Namespace) -> int:
    """Lists what is in force."""
    applied = asyncio.run(MeshClient(Instance(args.instance)).documents())
    if args.json:
        dump([{key: value for key, value in each.items() if key != "text"} for each in applied])
        return exits.OK
    for each in applied:
        audit = "\tunder audit" if each["audited"] else ""
        print(f"{each['namespace']}/{each['name']}\t{each['kind']}\t{each['file']}:{each['line']}{audit}")
    return exits.OK


def _warnings(documents: Documents) -> tuple[Problem, ...]:
    """About what is allowed, and hardly what its author means; in file order."""
    return tuple(sorted((*lint(policies_of(documents)), *lint_local(local_policies_of(documents)))))


def _count(things: list[Any], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
