# SPDX-License-Identifier: Apache-2.0
"""Answers to DNS queries, as values: RFC 1035, negative answers of RFC 2308, EDNS(0) of RFC 6891.

refused      a query that policy denies, or from nobody that the mesh knows
the mesh's   names below cluster.local: A and AAAA, NODATA for other types, NXDOMAIN for other names
forward      all other names, where there is an upstream; without one they do not exist: no pod could get there
"""

from __future__ import annotations

from enum import Enum
from ipaddress import ip_address

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rrset

from l7filters.ports import Protocol
from riftgate.resolver.knowledge import CLUSTER_DOMAIN, Knowledge

TTL = 5
"""Seconds for which an answer about the mesh may be kept, negative ones too."""
UDP_SIZE = 1232
"""Largest answer over UDP in bytes: datagrams that pass every IPv6 link whole. Without EDNS it is 512."""
_PLAIN_UDP_SIZE = 512
_TCP_SIZE = 65535


class Forward(Enum):
    """The upstream must answer."""

    FORWARD = "forward"


FORWARD = Forward.FORWARD
_ADDRESSES = {dns.rdatatype.A: 4, dns.rdatatype.AAAA: 6}


def parse_query(wire: bytes) -> dns.message.Message | None:
    """The query; an answer to be sent as it is where that much can be told; None where nothing can."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        if len(wire) < 12 or wire[2] & 0x80:
            return None
        broken = dns.message.Message(id=int.from_bytes(wire[:2], "big"))
        broken.flags |= dns.flags.QR
        broken.set_rcode(dns.rcode.FORMERR)
        return broken
    return None if query.flags & dns.flags.QR else query


def asked_name(query: dns.message.Message) -> str:
    """In lower case, without the last dot."""
    return query.question[0].name.to_text(omit_final_dot=True).lower()


def answer(
    query: dns.message.Message, source: str, protocol: Protocol, knowledge: Knowledge, upstream: bool
) -> dns.message.Message | Forward:
    """What the pod with the address `source` gets."""
    if query.opcode() != dns.opcode.QUERY:
        return reply(query, dns.rcode.NOTIMP)
    if query.edns > 0:
        return reply(query, dns.rcode.BADVERS)
    if len(query.question) != 1:
        return reply(query, dns.rcode.FORMERR)
    question = query.question[0]
    name = asked_name(query)
    if question.rdclass != dns.rdataclass.IN or not knowledge.may_ask(source, protocol, name):
        return reply(query, dns.rcode.REFUSED)
    if name == CLUSTER_DOMAIN or name.endswith(f".{CLUSTER_DOMAIN}"):
        return _of_the_mesh(query, name, knowledge)
    if upstream:
        return FORWARD
    unknown = reply(query, dns.rcode.NXDOMAIN)
    if query.edns == 0:
        text = "no upstream is configured (riftgate up --dns-upstream)"
        unknown.use_edns(0, payload=UDP_SIZE, options=[dns.edns.EDEOption(dns.edns.EDECode.NOT_SUPPORTED, text)])
    return unknown


def _of_the_mesh(query: dns.message.Message, name: str, knowledge: Knowledge) -> dns.message.Message:
    if name not in knowledge.domains:
        found = reply(query, dns.rcode.NXDOMAIN)
        found.authority.append(_start_of_authority())
    else:
        found = reply(query, dns.rcode.NOERROR)
        addresses = [
            address
            for address in knowledge.addresses.get(name, ())
            if _ADDRESSES.get(query.question[0].rdtype) == ip_address(address).version
        ]
        if addresses:
            found.answer.append(addresses_of(query, addresses))
        else:
            found.authority.append(_start_of_authority())
    found.flags |= dns.flags.AA
    return found


def reply(query: dns.message.Message, code: dns.rcode.Rcode) -> dns.message.Message:
    """An empty answer."""
    made = dns.message.make_response(query, recursion_available=True, our_payload=UDP_SIZE)
    made.set_rcode(code)
    return made


def addresses_of(query: dns.message.Message, addresses: list[str]) -> dns.rrset.RRset:
    """For the name as it was asked: its letters' case is a client's guard against forged answers."""
    question = query.question[0]
    return dns.rrset.from_text_list(question.name, TTL, "IN", dns.rdatatype.to_text(question.rdtype), addresses)


def _start_of_authority() -> dns.rrset.RRset:
    text = f"ns.dns.{CLUSTER_DOMAIN}. hostmaster.{CLUSTER_DOMAIN}. 1 7200 1800 86400 {TTL}"
    return dns.rrset.from_text(f"{CLUSTER_DOMAIN}.", TTL, "IN", "SOA", text)


def to_wire(made: dns.message.Message, query: dns.message.Message, protocol: Protocol) -> bytes:
    """As bytes; over UDP cut to what the client takes, with the flag that makes it ask again over TCP."""
    if protocol is Protocol.TCP:
        return made.to_wire(max_size=_TCP_SIZE)
    size = min(UDP_SIZE, max(_PLAIN_UDP_SIZE, query.payload)) if query.edns >= 0 else _PLAIN_UDP_SIZE
    return made.to_wire(max_size=size, prefer_truncation=True)
