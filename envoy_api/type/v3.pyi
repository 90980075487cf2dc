# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.type.v3 as _type_v3

class CodecClientType(_EnumValue):
    HTTP1: typing.ClassVar[_type_v3.CodecClientType]
    HTTP2: typing.ClassVar[_type_v3.CodecClientType]
    HTTP3: typing.ClassVar[_type_v3.CodecClientType]

class RateLimitUnit(_EnumValue):
    UNKNOWN: typing.ClassVar[_type_v3.RateLimitUnit]
    SECOND: typing.ClassVar[_type_v3.RateLimitUnit]
    MINUTE: typing.ClassVar[_type_v3.RateLimitUnit]
    HOUR: typing.ClassVar[_type_v3.RateLimitUnit]
    DAY: typing.ClassVar[_type_v3.RateLimitUnit]
    MONTH: typing.ClassVar[_type_v3.RateLimitUnit]
    YEAR: typing.ClassVar[_type_v3.RateLimitUnit]

class StatusCode(_EnumValue):
    Empty: typing.ClassVar[_type_v3.StatusCode]
    Continue: typing.ClassVar[_type_v3.StatusCode]
    OK: typing.ClassVar[_type_v3.StatusCode]
    Created: typing.ClassVar[_type_v3.StatusCode]
    Accepted: typing.ClassVar[_type_v3.StatusCode]
    NonAuthoritativeInformation: typing.ClassVar[_type_v3.StatusCode]
    NoContent: typing.ClassVar[_type_v3.StatusCode]
    ResetContent: typing.ClassVar[_type_v3.StatusCode]
    PartialContent: typing.ClassVar[_type_v3.StatusCode]
    MultiStatus: typing.ClassVar[_type_v3.StatusCode]
    AlreadyReported: typing.ClassVar[_type_v3.StatusCode]
    IMUsed: typing.ClassVar[_type_v3.StatusCode]
    MultipleChoices: typing.ClassVar[_type_v3.StatusCode]
    MovedPermanently: typing.ClassVar[_type_v3.StatusCode]
    Found: typing.ClassVar[_type_v3.StatusCode]
    SeeOther: typing.ClassVar[_type_v3.StatusCode]
    NotModified: typing.ClassVar[_type_v3.StatusCode]
    UseProxy: typing.ClassVar[_type_v3.StatusCode]
    TemporaryRedirect: typing.ClassVar[_type_v3.StatusCode]
    PermanentRedirect: typing.ClassVar[_type_v3.StatusCode]
    BadRequest: typing.ClassVar[_type_v3.StatusCode]
    Unauthorized: typing.ClassVar[_type_v3.StatusCode]
    PaymentRequired: typing.ClassVar[_type_v3.StatusCode]
    Forbidden: typing.ClassVar[_type_v3.StatusCode]
    NotFound: typing.ClassVar[_type_v3.StatusCode]
    MethodNotAllowed: typing.ClassVar[_type_v3.StatusCode]
    NotAcceptable: typing.ClassVar[_type_v3.StatusCode]
    ProxyAuthenticationRequired: typing.ClassVar[_type_v3.StatusCode]
    RequestTimeout: typing.ClassVar[_type_v3.StatusCode]
    Conflict: typing.ClassVar[_type_v3.StatusCode]
    Gone: typing.ClassVar[_type_v3.StatusCode]
    LengthRequired: typing.ClassVar[_type_v3.StatusCode]
    PreconditionFailed: typing.ClassVar[_type_v3.StatusCode]
    PayloadTooLarge: typing.ClassVar[_type_v3.StatusCode]
    URITooLong: typing.ClassVar[_type_v3.StatusCode]
    UnsupportedMediaType: typing.ClassVar[_type_v3.StatusCode]
    RangeNotSatisfiable: typing.ClassVar[_type_v3.StatusCode]
    ExpectationFailed: typing.ClassVar[_type_v3.StatusCode]
    MisdirectedRequest: typing.ClassVar[_type_v3.StatusCode]
    UnprocessableEntity: typing.ClassVar[_type_v3.StatusCode]
    Locked: typing.ClassVar[_type_v3.StatusCode]
    FailedDependency: typing.ClassVar[_type_v3.StatusCode]
    UpgradeRequired: typing.ClassVar[_type_v3.StatusCode]
    PreconditionRequired: typing.ClassVar[_type_v3.StatusCode]
    TooManyRequests: typing.ClassVar[_type_v3.StatusCode]
    RequestHeaderFieldsTooLarge: typing.ClassVar[_type_v3.StatusCode]
    InternalServerError: typing.ClassVar[_type_v3.StatusCode]
    NotImplemented: typing.ClassVar[_type_v3.StatusCode]
    BadGateway: typing.ClassVar[_type_v3.StatusCode]
    ServiceUnavailable: typing.ClassVar[_type_v3.StatusCode]
    GatewayTimeout: typing.ClassVar[_type_v3.StatusCode]
    HTTPVersionNotSupported: typing.ClassVar[_type_v3.StatusCode]
    VariantAlsoNegotiates: typing.ClassVar[_type_v3.StatusCode]
    InsufficientStorage: typing.ClassVar[_type_v3.StatusCode]
    LoopDetected: typing.ClassVar[_type_v3.StatusCode]
    NotExtended: typing.ClassVar[_type_v3.StatusCode]
    NetworkAuthenticationRequired: typing.ClassVar[_type_v3.StatusCode]

