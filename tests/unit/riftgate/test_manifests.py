# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

import riftgate.demo
from bpf.acceleration import Acceleration
from l7filters.source import InputError, SourceLocation
from l7filters.world import EscapedSlashes, ServicePort, WorkloadPort
from riftgate.local.capabilities import DEFAULT_CAPABILITIES
from riftgate.local.manifests import Manifests, parse_manifests
from riftgate.local.supervisor import RestartPolicy

DEMO = Path(riftgate.demo.__file__).parent


def parse(text: str) -> Manifests:
    return parse_manifests([(text, "app.yaml")])


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def pod(spec: str = "", container: str = "", metadata: str = "") -> str:
    """A pod in four lines, with more fields where a test needs them."""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: falcon, {metadata}}}\n"
        f"spec: {{containers: [{{name: ship, image: yt, {container}}}], {spec}}}\n"
    )


def deployment(spec: str = "", labels: str = "a: b", pod_spec: str = "") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: fleet}\nspec:\n"
        f"  {{selector: {{matchLabels: {{a: b}}}}, {spec} template: {{metadata: {{labels: {{{labels}}}}},\n"
        f"  spec: {{containers: [{{name: ship, image: yt}}], {pod_spec}}}}}}}\n"
    )


def service(spec: str) -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: port}}\nspec: {{{spec}}}\n"


def test_the_demos_app_is_accepted_as_its_users_deploy_it() -> None:
    manifests = parse((DEMO / "starwars" / "app.yaml").read_text())

    assert [each.name for each in manifests.pods] == ["tiefighter", "xwing"]
    (deathstar,) = manifests.deployments
    assert (deathstar.namespace, deathstar.name, deathstar.replicas) == ("default", "deathstar", 2)
    assert deathstar.template.labels["class"] == "deathstar"
    assert deathstar.location == SourceLocation("app.yaml", 15)
    (service,) = manifests.services
    assert service.ports == (ServicePort(port=80, target_port=80),)
    assert dict(service.selector) == {"org": "empire", "class": "deathstar"}
    assert not service.headless
    assert manifests.notes == ()


def test_everything_that_is_honoured() -> None:
    manifests = parse("""
apiVersion: v1
kind: Namespace
metadata: {name: rebels, labels: {side: light}}
---
apiVersion: v1
kind: Pod
metadata:
  name: falcon
  namespace: rebels
  labels: {org: alliance}
  annotations: {riftgate/escaped-slashes: UNESCAPE_AND_REDIRECT, riftgate/acceleration: 'on', author: han,
    riftgate/shortcut: 'off'}
spec:
  hostname: yt1300
  restartPolicy: OnFailure
  serviceAccountName: smuggler
  securityContext: {runAsUser: 1000, runAsGroup: 2000}
  containers:
  - name: hyperdrive
    image: corellia/yt:1300
    command: [jump, $(SYSTEM)]
    args: ["--fast"]
    env: [{name: SYSTEM, value: hoth}, {name: EMPTY}]
    workingDir: /deck
    ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]
    securityContext: {runAsUser: 7, capabilities: {add: [CAP_NET_ADMIN], drop: [NET_RAW]}}
---
apiVersion: v1
kind: Service
metadata: {name: jumps, namespace: rebels, labels: {kind: jump}}
spec:
  clusterIP: None
  selector: {org: alliance}
  ports:
  - {name: web, port: 80, targetPort: http, appProtocol: http}
  - {name: dns, port: 53, protocol: UDP}
""")

    (falcon,) = manifests.pods
    assert (falcon.namespace, falcon.name) == ("rebels", "falcon")
    template = falcon.template
    assert template.hostname == "yt1300"
    assert template.restart_policy is RestartPolicy.ON_FAILURE
    assert template.service_account == "smuggler"
    assert template.escaped_slashes is EscapedSlashes.UNESCAPE_AND_REDIRECT
    assert template.acceleration is Acceleration.ON
    assert not template.shortcut
    assert template.ports == (WorkloadPort(80, "http"), WorkloadPort(53, protocol="UDP"))
    (container,) = template.containers
    assert container.command == ("jump", "$(SYSTEM)")
    assert container.args == ("--fast",)
    assert container.env == (("SYSTEM", "hoth"), ("EMPTY", ""))
    assert container.working_dir == "/deck"
    assert container.capabilities == DEFAULT_CAPABILITIES - {"NET_RAW"} | {"NET_ADMIN"}
    assert (container.uid, container.gid) == (7, 2000)
    (namespace,) = manifests.namespaces
    assert dict(namespace.labels) == {"side": "light"}
    (service,) = manifests.services
    assert service.headless
    assert service.ports == (
        ServicePort(80, "http", "web", app_protocol="http"),
        ServicePort(53, 53, "dns", protocol="UDP"),
    )


