# SPDX-License-Identifier: Apache-2.0
"""What a fault's route does to requests and responses in Lua, because none of Envoy's own filters can: the method and
the status are pseudo-headers, which header mutation refuses, and it cannot tell a denial from the app's answer.

The request passes here behind policy, so only what was let in is changed. Responses pass upwards, denials too; the
filter state tells those that had been let in.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from l7filters.faults import Abort, CombinedEffects, HeaderEdits, Headers, Reset, RewriteRequest, answers
from l7filters.translate.headers import (
    ASKED_METHOD,
    ASKED_PATH,
    EFFECTS_NAMESPACE,
    FAULT_STATE,
    METADATA_NAMESPACE,
    RESET_HEADER,
)

_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}


def fault_script(effects: CombinedEffects) -> str | None:
    """The script; None when there is nothing for it to do."""
    parts = [
        ("request", tuple(_request(effects))),
        ("response", tuple(_response(effects))),
    ]
    functions = [
        f"function envoy_on_{name}(handle)\n" + "".join(f"  {line}\n" for line in lines) + "end\n"
        for name, lines in parts
        if lines
    ]
    return "".join(functions) or None


def _request(effects: CombinedEffects) -> Iterator[str]:
    rewrites = effects.of(RewriteRequest)
    edits = [each.request for each in effects.of(Headers) if each.request]
    resets = [fault.id for fault, effect in effects.parts if isinstance(effect, Reset) and answers(effect)]
    if not rewrites and not edits and not resets:
        return
    yield "local headers = handle:headers()"
    if rewrites or resets:
        yield "local metadata = handle:streamInfo():dynamicMetadata()"
    if resets:
        yield f'headers:replace("{RESET_HEADER}", "1")'
        yield f'metadata:set("{EFFECTS_NAMESPACE}", "reset", {_text(",".join(resets))})'
    if rewrites:
        # The access log is written at the end, when the headers say what the app was asked.
        for key, header in ((ASKED_METHOD, ":method"), (ASKED_PATH, ":path")):
            yield f'metadata:set("{METADATA_NAMESPACE}", "{key}", headers:get("{header}"))'
    method = next((each.method for each in rewrites if each.method is not None), None)
    if method is not None:
        yield f'headers:replace(":method", {_text(method)})'
    yield from _query(rewrites)
    yield from _edits(edits)


def _query(rewrites: Iterable[RewriteRequest]) -> Iterator[str]:
    """The first rewrite that names a parameter has the word on it."""
    set_to: dict[str, str | None] = {}
    for each in rewrites:
        for name, value in (*each.set_query, *((name, None) for name in each.remove_query)):
            set_to.setdefault(name, value)
    if not set_to:
        return
    gone = ", ".join(f"[{_text(quote(name, safe=''))}] = true" for name in set_to)
    added = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in set_to.items() if value is not None]
    yield 'local path, query = headers:get(":path"):match("^([^?]*)%??(.*)$")'
    yield f"local gone, kept = {{{gone}}}, {{}}"
    yield 'for part in query:gmatch("[^&]+") do'
    yield '  if not gone[part:match("^[^=]*")] then kept[#kept + 1] = part end'
    yield "end"
    for part in added:
        yield f"kept[#kept + 1] = {_text(part)}"
    yield 'headers:replace(":path", #kept > 0 and path .. "?" .. table.concat(kept, "&") or path)'


def _response(effects: CombinedEffects) -> Iterator[str]:
    edits = [each.response for each in effects.of(Headers) if each.response]
    edits.extend(HeaderEdits(set=each.headers) for each in effects.of(Abort) if each.headers)
    if effects.rewrite_status is None and not edits:
        return
    yield f'if not handle:streamInfo():filterState():get("{FAULT_STATE}") then return end'
    yield "local headers = handle:headers()"
    if effects.rewrite_status is not None:
        yield f'headers:replace(":status", "{effects.rewrite_status.status}")'
    yield from _edits(edits)


def _edits(edits: Iterable[HeaderEdits]) -> Iterator[str]:
    for each in edits:
        for name in each.remove:
            yield f"headers:remove({_text(name)})"
        for name, value in each.set:
            yield f"headers:replace({_text(name)}, {_text(value)})"
        for name, value in each.add:
            yield f"headers:add({_text(name)}, {_text(value)})"


def _text(value: str) -> str:
    r"""A string of Lua; what is not plain becomes \ddd, byte by byte."""
    return '"' + "".join(c if c in _PLAIN else "".join(f"\\{b:03d}" for b in c.encode()) for c in value) + '"'
