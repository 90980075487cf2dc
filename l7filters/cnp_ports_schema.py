# SPDX-License-Identifier: Apache-2.0
"""The schema of what a CiliumNetworkPolicy says about ports: `toPorts` with its L7 rules, `icmps`, names of
DNS."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from l7filters.http_match import regex_error
from l7filters.schema import Findings, Name, Namespace, Schema, check_port_name, did_you_mean, invalid

METHODS = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"),
    *(
        "ACL",
        "BIND",
        "CHECKOUT",
        "COPY",
        "LINK",
        "LOCK",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MOVE",
    ),
    *(
        "M-SEARCH",
        "NOTIFY",
        "PROPFIND",
        "PROPPATCH",
        "PURGE",
        "QUERY",
        "REBIND",
        "REPORT",
        "SEARCH",
        "SOURCE",
    ),
    *("SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE"),
)
"""Registered methods, and those in common use."""

ICMP_TYPES = {
    "IPv4": {
        "EchoReply": 0,
        "DestinationUnreachable": 3,
        "Redirect": 5,
        "Echo": 8,
        "EchoRequest": 8,
        "RouterAdvertisement": 9,
        "RouterSelection": 10,
        "TimeExceeded": 11,
        "ParameterProblem": 12,
        "Timestamp": 13,
        "TimestampReply": 14,
        "Photuris": 40,
        "ExtendedEchoRequest": 42,
        "ExtendedEchoReply": 43,
    },
    "IPv6": {
        "DestinationUnreachable": 1,
        "PacketTooBig": 2,
        "TimeExceeded": 3,
        "ParameterProblem": 4,
        "EchoRequest": 128,
        "EchoReply": 129,
        "MulticastListenerQuery": 130,
        "MulticastListenerReport": 131,
        "MulticastListenerDone": 132,
        "RouterSolicitation": 133,
        "RouterAdvertisement": 134,
        "NeighborSolicitation": 135,
        "NeighborAdvertisement": 136,
        "RedirectMessage": 137,
    },
}

MAX_L7_PORTS = 100
"""Ports that one range with L7 rules may span: each of them gets a filter chain of its own."""

DNS_PORT = 53
"""Where DNS is steered to the resolver, and nowhere else."""

_FQDN_NAME = re.compile(r"([-a-zA-Z0-9_]+\.?)+")
_FQDN_PATTERN = re.compile(r"(\*\*\.)?([-a-zA-Z0-9_*]+\.?)+")
_PLAIN_METHOD = re.compile(r"[A-Za-z][A-Za-z-]*")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _check_regex(pattern: str) -> str:
    if error := regex_error(pattern):
        raise invalid(f"the regular expression '{pattern}' is refused: {error}", "write a valid RE2 expression")
    return pattern


def _check_method(pattern: str) -> str:
    for word in pattern.split("|"):
        if _PLAIN_METHOD.fullmatch(word) and word not in METHODS:
            otherwise = f"write one of {', '.join(METHODS[:9])}, or [{word[0]}]{word[1:]} if it is meant"
            todo = did_you_mean(word, list(METHODS), otherwise)
            raise invalid(f"method '{word}' is not an HTTP method", todo)
    return _check_regex(pattern)


def _check_header(text: str) -> str:
    name = text.partition(" ")[0]
    if _CONTROL.search(text) or not name.rstrip(":"):
        raise invalid(f"the header '{text}' has no name or holds control characters", "write 'Name: value' or 'Name'")
    if " " in text or _HEADER_NAME.fullmatch(name):
        _check_header_name(name.rstrip(":"))
    return text


def _check_header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise invalid(f"'{name}' is not a header's name", "use letters, digits and '-'")
    if name.lower() == "host":
        raise invalid("the header 'host' is not matched as a header", "use the field 'host'")
    return name


def _check_fqdn_name(name: str) -> str:
    if len(name) > 255 or not _FQDN_NAME.fullmatch(name):
        raise invalid(f"'{name}' is not a DNS name", "write a name such as api.example.com")
    return name


def _check_fqdn_pattern(pattern: str) -> str:
    if len(pattern) > 255 or not _FQDN_PATTERN.fullmatch(pattern):
        raise invalid(f"'{pattern}' is not a pattern of DNS names", "write a pattern such as *.example.com")
    return pattern


Regex = Annotated[str, AfterValidator(_check_regex)]
Method = Annotated[str, AfterValidator(_check_method)]
HeaderText = Annotated[str, AfterValidator(_check_header)]
HeaderName = Annotated[str, AfterValidator(_check_header_name)]
FqdnText = Annotated[str, AfterValidator(_check_fqdn_name)]
FqdnPatternText = Annotated[str, AfterValidator(_check_fqdn_pattern)]


class FqdnSchema(Schema):
    """`toFQDNs` and `rules.dns`."""

    match_name: FqdnText | None = None
    match_pattern: FqdnPatternText | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.match_name is None) == (self.match_pattern is None):
            raise invalid("a DNS name needs exactly one of 'matchName' and 'matchPattern'", "write one of them")
        return self


class PortSchema(Schema):
    """`ports`: a number as a string, or a name; "0" is every port."""

    port: str
    end_port: int | None = None
    protocol: Literal["TCP", "UDP", "SCTP", "ANY"] | None = None

    @property
    def number(self) -> int | None:
        """The port's number, or None for a name."""
        return int(self.port) if self.port.isascii() and self.port.isdigit() and len(self.port) < 6 else None

    @property
    def last(self) -> int | None:
        """The last port of the range (Go's zero value means that there is none)."""
        return self.end_port or self.number

    @model_validator(mode="after")
    def _range(self) -> Self:
        number = self.number
        if number is None:
            check_port_name(self.port.lower())
        elif number > 65535:
            raise invalid(f"port {self.port} is over 65535", "write a port from 0 to 65535")
        if not self.end_port:
            return self
        found = Findings()
        if number is None:
            found.add("'endPort' beside a named port", "write the port as a number, or remove endPort", "endPort")
        elif number == 0:
            found.add("'endPort' beside port 0, which is every port", "remove endPort", "endPort")
        elif not number <= self.end_port <= 65535:
            found.add(
                f"endPort {self.end_port} is not between port {number} and 65535",
                "correct the range",
                "endPort",
            )
        found.settle()
        return self


