# SPDX-License-Identifier: Apache-2.0
"""The fields of Kubernetes manifests, as their API documents them, and what becomes of each on one machine.

A field is honoured (it has a type), ignored (it changes nothing here that the app could see; a note says so),
or refused (ignoring it would run something else than what was asked for). A field that is not listed is
unknown.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

from l7filters.schema import (
    LabelKey,
    LabelValue,
    MetadataSchema,
    Namespace,
    Schema,
    SelectorSchema,
    check_port_name,
    invalid,
)
from riftgate.local.capabilities import ALL, CAPABILITIES

_ACRONYM = re.compile(r"(Ip|Ipc|Pid|Fqdn)(s?)$")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LARGEST_ID = 2**31 - 1

MAX_REPLICAS = 1000
_FEWER_REPLICAS = f"write a number from 0 to {MAX_REPLICAS}"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Marks a field that is accepted and has no effect."""


def field_alias(name: str) -> str:
    """The field's name in a manifest: camelCase, with Kubernetes' capitals at the end (`hostPID`)."""
    return _ACRONYM.sub(lambda match: match.group(1).upper() + match.group(2), to_camel(name))


def _refused(todo: str) -> BeforeValidator:
    """The field must be absent, or as good as absent; `todo` is what to do instead."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if value not in (None, False, "", [], {}):
            raise invalid(f"'{field_alias(info.field_name or '')}' is not supported on one machine", todo)
        return value

    return BeforeValidator(check)


def _check(test: Callable[[Any], bool], what: str, todo: str) -> AfterValidator:
    def check(value: Any) -> Any:
        if not test(value):
            raise invalid(f"'{value}' is not {what}", todo)
        return value

    return AfterValidator(check)


def _port_name(name: str) -> str:
    check_port_name(name)
    return name


def _capability(name: str) -> str:
    short = name.removeprefix("CAP_")
    if short != ALL and short not in CAPABILITIES:
        raise invalid(f"'{name}' is not a capability", "write one of capabilities(7), such as NET_ADMIN, or ALL")
    return short


def _target_port(port: Any) -> Any:
    if isinstance(port, str):
        check_port_name(port)
    elif port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535):
        raise invalid(f"'{port}' is not a port", "write a number from 1 to 65535, or the name of a container's port")
    return port


Note = Annotated[Any, Ignored()]
NoVolumes = Annotated[
    Any, _refused("remove it, and show files through `files` of the image's entry in the image table")
]
OwnNamespaces = Annotated[Any, _refused("remove it: every pod here has namespaces of its own")]
NoInit = Annotated[Any, _refused("remove it, and do its work in the container's own command")]
ValueOnly = Annotated[Any, _refused("write the variables under `env`, each with its `value`")]
ClusterOnly = Annotated[Any, _refused("remove it: a service is reached from the mesh's own pods only")]
NoCounterpart = Annotated[Any, _refused("remove it")]

DnsLabel = Annotated[
    str,
    _check(
        lambda name: bool(_DNS_LABEL.fullmatch(name)),
        "a DNS label",
        "use at most 63 of a-z, 0-9 and '-', first and last not '-'",
    ),
]
PortName = Annotated[str, AfterValidator(_port_name)]
PortNumber = Annotated[int, _check(lambda port: 1 <= port <= 65535, "a port", "write a number from 1 to 65535")]
UserId = Annotated[
    int, _check(lambda number: 0 <= number <= _LARGEST_ID, "an id", f"write a number from 0 to {_LARGEST_ID}")
]
CapabilityName = Annotated[str, AfterValidator(_capability)]
Protocol = Literal["TCP", "UDP", "SCTP"]
Labels = dict[LabelKey, LabelValue]


class Fields(Schema):
    """Base of all: nothing that is not listed, and no conversion between types."""

    model_config = ConfigDict(alias_generator=field_alias)


class ObjectMetadata(MetadataSchema):
    labels: Labels | None = None


class TemplateMetadata(Fields):
    labels: Labels | None = None
    annotations: dict[str, str] | None = None
    name: Note = None
    namespace: Note = None
    creation_timestamp: Note = None


class EnvVar(Fields):
    name: Annotated[
        str, _check(lambda name: bool(name) and "=" not in name, "the name of a variable", "remove the '='")
    ]
    value: str | None = None
    value_from: ValueOnly = None


class ContainerPort(Fields):
    container_port: PortNumber
    name: PortName | None = None
    protocol: Protocol = "TCP"
    host_ip: Note = None
    host_port: Note = None


class Capabilities(Fields):
    add: list[CapabilityName] | None = None
    drop: list[CapabilityName] | None = None


class ContainerSecurity(Fields):
    capabilities: Capabilities | None = None
    run_as_user: UserId | None = None
    run_as_group: UserId | None = None
    run_as_non_root: bool | None = None
    privileged: Annotated[Any, _refused("list what it needs under `capabilities.add`")] = None
    # Never allowed here, and always read-only.
    allow_privilege_escalation: Note = None
    read_only_root_filesystem: Note = None
    app_armor_profile: Note = None
    proc_mount: Note = None
    se_linux_options: Note = None
    seccomp_profile: Note = None
    windows_options: Note = None


class Container(Fields):
    name: DnsLabel
    image: Annotated[str, _check(bool, "an image", "name one")]
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[EnvVar] | None = None
    working_dir: (
        Annotated[str, _check(lambda path: path.startswith("/"), "an absolute path", "begin it with '/'")] | None
    ) = None
    ports: list[ContainerPort] | None = None
    security_context: ContainerSecurity | None = None
    image_pull_policy: Note = None
    liveness_probe: Note = None
    readiness_probe: Note = None
    startup_probe: Note = None
    resize_policy: Note = None
    resources: Note = None
    stdin: Note = None
    stdin_once: Note = None
    termination_message_path: Note = None
    termination_message_policy: Note = None
    tty: Note = None
    env_from: ValueOnly = None
    lifecycle: NoCounterpart = None
    restart_policy: NoCounterpart = None
    restart_policy_rules: NoCounterpart = None
    volume_devices: NoVolumes = None
    volume_mounts: NoVolumes = None


class PodSecurity(Fields):
    run_as_user: UserId | None = None
    run_as_group: UserId | None = None
    run_as_non_root: bool | None = None
    app_armor_profile: Note = None
    fs_group: Note = None
    fs_group_change_policy: Note = None
    se_linux_change_policy: Note = None
    se_linux_options: Note = None
    seccomp_profile: Note = None
    supplemental_groups: Note = None
    supplemental_groups_policy: Note = None
    sysctls: NoCounterpart = None
    windows_options: Note = None


class PodSpec(Fields):
    containers: Annotated[list[Container], _check(bool, "a list of containers", "write at least one")]
    hostname: DnsLabel | None = None
    restart_policy: Literal["Always", "OnFailure", "Never"] = "Always"
    service_account_name: str | None = None
    service_account: str | None = None
    security_context: PodSecurity | None = None
    affinity: Note = None
    automount_service_account_token: Note = None
    dns_policy: Note = None
    enable_service_links: Note = None
    image_pull_secrets: Note = None
    node_name: Note = None
    node_selector: Note = None
    os: Note = None
    overhead: Note = None
    preemption_policy: Note = None
    priority: Note = None
    priority_class_name: Note = None
    readiness_gates: Note = None
    resources: Note = None
    runtime_class_name: Note = None
    scheduler_name: Note = None
    scheduling_gates: Note = None
    set_hostname_as_fqdn: Note = None
    subdomain: Note = None
    termination_grace_period_seconds: Note = None
    tolerations: Note = None
    topology_spread_constraints: Note = None
    active_deadline_seconds: NoCounterpart = None
    dns_config: NoCounterpart = None
    ephemeral_containers: NoInit = None
    host_aliases: NoCounterpart = None
    host_ipc: OwnNamespaces = None
    host_network: OwnNamespaces = None
    host_pid: OwnNamespaces = None
    host_users: Note = None
    hostname_override: NoCounterpart = None
    init_containers: NoInit = None
    resource_claims: NoCounterpart = None
    share_process_namespace: OwnNamespaces = None
    volumes: NoVolumes = None


class Pod(Fields):
    api_version: Literal["v1"]
    kind: Literal["Pod"]
    metadata: ObjectMetadata
    spec: PodSpec
    status: Note = None


class PodTemplate(Fields):
    metadata: TemplateMetadata
    spec: PodSpec


class DeploymentSpec(Fields):
    replicas: (
        Annotated[int, _check(lambda count: 0 <= count <= MAX_REPLICAS, "a number of replicas", _FEWER_REPLICAS)] | None
    ) = None
    selector: SelectorSchema
    template: PodTemplate
    min_ready_seconds: Note = None
    progress_deadline_seconds: Note = None
    revision_history_limit: Note = None
    strategy: Note = None
    paused: NoCounterpart = None


class Deployment(Fields):
    api_version: Literal["apps/v1"]
    kind: Literal["Deployment"]
    metadata: ObjectMetadata
    spec: DeploymentSpec
    status: Note = None


class ServicePort(Fields):
    port: PortNumber
    target_port: Annotated[Any, AfterValidator(_target_port)] = None
    name: DnsLabel | None = None
    protocol: Protocol = "TCP"
    app_protocol: str | None = None
    node_port: Note = None


class ServiceSpec(Fields):
    type: Annotated[
        str, _check("ClusterIP".__eq__, "a type of service that one machine can have", "write ClusterIP")
    ] = "ClusterIP"
    cluster_ip: Annotated[
        str | None,
        _check(
            lambda ip: ip in (None, "", "None"),
            "an address to choose here",
            "remove it, or write None for a headless service",
        ),
    ] = None
    cluster_ips: Note = None
    selector: Labels | None = None
    ports: list[ServicePort] | None = None
    session_affinity: Literal["None"] | None = None
    allocate_load_balancer_node_ports: Note = None
    external_traffic_policy: Note = None
    internal_traffic_policy: Note = None
    ip_families: Note = None
    ip_family_policy: Note = None
    publish_not_ready_addresses: Note = None
    traffic_distribution: Note = None
    external_ips: ClusterOnly = None
    external_name: ClusterOnly = None
    health_check_node_port: ClusterOnly = None
    load_balancer_class: ClusterOnly = None
    load_balancer_ip: ClusterOnly = None
    load_balancer_source_ranges: ClusterOnly = None
    session_affinity_config: NoCounterpart = None


class Service(Fields):
    api_version: Literal["v1"]
    kind: Literal["Service"]
    metadata: ObjectMetadata
    spec: ServiceSpec
    status: Note = None


class NamespaceMetadata(ObjectMetadata):
    name: Namespace


class NamespaceObject(Fields):
    api_version: Literal["v1"]
    kind: Literal["Namespace"]
    metadata: NamespaceMetadata
    spec: Note = None
    status: Note = None


KINDS: dict[str, type[Pod] | type[Deployment] | type[Service] | type[NamespaceObject]] = {
    "Pod": Pod,
    "Deployment": Deployment,
    "Service": Service,
    "Namespace": NamespaceObject,
}


def ignored_fields(model: BaseModel) -> Iterator[tuple[str | int, ...]]:
    """The path of every field in use, at any depth, that has no effect."""
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        step = info.alias or name
        if any(isinstance(mark, Ignored) for mark in info.metadata):
            if value not in (None, False, "", [], {}):
                yield (step,)
        else:
            yield from ((step, *path) for path in _ignored_in(value))


def _ignored_in(value: Any) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, BaseModel):
        yield from ignored_fields(value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ((index, *path) for path in _ignored_in(item))
