# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.transport_sockets.tls.v3 as _extensions_transport_sockets_tls_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3

class CertificateProviderPluginInstance(_Message):
    instance_name: builtins.str
    certificate_name: builtins.str
    def __init__(
        self,
        *,
        instance_name: builtins.str | None = ...,
        certificate_name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["instance_name", "certificate_name"]) -> None: ...

class CertificateValidationContext(_Message):
    class TrustChainVerification(_EnumValue):
        VERIFY_TRUST_CHAIN: typing.ClassVar[_extensions_transport_sockets_tls_v3.CertificateValidationContext.TrustChainVerification]
        ACCEPT_UNTRUSTED: typing.ClassVar[_extensions_transport_sockets_tls_v3.CertificateValidationContext.TrustChainVerification]

    class SystemRootCerts(_Message):
        def __init__(self) -> None: ...

    @builtins.property
    def trusted_ca(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def verify_certificate_hash(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def verify_certificate_spki(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def require_signed_certificate_timestamp(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def crl(self) -> _config_core_v3.DataSource: ...
    allow_expired_certificate: builtins.bool
    @builtins.property
    def match_subject_alt_names(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StringMatcher]: ...
    trust_chain_verification: _extensions_transport_sockets_tls_v3.CertificateValidationContext.TrustChainVerification
    @builtins.property
    def watched_directory(self) -> _config_core_v3.WatchedDirectory: ...
    @builtins.property
    def custom_validator_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def ca_certificate_provider_instance(self) -> _extensions_transport_sockets_tls_v3.CertificateProviderPluginInstance: ...
    only_verify_leaf_cert_crl: builtins.bool
    @builtins.property
    def match_typed_subject_alt_names(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher]: ...
    @builtins.property
    def max_verify_depth(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def system_root_certs(self) -> _extensions_transport_sockets_tls_v3.CertificateValidationContext.SystemRootCerts: ...
    suppress_client_ca_list: builtins.bool
    def __init__(
        self,
        *,
        trusted_ca: _config_core_v3.DataSource | None = ...,
        verify_certificate_hash: collections.abc.Iterable[builtins.str] | None = ...,
        verify_certificate_spki: collections.abc.Iterable[builtins.str] | None = ...,
        require_signed_certificate_timestamp: _wrappers_pb2.BoolValue | None = ...,
        crl: _config_core_v3.DataSource | None = ...,
        allow_expired_certificate: builtins.bool | None = ...,
        match_subject_alt_names: collections.abc.Iterable[_type_matcher_v3.StringMatcher] | None = ...,
        trust_chain_verification: _extensions_transport_sockets_tls_v3.CertificateValidationContext.TrustChainVerification | None = ...,
        watched_directory: _config_core_v3.WatchedDirectory | None = ...,
        custom_validator_config: _config_core_v3.TypedExtensionConfig | None = ...,
        ca_certificate_provider_instance: _extensions_transport_sockets_tls_v3.CertificateProviderPluginInstance | None = ...,
        only_verify_leaf_cert_crl: builtins.bool | None = ...,
        match_typed_subject_alt_names: collections.abc.Iterable[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher] | None = ...,
        max_verify_depth: _wrappers_pb2.UInt32Value | None = ...,
        system_root_certs: _extensions_transport_sockets_tls_v3.CertificateValidationContext.SystemRootCerts | None = ...,
        suppress_client_ca_list: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["trusted_ca", "require_signed_certificate_timestamp", "crl", "watched_directory", "custom_validator_config", "ca_certificate_provider_instance", "max_verify_depth", "system_root_certs"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["trusted_ca", "verify_certificate_hash", "verify_certificate_spki", "require_signed_certificate_timestamp", "crl", "allow_expired_certificate", "match_subject_alt_names", "trust_chain_verification", "watched_directory", "custom_validator_config", "ca_certificate_provider_instance", "only_verify_leaf_cert_crl", "match_typed_subject_alt_names", "max_verify_depth", "system_root_certs", "suppress_client_ca_list"]) -> None: ...

class CommonTlsContext(_Message):
    class CertificateProvider(_Message):
        name: builtins.str
        @builtins.property
        def typed_config(self) -> _config_core_v3.TypedExtensionConfig: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            typed_config: _config_core_v3.TypedExtensionConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["typed_config", "config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "typed_config", "config"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["config"]) -> typing.Literal["typed_config"] | None: ...

    class CertificateProviderInstance(_Message):
        instance_name: builtins.str
        certificate_name: builtins.str
        def __init__(
            self,
            *,
            instance_name: builtins.str | None = ...,
            certificate_name: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["instance_name", "certificate_name"]) -> None: ...

    class CombinedCertificateValidationContext(_Message):
        @builtins.property
        def default_validation_context(self) -> _extensions_transport_sockets_tls_v3.CertificateValidationContext: ...
        @builtins.property
        def validation_context_sds_secret_config(self) -> _extensions_transport_sockets_tls_v3.SdsSecretConfig: ...
        @builtins.property
        def validation_context_certificate_provider(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProvider: ...
        @builtins.property
        def validation_context_certificate_provider_instance(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProviderInstance: ...
        def __init__(
            self,
            *,
            default_validation_context: _extensions_transport_sockets_tls_v3.CertificateValidationContext | None = ...,
            validation_context_sds_secret_config: _extensions_transport_sockets_tls_v3.SdsSecretConfig | None = ...,
            validation_context_certificate_provider: _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProvider | None = ...,
            validation_context_certificate_provider_instance: _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProviderInstance | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["default_validation_context", "validation_context_sds_secret_config", "validation_context_certificate_provider", "validation_context_certificate_provider_instance"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["default_validation_context", "validation_context_sds_secret_config", "validation_context_certificate_provider", "validation_context_certificate_provider_instance"]) -> None: ...

    @builtins.property
    def tls_params(self) -> _extensions_transport_sockets_tls_v3.TlsParameters: ...
    @builtins.property
    def tls_certificates(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_transport_sockets_tls_v3.TlsCertificate]: ...
    @builtins.property
    def validation_context(self) -> _extensions_transport_sockets_tls_v3.CertificateValidationContext: ...
    @builtins.property
    def alpn_protocols(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def tls_certificate_sds_secret_configs(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_transport_sockets_tls_v3.SdsSecretConfig]: ...
    @builtins.property
    def validation_context_sds_secret_config(self) -> _extensions_transport_sockets_tls_v3.SdsSecretConfig: ...
    @builtins.property
    def combined_validation_context(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CombinedCertificateValidationContext: ...
    @builtins.property
    def tls_certificate_certificate_provider(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProvider: ...
    @builtins.property
    def validation_context_certificate_provider(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProvider: ...
    @builtins.property
    def tls_certificate_certificate_provider_instance(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProviderInstance: ...
    @builtins.property
    def validation_context_certificate_provider_instance(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProviderInstance: ...
    @builtins.property
    def custom_handshaker(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def tls_certificate_provider_instance(self) -> _extensions_transport_sockets_tls_v3.CertificateProviderPluginInstance: ...
    @builtins.property
    def key_log(self) -> _extensions_transport_sockets_tls_v3.TlsKeyLog: ...
    @builtins.property
    def custom_tls_certificate_selector(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        tls_params: _extensions_transport_sockets_tls_v3.TlsParameters | None = ...,
        tls_certificates: collections.abc.Iterable[_extensions_transport_sockets_tls_v3.TlsCertificate] | None = ...,
        validation_context: _extensions_transport_sockets_tls_v3.CertificateValidationContext | None = ...,
        alpn_protocols: collections.abc.Iterable[builtins.str] | None = ...,
        tls_certificate_sds_secret_configs: collections.abc.Iterable[_extensions_transport_sockets_tls_v3.SdsSecretConfig] | None = ...,
        validation_context_sds_secret_config: _extensions_transport_sockets_tls_v3.SdsSecretConfig | None = ...,
        combined_validation_context: _extensions_transport_sockets_tls_v3.CommonTlsContext.CombinedCertificateValidationContext | None = ...,
        tls_certificate_certificate_provider: _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProvider | None = ...,
        validation_context_certificate_provider: _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProvider | None = ...,
        tls_certificate_certificate_provider_instance: _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProviderInstance | None = ...,
        validation_context_certificate_provider_instance: _extensions_transport_sockets_tls_v3.CommonTlsContext.CertificateProviderInstance | None = ...,
        custom_handshaker: _config_core_v3.TypedExtensionConfig | None = ...,
        tls_certificate_provider_instance: _extensions_transport_sockets_tls_v3.CertificateProviderPluginInstance | None = ...,
        key_log: _extensions_transport_sockets_tls_v3.TlsKeyLog | None = ...,
        custom_tls_certificate_selector: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["tls_params", "validation_context", "validation_context_sds_secret_config", "combined_validation_context", "tls_certificate_certificate_provider", "validation_context_certificate_provider", "tls_certificate_certificate_provider_instance", "validation_context_certificate_provider_instance", "custom_handshaker", "tls_certificate_provider_instance", "key_log", "custom_tls_certificate_selector", "validation_context_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["tls_params", "tls_certificates", "validation_context", "alpn_protocols", "tls_certificate_sds_secret_configs", "validation_context_sds_secret_config", "combined_validation_context", "tls_certificate_certificate_provider", "validation_context_certificate_provider", "tls_certificate_certificate_provider_instance", "validation_context_certificate_provider_instance", "custom_handshaker", "tls_certificate_provider_instance", "key_log", "custom_tls_certificate_selector", "validation_context_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["validation_context_type"]) -> typing.Literal["validation_context", "validation_context_sds_secret_config", "combined_validation_context", "validation_context_certificate_provider", "validation_context_certificate_provider_instance"] | None: ...

class DownstreamTlsContext(_Message):
    class OcspStaplePolicy(_EnumValue):
        LENIENT_STAPLING: typing.ClassVar[_extensions_transport_sockets_tls_v3.DownstreamTlsContext.OcspStaplePolicy]
        STRICT_STAPLING: typing.ClassVar[_extensions_transport_sockets_tls_v3.DownstreamTlsContext.OcspStaplePolicy]
        MUST_STAPLE: typing.ClassVar[_extensions_transport_sockets_tls_v3.DownstreamTlsContext.OcspStaplePolicy]

    @builtins.property
    def common_tls_context(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext: ...
    @builtins.property
    def require_client_certificate(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def require_sni(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def session_ticket_keys(self) -> _extensions_transport_sockets_tls_v3.TlsSessionTicketKeys: ...
    @builtins.property
    def session_ticket_keys_sds_secret_config(self) -> _extensions_transport_sockets_tls_v3.SdsSecretConfig: ...
    @builtins.property
    def session_timeout(self) -> _duration_pb2.Duration: ...
    disable_stateless_session_resumption: builtins.bool
    ocsp_staple_policy: _extensions_transport_sockets_tls_v3.DownstreamTlsContext.OcspStaplePolicy
    @builtins.property
    def full_scan_certs_on_sni_mismatch(self) -> _wrappers_pb2.BoolValue: ...
    disable_stateful_session_resumption: builtins.bool
    prefer_client_ciphers: builtins.bool
    def __init__(
        self,
        *,
        common_tls_context: _extensions_transport_sockets_tls_v3.CommonTlsContext | None = ...,
        require_client_certificate: _wrappers_pb2.BoolValue | None = ...,
        require_sni: _wrappers_pb2.BoolValue | None = ...,
        session_ticket_keys: _extensions_transport_sockets_tls_v3.TlsSessionTicketKeys | None = ...,
        session_ticket_keys_sds_secret_config: _extensions_transport_sockets_tls_v3.SdsSecretConfig | None = ...,
        session_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        disable_stateless_session_resumption: builtins.bool | None = ...,
        ocsp_staple_policy: _extensions_transport_sockets_tls_v3.DownstreamTlsContext.OcspStaplePolicy | None = ...,
        full_scan_certs_on_sni_mismatch: _wrappers_pb2.BoolValue | None = ...,
        disable_stateful_session_resumption: builtins.bool | None = ...,
        prefer_client_ciphers: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["common_tls_context", "require_client_certificate", "require_sni", "session_ticket_keys", "session_ticket_keys_sds_secret_config", "session_timeout", "disable_stateless_session_resumption", "full_scan_certs_on_sni_mismatch", "session_ticket_keys_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["common_tls_context", "require_client_certificate", "require_sni", "session_ticket_keys", "session_ticket_keys_sds_secret_config", "session_timeout", "disable_stateless_session_resumption", "ocsp_staple_policy", "full_scan_certs_on_sni_mismatch", "disable_stateful_session_resumption", "prefer_client_ciphers", "session_ticket_keys_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["session_ticket_keys_type"]) -> typing.Literal["session_ticket_keys", "session_ticket_keys_sds_secret_config", "disable_stateless_session_resumption"] | None: ...

class GenericSecret(_Message):
    @builtins.property
    def secret(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def secrets(self) -> _containers.MessageMap[builtins.str, _config_core_v3.DataSource]: ...
    def __init__(
        self,
        *,
        secret: _config_core_v3.DataSource | None = ...,
        secrets: collections.abc.Mapping[builtins.str, _config_core_v3.DataSource] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["secret"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["secret", "secrets"]) -> None: ...

class PrivateKeyProvider(_Message):
    provider_name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    fallback: builtins.bool
    def __init__(
        self,
        *,
        provider_name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
        fallback: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["provider_name", "typed_config", "fallback", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

class SPIFFECertValidatorConfig(_Message):
    class TrustDomain(_Message):
        name: builtins.str
        @builtins.property
        def trust_bundle(self) -> _config_core_v3.DataSource: ...
        workload_trust_domain: builtins.str
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            trust_bundle: _config_core_v3.DataSource | None = ...,
            workload_trust_domain: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["trust_bundle"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "trust_bundle", "workload_trust_domain"]) -> None: ...

    @builtins.property
    def trust_domains(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_transport_sockets_tls_v3.SPIFFECertValidatorConfig.TrustDomain]: ...
    @builtins.property
    def trust_bundles(self) -> _config_core_v3.DataSource: ...
    def __init__(
        self,
        *,
        trust_domains: collections.abc.Iterable[_extensions_transport_sockets_tls_v3.SPIFFECertValidatorConfig.TrustDomain] | None = ...,
        trust_bundles: _config_core_v3.DataSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["trust_bundles"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["trust_domains", "trust_bundles"]) -> None: ...

class SdsSecretConfig(_Message):
    name: builtins.str
    @builtins.property
    def sds_config(self) -> _config_core_v3.ConfigSource: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        sds_config: _config_core_v3.ConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["sds_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "sds_config"]) -> None: ...

class Secret(_Message):
    name: builtins.str
    @builtins.property
    def tls_certificate(self) -> _extensions_transport_sockets_tls_v3.TlsCertificate: ...
    @builtins.property
    def session_ticket_keys(self) -> _extensions_transport_sockets_tls_v3.TlsSessionTicketKeys: ...
    @builtins.property
    def validation_context(self) -> _extensions_transport_sockets_tls_v3.CertificateValidationContext: ...
    @builtins.property
    def generic_secret(self) -> _extensions_transport_sockets_tls_v3.GenericSecret: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        tls_certificate: _extensions_transport_sockets_tls_v3.TlsCertificate | None = ...,
        session_ticket_keys: _extensions_transport_sockets_tls_v3.TlsSessionTicketKeys | None = ...,
        validation_context: _extensions_transport_sockets_tls_v3.CertificateValidationContext | None = ...,
        generic_secret: _extensions_transport_sockets_tls_v3.GenericSecret | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["tls_certificate", "session_ticket_keys", "validation_context", "generic_secret", "type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "tls_certificate", "session_ticket_keys", "validation_context", "generic_secret", "type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["type"]) -> typing.Literal["tls_certificate", "session_ticket_keys", "validation_context", "generic_secret"] | None: ...

class SubjectAltNameMatcher(_Message):
    class SanType(_EnumValue):
        SAN_TYPE_UNSPECIFIED: typing.ClassVar[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType]
        EMAIL: typing.ClassVar[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType]
        DNS: typing.ClassVar[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType]
        URI: typing.ClassVar[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType]
        IP_ADDRESS: typing.ClassVar[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType]
        OTHER_NAME: typing.ClassVar[_extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType]

    san_type: _extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType
    @builtins.property
    def matcher(self) -> _type_matcher_v3.StringMatcher: ...
    oid: builtins.str
    def __init__(
        self,
        *,
        san_type: _extensions_transport_sockets_tls_v3.SubjectAltNameMatcher.SanType | None = ...,
        matcher: _type_matcher_v3.StringMatcher | None = ...,
        oid: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["san_type", "matcher", "oid"]) -> None: ...

class TlsCertificate(_Message):
    @builtins.property
    def certificate_chain(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def private_key(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def password(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def ocsp_staple(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def signed_certificate_timestamp(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.DataSource]: ...
    @builtins.property
    def private_key_provider(self) -> _extensions_transport_sockets_tls_v3.PrivateKeyProvider: ...
    @builtins.property
    def watched_directory(self) -> _config_core_v3.WatchedDirectory: ...
    @builtins.property
    def pkcs12(self) -> _config_core_v3.DataSource: ...
    def __init__(
        self,
        *,
        certificate_chain: _config_core_v3.DataSource | None = ...,
        private_key: _config_core_v3.DataSource | None = ...,
        password: _config_core_v3.DataSource | None = ...,
        ocsp_staple: _config_core_v3.DataSource | None = ...,
        signed_certificate_timestamp: collections.abc.Iterable[_config_core_v3.DataSource] | None = ...,
        private_key_provider: _extensions_transport_sockets_tls_v3.PrivateKeyProvider | None = ...,
        watched_directory: _config_core_v3.WatchedDirectory | None = ...,
        pkcs12: _config_core_v3.DataSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["certificate_chain", "private_key", "password", "ocsp_staple", "private_key_provider", "watched_directory", "pkcs12"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["certificate_chain", "private_key", "password", "ocsp_staple", "signed_certificate_timestamp", "private_key_provider", "watched_directory", "pkcs12"]) -> None: ...

class TlsKeyLog(_Message):
    path: builtins.str
    @builtins.property
    def local_address_range(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    @builtins.property
    def remote_address_range(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    def __init__(
        self,
        *,
        path: builtins.str | None = ...,
        local_address_range: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
        remote_address_range: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["path", "local_address_range", "remote_address_range"]) -> None: ...

class TlsParameters(_Message):
    class CompliancePolicy(_EnumValue):
        FIPS_202205: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.CompliancePolicy]
        CNSA2_202603: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.CompliancePolicy]
        CNSA1_202603: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.CompliancePolicy]

    class TlsProtocol(_EnumValue):
        TLS_AUTO: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol]
        TLSv1_0: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol]
        TLSv1_1: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol]
        TLSv1_2: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol]
        TLSv1_3: typing.ClassVar[_extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol]

    tls_minimum_protocol_version: _extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol
    tls_maximum_protocol_version: _extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol
    @builtins.property
    def cipher_suites(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def ecdh_curves(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def signature_algorithms(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def compliance_policies(self) -> _containers.RepeatedScalarFieldContainer[_extensions_transport_sockets_tls_v3.TlsParameters.CompliancePolicy]: ...
    def __init__(
        self,
        *,
        tls_minimum_protocol_version: _extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol | None = ...,
        tls_maximum_protocol_version: _extensions_transport_sockets_tls_v3.TlsParameters.TlsProtocol | None = ...,
        cipher_suites: collections.abc.Iterable[builtins.str] | None = ...,
        ecdh_curves: collections.abc.Iterable[builtins.str] | None = ...,
        signature_algorithms: collections.abc.Iterable[builtins.str] | None = ...,
        compliance_policies: collections.abc.Iterable[_extensions_transport_sockets_tls_v3.TlsParameters.CompliancePolicy] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["tls_minimum_protocol_version", "tls_maximum_protocol_version", "cipher_suites", "ecdh_curves", "signature_algorithms", "compliance_policies"]) -> None: ...

class TlsSessionTicketKeys(_Message):
    @builtins.property
    def keys(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.DataSource]: ...
    def __init__(
        self,
        *,
        keys: collections.abc.Iterable[_config_core_v3.DataSource] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["keys"]) -> None: ...

class UpstreamTlsContext(_Message):
    @builtins.property
    def common_tls_context(self) -> _extensions_transport_sockets_tls_v3.CommonTlsContext: ...
    sni: builtins.str
    allow_renegotiation: builtins.bool
    @builtins.property
    def max_session_keys(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforce_rsa_key_usage(self) -> _wrappers_pb2.BoolValue: ...
    auto_host_sni: builtins.bool
    auto_sni_san_validation: builtins.bool
    def __init__(
        self,
        *,
        common_tls_context: _extensions_transport_sockets_tls_v3.CommonTlsContext | None = ...,
        sni: builtins.str | None = ...,
        allow_renegotiation: builtins.bool | None = ...,
        max_session_keys: _wrappers_pb2.UInt32Value | None = ...,
        enforce_rsa_key_usage: _wrappers_pb2.BoolValue | None = ...,
        auto_host_sni: builtins.bool | None = ...,
        auto_sni_san_validation: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["common_tls_context", "max_session_keys", "enforce_rsa_key_usage"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["common_tls_context", "sni", "allow_renegotiation", "max_session_keys", "enforce_rsa_key_usage", "auto_host_sni", "auto_sni_san_validation"]) -> None: ...