class SecretSchema(Schema):
    name: Name
    namespace: Namespace | None = None


class HeaderMatchSchema(Schema):
    """`headerMatches`."""

    name: HeaderName
    value: str | None = None
    mismatch: Literal["LOG", "ADD", "DELETE", "REPLACE"] | None = None
    secret: SecretSchema | None = None


class HttpSchema(Schema):
    """`rules.http`. An empty string is an absent field, as in Cilium."""

    path: Regex | None = None
    method: Method | None = None
    host: Regex | None = None
    headers: list[HeaderText] | None = None
    header_matches: list[HeaderMatchSchema] | None = None


class L7Schema(Schema):
    """`rules` of `toPorts`."""

    http: list[HttpSchema] | None = None
    dns: list[FqdnSchema] | None = None
    kafka: Any = None
    l7proto: str | None = Field(default=None, alias="l7proto")
    l7: list[Any] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        found = Findings()
        for name, rules in (("http", self.http), ("dns", self.dns), ("l7", self.l7)):
            if rules == []:
                what = f"'{name}: []' allows all to some readers and nothing to others"
                found.add(what, f"write '{name}: [{{}}]' to allow all, or remove it", name)
        if (self.l7 is None) != (self.l7proto is None):
            found.add("'l7proto' and 'l7' come together", "write both or none")
        elif self.l7proto is not None and self.l7proto != "chaos":
            todo = did_you_mean(self.l7proto, ["chaos"], "write HTTP rules under 'http'")
            found.add(f"the protocol '{self.l7proto}' is not supported", todo, "l7proto")
        if sum(each is not None for each in (self.http, self.dns, self.l7)) > 1:
            found.add("'rules' has more than one of 'http', 'dns' and 'l7'", "write them under separate ports")
        found.settle()
        return self


class TlsSchema(Schema):
    """`terminatingTLS` and `originatingTLS`."""

    secret: SecretSchema
    trusted_ca: str | None = Field(default=None, alias="trustedCA")
    certificate: str | None = None
    private_key: str | None = None


class DenyPortsSchema(Schema):
    """`toPorts` of a deny rule: no L7."""

    ports: list[PortSchema]

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.ports:
            raise invalid("'ports' is empty", "name the ports, or remove the entry of toPorts")
        return self


class PortsSchema(DenyPortsSchema):
    """`toPorts` of an allow rule."""

    rules: L7Schema | None = None
    server_names: list[FqdnPatternText] | None = None
    terminating_tls: TlsSchema | None = Field(default=None, alias="terminatingTLS")
    originating_tls: TlsSchema | None = Field(default=None, alias="originatingTLS")
    listener: Any = None

    @model_validator(mode="after")
    def _l7_fits_ports(self) -> Self:
        rules = self.rules
        if rules is None or (rules.http is None and rules.dns is None and rules.l7 is None):
            return self
        found = Findings()
        for i, port in enumerate(self.ports):
            if rules.dns is None and port.protocol != "TCP":
                what = f"L7 rules on a port whose protocol is {port.protocol or 'missing, which means ANY'}"
                found.add(what, "write 'protocol: TCP'", "ports", i)
            if rules.dns is not None and (port.number, port.last) != (DNS_PORT, DNS_PORT):
                found.add(f"DNS rules on another port than {DNS_PORT}", f"write 'port: \"{DNS_PORT}\"'", "ports", i)
            if rules.dns is not None and port.protocol == "SCTP":
                found.add("DNS rules on an SCTP port", "write 'protocol: ANY', UDP or TCP", "ports", i)
            if port.number == 0:
                found.add("L7 rules on port 0, which is every port", "name the port", "ports", i)
            if port.number and port.last and port.last - port.number >= MAX_L7_PORTS:
                what = f"L7 rules on {port.last - port.number + 1} ports; the limit is {MAX_L7_PORTS}"
                found.add(what, "name a smaller range", "ports", i)
        found.settle()
        return self


class IcmpFieldSchema(Schema):
    family: Literal["IPv4", "IPv6"] | None = None
    type: Any

    @property
    def number(self) -> int | None:
        """The message type as a number, or None for a name nobody knows."""
        if isinstance(self.type, int) and not isinstance(self.type, bool):
            return self.type if 0 <= self.type <= 255 else None
        return ICMP_TYPES[self.family or "IPv4"].get(str(self.type))

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.number is None:
            names = list(ICMP_TYPES[self.family or "IPv4"])
            raise invalid(f"'{self.type}' is not an ICMP type", did_you_mean(str(self.type), names, "write a number"))
        return self


class IcmpSchema(Schema):
    fields: list[IcmpFieldSchema]

    @model_validator(mode="after")
    def _names_a_type(self) -> Self:
        if not self.fields:
            raise invalid("'fields' names no type of ICMP", "name one, or remove the entry")
        return self
