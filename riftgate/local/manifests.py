# SPDX-License-Identifier: Apache-2.0
"""Kubernetes manifests, text in, values out: what shall run on this machine.

YAML ─ schema (manifests_schema.py) ─► Manifests ── pods, deployments, services, namespaces ─► plan.py
                                                 └─ notes: fields that were accepted and have no effect
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

from bpf.acceleration import Acceleration
from l7filters.labels import FrozenMap, Selector
from l7filters.schema import did_you_mean, finding, validate
from l7filters.source import InputError, Problem, SourceLocation
from l7filters.world import EscapedSlashes, ServicePort, WorkloadPort
from l7filters.yaml_source import Located, load_documents
from riftgate.local import manifests_schema as schema
from riftgate.local.capabilities import effective_capabilities
from riftgate.local.sidecar import DRAIN_ANNOTATION, HOT_RESTART_ANNOTATION, LONGEST_DRAIN, USUAL_DRAIN
from riftgate.local.supervisor import RestartPolicy
from scenarios.units import parse_duration

DEFAULT_NAMESPACE = "default"

ESCAPED_SLASHES_ANNOTATION = "riftgate/escaped-slashes"
"""Annotation of a pod: what its sidecar does with %2F in a path, one of EscapedSlashes."""

SIDECAR_WORKERS_ANNOTATION = "riftgate/sidecar-workers"
"""Annotation of a pod: how many threads of its sidecar handle connections, 1 to MOST_SIDECAR_WORKERS."""
MOST_SIDECAR_WORKERS = 64
ACCELERATION_ANNOTATION = "riftgate/acceleration"
"""Annotation of a pod: whether its app and sidecar talk past TCP, one of Acceleration."""
SHORTCUT_ANNOTATION = "riftgate/shortcut"
"""Annotation of a pod: whether what other pods' sidecars send it skips the node's IP stack, "on" or "off"."""

# What may stand in the same files but is applied by another command.
_POLICY_KINDS = ("CiliumNetworkPolicy", "NetworkPolicy", "LocalPolicy")


@dataclass(frozen=True, slots=True)
class Container:
    """A container as its manifest has it; `command` and `args` None leave it to the image."""

    name: str
    image: str
    location: SourceLocation
    command: tuple[str, ...] | None = None
    args: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    working_dir: str | None = None
    capabilities: frozenset[str] = effective_capabilities((), ())
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """What a pod is made of, whatever its name."""

    labels: Mapping[str, str]
    containers: tuple[Container, ...]
    ports: tuple[WorkloadPort, ...] = ()
    hostname: str | None = None
    restart_policy: RestartPolicy = RestartPolicy.ALWAYS
    service_account: str = "default"
    escaped_slashes: EscapedSlashes = EscapedSlashes.REJECT_REQUEST
    sidecar_workers: int = 1
    # None: as the mesh has it.
    acceleration: Acceleration | None = None
    hot_restart: bool = False
    drain: int = USUAL_DRAIN
    shortcut: bool = True


@dataclass(frozen=True, slots=True)
class Pod:
    namespace: str
    name: str
    template: PodTemplate
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class Deployment:
    namespace: str
    name: str
    replicas: int
    template: PodTemplate
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class Service:
    """A headless one has no virtual address: its name stands for the addresses of its pods."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    ports: tuple[ServicePort, ...]
    selector: Mapping[str, str]
    headless: bool
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str
    labels: Mapping[str, str]
    location: SourceLocation


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Something that was accepted and has no effect here."""

    location: SourceLocation
    what: str

    def __str__(self) -> str:
        return f"{self.location}: {self.what}"


@dataclass(frozen=True, slots=True)
class Manifests:
    """Everything of some files, in their order."""

    pods: tuple[Pod, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    services: tuple[Service, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    notes: tuple[Note, ...] = ()


def parse_manifests(sources: Iterable[tuple[str, str]]) -> Manifests:
    """Parses (text, file name) pairs together. Raises InputError with all problems of all files."""
    reader = _Reader()
    for text, file in sources:
        documents, problems = load_documents(text, file)
        reader.problems.extend(problems)
        for document in documents:
            reader.read(document)
    if reader.problems:
        raise InputError(reader.problems)
    return Manifests(
        tuple(reader.pods),
        tuple(reader.deployments),
        tuple(reader.services),
        tuple(reader.namespaces),
        tuple(sorted(set(reader.notes))),
    )


class _Reader:
    def __init__(self) -> None:
        self.pods: list[Pod] = []
        self.deployments: list[Deployment] = []
        self.services: list[Service] = []
        self.namespaces: list[Namespace] = []
        self.notes: list[Note] = []
        self.problems: list[Problem] = []
        self._seen: dict[tuple[str, str, str], SourceLocation] = {}

    def read(self, document: Located) -> None:
        if not isinstance(document.plain, dict):
            self._problem(document.location(), "the document is not a mapping", "write an object with a kind")
            return
        kind = document.plain.get("kind")
        model = schema.KINDS.get(kind) if isinstance(kind, str) else None
        if model is None:
            self._unknown_kind(document, kind)
            return
        parsed, problems = validate(model, document)
        self.problems.extend(problems)
        if parsed is None:
            return
        self.notes.extend(_notes(parsed, document))
        namespace = parsed.metadata.namespace or DEFAULT_NAMESPACE
        location = document.location("metadata", "name")
        match parsed:
            case schema.Pod():
                self._unique("Pod", namespace, parsed.metadata.name, location)
                template = self._template(parsed.spec, parsed.metadata.labels, parsed.metadata.annotations, document)
                self.pods.append(Pod(namespace, parsed.metadata.name, template, location))
            case schema.Deployment():
                self._unique("Deployment", namespace, parsed.metadata.name, location)
                self._deployment(parsed, namespace, location, document)
            case schema.Service():
                self._unique("Service", namespace, parsed.metadata.name, location)
                self._service(parsed, namespace, location, document)
            case schema.NamespaceObject():
                self._unique("Namespace", "", parsed.metadata.name, location)
                labels = FrozenMap(parsed.metadata.labels or {})
                self.namespaces.append(Namespace(parsed.metadata.name, labels, location))

    def _problem(self, location: SourceLocation, what: str, todo: str) -> None:
        self.problems.append(Problem(location, what, todo))

    def _unknown_kind(self, document: Located, kind: object) -> None:
        location = document.location("kind")
        if kind in _POLICY_KINDS:
            self._problem(location, f"{kind} is a policy", "give it to `riftgate policy apply -f`")
        elif isinstance(kind, str):
            known = list(schema.KINDS)
            todo = did_you_mean(kind, known, f"kinds that run on one machine are {', '.join(known)}")
            self._problem(location, f"kind '{kind}' is not supported", todo)
        else:
            self._problem(location, "the object has no kind", f"add one of {', '.join(schema.KINDS)}")

    def _unique(self, kind: str, namespace: str, name: str, location: SourceLocation) -> None:
        first = self._seen.setdefault((kind, namespace, name), location)
        if first != location:
            where = f" in namespace {namespace}" if namespace else ""
            self._problem(location, f"{kind} '{name}'{where} is at {first} already", "keep one of them")

    def _deployment(
        self, parsed: schema.Deployment, namespace: str, location: SourceLocation, document: Located
    ) -> None:
        spec = parsed.spec
        selector = Selector(spec.selector.requirements())
        labels = spec.template.metadata.labels or {}
        where = document.location("spec", "selector")
        if not selector.requirements:
            self._problem(where, "the selector selects everything", "list the template's labels in it")
        elif failing := selector.failing(labels):
            wanted = ", ".join(str(requirement) for requirement in failing)
            self._problem(where, f"the selector wants {wanted}, which the template's labels lack", "make them agree")
        template = document.at("spec", "template")
        if spec.template.spec.restart_policy != "Always":
            self._problem(
                template.location("spec", "restartPolicy"),
                "the pods of a Deployment are always restarted",
                "remove restartPolicy",
            )
        made = self._template(spec.template.spec, labels, spec.template.metadata.annotations, template)
        replicas = 1 if spec.replicas is None else spec.replicas
        self.deployments.append(Deployment(namespace, parsed.metadata.name, replicas, made, location))

    def _service(self, parsed: schema.Service, namespace: str, location: SourceLocation, document: Located) -> None:
        spec = parsed.spec
        ports = document.location("spec", "ports")
        headless = spec.cluster_ip == "None"
        if not spec.ports and not headless:
            self._problem(ports, "the service has no ports", "list at least one")
        written = spec.ports or []
        if len(written) > 1 and any(port.name is None for port in written):
            self._problem(ports, "a service with several ports has one without a name", "name each of them")
        self._no_twins([port.name for port in written if port.name], "port name", ports)
        self._no_twins([f"{port.port}/{port.protocol}" for port in written], "port", ports)
        self.services.append(
            Service(
                namespace,
                parsed.metadata.name,
                FrozenMap(parsed.metadata.labels or {}),
                tuple(
                    ServicePort(
                        port.port,
                        port.port if port.target_port is None else port.target_port,
                        port.name or "",
                        port.protocol,
                        port.app_protocol or "",
                    )
                    for port in written
                ),
                FrozenMap(spec.selector or {}),
                headless,
                location,
            )
        )

    def _template(
        self,
        spec: schema.PodSpec,
        labels: Mapping[str, str] | None,
        annotations: Mapping[str, str] | None,
        document: Located,
    ) -> PodTemplate:
        where = document.at("spec", "containers")
        self._no_twins([container.name for container in spec.containers], "container", where.location())
        ports = [port for container in spec.containers for port in container.ports or []]
        self._no_twins([port.name for port in ports if port.name], "port name", where.location())
        return PodTemplate(
            FrozenMap(labels or {}),
            tuple(
                self._container(container, spec.security_context, where.at(index))
                for index, container in enumerate(spec.containers)
            ),
            tuple(WorkloadPort(port.container_port, port.name or "", port.protocol) for port in ports),
            spec.hostname,
            RestartPolicy(spec.restart_policy),
            spec.service_account_name or spec.service_account or "default",
            self._escaped_slashes(annotations or {}, document),
            self._sidecar_workers(annotations or {}, document),
            self._acceleration(annotations or {}, document),
            self._switch(HOT_RESTART_ANNOTATION, annotations or {}, document, default="off"),
            self._drain(annotations or {}, document),
            self._switch(SHORTCUT_ANNOTATION, annotations or {}, document, default="on"),
        )

    def _container(
        self, container: schema.Container, of_pod: schema.PodSecurity | None, document: Located
    ) -> Container:
        own = container.security_context or schema.ContainerSecurity()
        shared = of_pod or schema.PodSecurity()
        uid = own.run_as_user if own.run_as_user is not None else shared.run_as_user
        gid = own.run_as_group if own.run_as_group is not None else shared.run_as_group
        non_root = own.run_as_non_root if own.run_as_non_root is not None else shared.run_as_non_root
        if non_root and not uid:
            self._problem(
                document.location("securityContext"),
                f"container '{container.name}' must not run as root, but nothing says as whom",
                "add runAsUser with a number above 0",
            )
        changes = own.capabilities or schema.Capabilities()
        return Container(
            container.name,
            container.image,
            document.location("name"),
            None if not container.command else tuple(container.command),
            None if not container.args else tuple(container.args),
            tuple((variable.name, variable.value or "") for variable in container.env or ()),
            container.working_dir,
            effective_capabilities(changes.add or (), changes.drop or ()),
            uid,
            gid,
        )

    def _escaped_slashes(self, annotations: Mapping[str, str], document: Located) -> EscapedSlashes:
        written = annotations.get(ESCAPED_SLASHES_ANNOTATION)
        if written is None:
            return EscapedSlashes.REJECT_REQUEST
        if written not in list(EscapedSlashes):
            self._problem(
                document.location("metadata", "annotations", ESCAPED_SLASHES_ANNOTATION),
                f"'{written}' is not a way to treat escaped slashes",
                did_you_mean(written, list(EscapedSlashes), f"write one of {', '.join(EscapedSlashes)}"),
            )
            return EscapedSlashes.REJECT_REQUEST
        return EscapedSlashes(written)

    def _sidecar_workers(self, annotations: Mapping[str, str], document: Located) -> int:
        written = annotations.get(SIDECAR_WORKERS_ANNOTATION, "1")
        if not (written.isascii() and written.isdigit() and 1 <= int(written) <= MOST_SIDECAR_WORKERS):
            self._problem(
                document.location("metadata", "annotations", SIDECAR_WORKERS_ANNOTATION),
                f"'{written}' is not a number of workers",
                f'write one from "1" to "{MOST_SIDECAR_WORKERS}", in quotes',
            )
            return 1
        return int(written)

    def _switch(self, name: str, annotations: Mapping[str, str], document: Located, *, default: str) -> bool:
        written = annotations.get(name, default)
        if written not in ("on", "off"):
            where = document.location("metadata", "annotations", name)
            self._problem(where, f"'{written}' is neither on nor off", 'write "on" or "off", in quotes')
        return written == "on"

    def _drain(self, annotations: Mapping[str, str], document: Located) -> int:
        written = annotations.get(DRAIN_ANNOTATION)
        if written is None:
            return USUAL_DRAIN
        where = document.location("metadata", "annotations", DRAIN_ANNOTATION)
        try:
            seconds = math.ceil(parse_duration(written))
        except PydanticCustomError as error:
            self._problem(where, *finding(error))
            return USUAL_DRAIN
        if seconds > LONGEST_DRAIN:
            self._problem(where, f"{written} is too long for the end of a sidecar", "write 24h at most")
        return seconds

    def _acceleration(self, annotations: Mapping[str, str], document: Located) -> Acceleration | None:
        written = annotations.get(ACCELERATION_ANNOTATION)
        if written is None or written in list(Acceleration):
            return None if written is None else Acceleration(written)
        self._problem(
            document.location("metadata", "annotations", ACCELERATION_ANNOTATION),
            f"'{written}' is not a setting of acceleration",
            did_you_mean(written, list(Acceleration), f"write one of {', '.join(Acceleration)}"),
        )
        return None

    def _no_twins(self, names: list[str], what: str, location: SourceLocation) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._problem(location, f"{what} '{name}' occurs twice", "rename or remove one of them")


def _notes(parsed: schema.Fields, document: Located) -> Iterable[Note]:
    for path in schema.ignored_fields(parsed):
        if path[0] != "status":
            dotted = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
            yield Note(document.location(*path), f"{dotted.lstrip('.')} has no effect on one machine")