class DoubleRange(_Message):
    start: builtins.float
    end: builtins.float
    def __init__(
        self,
        *,
        start: builtins.float | None = ...,
        end: builtins.float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["start", "end"]) -> None: ...

class FractionalPercent(_Message):
    class DenominatorType(_EnumValue):
        HUNDRED: typing.ClassVar[_type_v3.FractionalPercent.DenominatorType]
        TEN_THOUSAND: typing.ClassVar[_type_v3.FractionalPercent.DenominatorType]
        MILLION: typing.ClassVar[_type_v3.FractionalPercent.DenominatorType]

    numerator: builtins.int
    denominator: _type_v3.FractionalPercent.DenominatorType
    def __init__(
        self,
        *,
        numerator: builtins.int | None = ...,
        denominator: _type_v3.FractionalPercent.DenominatorType | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["numerator", "denominator"]) -> None: ...

class HashPolicy(_Message):
    class FilterState(_Message):
        key: builtins.str
        def __init__(
            self,
            *,
            key: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["key"]) -> None: ...

    class SourceIp(_Message):
        def __init__(self) -> None: ...

    @builtins.property
    def source_ip(self) -> _type_v3.HashPolicy.SourceIp: ...
    @builtins.property
    def filter_state(self) -> _type_v3.HashPolicy.FilterState: ...
    def __init__(
        self,
        *,
        source_ip: _type_v3.HashPolicy.SourceIp | None = ...,
        filter_state: _type_v3.HashPolicy.FilterState | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["source_ip", "filter_state", "policy_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["source_ip", "filter_state", "policy_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["policy_specifier"]) -> typing.Literal["source_ip", "filter_state"] | None: ...

class HttpStatus(_Message):
    code: _type_v3.StatusCode
    def __init__(
        self,
        *,
        code: _type_v3.StatusCode | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["code"]) -> None: ...

class Int32Range(_Message):
    start: builtins.int
    end: builtins.int
    def __init__(
        self,
        *,
        start: builtins.int | None = ...,
        end: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["start", "end"]) -> None: ...

class Int64Range(_Message):
    start: builtins.int
    end: builtins.int
    def __init__(
        self,
        *,
        start: builtins.int | None = ...,
        end: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["start", "end"]) -> None: ...

class Percent(_Message):
    value: builtins.float
    def __init__(
        self,
        *,
        value: builtins.float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["value"]) -> None: ...

class RateLimitStrategy(_Message):
    class BlanketRule(_EnumValue):
        ALLOW_ALL: typing.ClassVar[_type_v3.RateLimitStrategy.BlanketRule]
        DENY_ALL: typing.ClassVar[_type_v3.RateLimitStrategy.BlanketRule]

    class RequestsPerTimeUnit(_Message):
        requests_per_time_unit: builtins.int
        time_unit: _type_v3.RateLimitUnit
        def __init__(
            self,
            *,
            requests_per_time_unit: builtins.int | None = ...,
            time_unit: _type_v3.RateLimitUnit | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["requests_per_time_unit", "time_unit"]) -> None: ...

    blanket_rule: _type_v3.RateLimitStrategy.BlanketRule
    @builtins.property
    def requests_per_time_unit(self) -> _type_v3.RateLimitStrategy.RequestsPerTimeUnit: ...
    @builtins.property
    def token_bucket(self) -> _type_v3.TokenBucket: ...
    def __init__(
        self,
        *,
        blanket_rule: _type_v3.RateLimitStrategy.BlanketRule | None = ...,
        requests_per_time_unit: _type_v3.RateLimitStrategy.RequestsPerTimeUnit | None = ...,
        token_bucket: _type_v3.TokenBucket | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["blanket_rule", "requests_per_time_unit", "token_bucket", "strategy"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["blanket_rule", "requests_per_time_unit", "token_bucket", "strategy"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["strategy"]) -> typing.Literal["blanket_rule", "requests_per_time_unit", "token_bucket"] | None: ...

class Scope(_Message):
    @builtins.property
    def max_counters(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_gauges(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_histograms(self) -> _wrappers_pb2.UInt32Value: ...
    enable_eviction: builtins.bool
    prefix: builtins.str
    sharing_name: builtins.str
    def __init__(
        self,
        *,
        max_counters: _wrappers_pb2.UInt32Value | None = ...,
        max_gauges: _wrappers_pb2.UInt32Value | None = ...,
        max_histograms: _wrappers_pb2.UInt32Value | None = ...,
        enable_eviction: builtins.bool | None = ...,
        prefix: builtins.str | None = ...,
        sharing_name: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_counters", "max_gauges", "max_histograms"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_counters", "max_gauges", "max_histograms", "enable_eviction", "prefix", "sharing_name"]) -> None: ...

class SemanticVersion(_Message):
    major_number: builtins.int
    minor_number: builtins.int
    patch: builtins.int
    def __init__(
        self,
        *,
        major_number: builtins.int | None = ...,
        minor_number: builtins.int | None = ...,
        patch: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["major_number", "minor_number", "patch"]) -> None: ...

class TokenBucket(_Message):
    max_tokens: builtins.int
    @builtins.property
    def tokens_per_fill(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def fill_interval(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        max_tokens: builtins.int | None = ...,
        tokens_per_fill: _wrappers_pb2.UInt32Value | None = ...,
        fill_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["tokens_per_fill", "fill_interval"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_tokens", "tokens_per_fill", "fill_interval"]) -> None: ...