def test_lists_are_taken_apart() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"- {{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n" for name in ("hoth", "endor")
    )
    assert [(each.name, each.location.line) for each in parse(text).namespaces] == [("hoth", 4), ("endor", 5)]


def test_what_changes_nothing_on_one_machine_is_noted() -> None:
    text = pod(
        spec="terminationGracePeriodSeconds: 1, tolerations: [{operator: Exists}], volumes: [], hostNetwork: false",
        container="imagePullPolicy: Never, resources: {limits: {cpu: 1}}, livenessProbe: {exec: {command: [x]}}",
    )
    assert [str(note) for note in parse(text).notes] == [
        f"app.yaml:4: spec.{field} has no effect on one machine"
        for field in (
            "containers[0].imagePullPolicy",
            "containers[0].livenessProbe",
            "containers[0].resources",
            "terminationGracePeriodSeconds",
            "tolerations",
        )
    ]


def test_what_a_cluster_gives_back_can_be_given_again() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata:
  name: falcon
  namespace: default
  uid: 1c9f
  resourceVersion: "77"
  creationTimestamp: 2026-01-01T00:00:00Z
  managedFields: [{manager: kubectl}]
spec:
  containers: [{name: ship, image: yt, terminationMessagePath: /dev/termination-log}]
  dnsPolicy: ClusterFirst
  nodeName: kind
  schedulerName: default-scheduler
  securityContext: {}
status: {phase: Running}
"""
    assert parse(text).pods[0].name == "falcon"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (pod(spec="replica: 3"), "4: unknown field 'replica' in spec; "),
        (pod(container="comand: [x]"), "4: unknown field 'comand' in spec.containers[0]; did you mean 'command'?"),
        (pod(container="env_from: []"), "4: unknown field 'env_from' in spec.containers[0]; did you mean 'envFrom'?"),
        (pod(container="command: [a, 5]"), "4: item 1 in spec.containers[0].command must be a string, not the"),
        (pod(container="env: [{name: A, value: on}]"), "4: 'value' in spec.containers[0].env[0] must be a string"),
        (pod(container="env: [{name: A, valueFrom: {x: {}}}]"), "4: 'valueFrom' is not supported on one machine;"),
        (pod(container="envFrom: [{}]"), "4: 'envFrom' is not supported"),
        (pod(container="volumeMounts: [{name: a}]"), "4: 'volumeMounts' is not supported on one machine; "),
        (pod(container="workingDir: deck"), "4: 'deck' is not an absolute path; begin it with '/'"),
        (pod(container="ports: [{containerPort: 65536}]"), "4: '65536' is not a port; write a number from 1 to 65535"),
        (pod(container="ports: [{containerPort: 80, protocol: ICMP}]"), "4: 'protocol' is 'ICMP'"),
        (pod(container="ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]"), "4: port name 'a' occurs"),
        (pod(container="securityContext: {privileged: true}"), "4: 'privileged' is not supported on one machine; list"),
        (pod(container="securityContext: {capabilities: {add: [NET_AMIN]}}"), "4: 'NET_AMIN' is not a capability"),
        (pod(container="securityContext: {runAsNonRoot: true}"), "4: container 'ship' must not run as root"),
        (pod(spec="initContainers: [{}]"), "4: 'initContainers' is not supported"),
        (pod(spec="hostNetwork: true"), "4: 'hostNetwork' is not supported on one machine; remove it: every pod"),
        (pod(spec="hostPID: true"), "4: 'hostPID' is not supported"),
        (pod(spec="restartPolicy: always"), "4: 'restartPolicy' is 'always' in spec; did you mean 'Always'?"),
        (pod(spec="hostname: Falcon"), "4: 'Falcon' is not a DNS label"),
        (pod(metadata="labels: {a: yes}"), "3: 'a' in metadata.labels must be a string, not the boolean true"),
        (pod(metadata="labels: {a: 'b c'}"), "3: 'b c' is not a label value"),
        (pod(metadata="namespace: a.b"), "3: the namespace 'a.b' is not a DNS label"),
        (pod(metadata="annotations: {riftgate/escaped-slashes: KEEP}"), "3: 'KEEP' is not a way to treat escaped"),
        (pod(metadata="annotations: {riftgate/sidecar-drain: soon}"), "3: 'soon' is not a duration"),
        (pod(metadata="annotations: {riftgate/sidecar-drain: 25h}"), "3: 25h is too long for the end of a sidecar"),
        (pod(metadata="annotations: {riftgate/acceleration: fast}"), "3: 'fast' is not a setting of acceleration"),
        (pod(metadata="annotations: {riftgate/shortcut: short}"), "3: 'short' is neither on nor off; write \"on\" or"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n", "4: '[]' is not a list of"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "1: the field 'spec' is missing; add it"),
        (deployment(labels="a: c"), "5: the selector wants a=b, which the template's labels lack; make them agree"),
        (deployment(spec="replicas: -1,"), "5: '-1' is not a number of replicas; write a number from 0 to 1000"),
        (deployment(pod_spec="restartPolicy: Never"), "6: the pods of a Deployment are always restarted"),
        ("apiVersion: v1\n" + deployment().split("\n", 1)[1], "1: 'apiVersion' is 'v1'; write one of apps/v1"),
        (service("ports: []"), "4: the service has no ports"),
        (service("ports: [{port: 80}, {port: 81, name: a}]"), "4: a service with several ports has one without a name"),
        (service("ports: [{port: 80, name: a}, {port: 80, name: b}]"), "4: port '80/TCP' occurs twice"),
        (service("ports: [{port: 80, targetPort: 0}]"), "4: '0' is not a port; write a number from 1 to 65535, or"),
        (service("ports: [{port: 80, targetPort: '80'}]"), "4: port '80' is neither a number"),
        (service("type: NodePort, ports: [{port: 80}]"), "4: 'NodePort' is not a type of service"),
        (service("clusterIP: 10.0.0.1, ports: [{port: 80}]"), "4: '10.0.0.1' is not an address to choose here"),
        (service("sessionAffinity: ClientIP, ports: [{port: 80}]"), "4: 'sessionAffinity' is 'ClientIP'"),
        ("kind: Deploymnt\n", "1: kind 'Deploymnt' is not supported; did you mean 'Deployment'?"),
        ("kind: DaemonSet\n", "1: kind 'DaemonSet' is not supported; kinds that run on one machine are Pod,"),
        ("kind: NetworkPolicy\n", "1: NetworkPolicy is a policy; give it to `riftgate policy apply -f`"),
        ("metadata: {}\n", "1: the object has no kind"),
        ("- 1\n", "1: the document is not a mapping"),
        ("kind: [\n", "2: not YAML: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text: str, problem: str) -> None:
    (found,) = problems(text)
    assert found.startswith(f"app.yaml:{problem}")


def test_all_problems_of_all_files_come_at_once() -> None:
    sources = [(pod(spec="replica: 3"), "a.yaml"), ("kind: Job\n---\nkind: 7\n", "b.yaml"), (pod(), "c.yaml")]
    with pytest.raises(InputError) as caught:
        parse_manifests(sources)
    assert [str(each.location) for each in caught.value.problems] == ["a.yaml:4", "b.yaml:1", "b.yaml:3"]


@pytest.mark.parametrize("text", [pod(), deployment(), service("ports: [{port: 80}]")])
def test_an_object_that_occurs_twice_is_named_with_both_places(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_manifests([(text, "a.yaml"), (text, "b.yaml")])
    assert "is at a.yaml:3 already; keep one of them" in str(caught.value)
    assert str(caught.value).startswith("b.yaml:3: ")


def test_one_name_in_two_namespaces_is_two_objects() -> None:
    texts = [pod(metadata=f"namespace: {namespace}") for namespace in ("hoth", "endor")]
    assert len(parse("---\n".join(texts)).pods) == 2
