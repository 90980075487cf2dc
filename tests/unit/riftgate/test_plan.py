# SPDX-License-Identifier: Apache-2.0
import json
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import riftgate.demo
from l7filters.source import InputError
from riftgate.local.images import Image, ImageTable, parse_images
from riftgate.local.manifests import Manifests, parse_manifests
from riftgate.local.plan import (
    EXEC_NETWORKS,
    POD_NETWORKS,
    RESOLVER,
    SERVICE_NETWORKS,
    Allocation,
    Plan,
    make_plan,
)
from riftgate.local.sandbox import User

DEMO = Path(riftgate.demo.__file__).parent
NO_IMAGES = ImageTable()


def parse(*texts: str) -> Manifests:
    return parse_manifests([(text, f"{number}.yaml") for number, text in enumerate(texts)])


def pod(name: str, container: str = "command: [run]", namespace: str = "default", spec: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\n"
        f"spec: {{containers: [{{name: main, image: ship:1, {container}}}], {spec}}}\n"
    )


def service(name: str, spec: str = "", namespace: str = "default") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}], {spec}}}\n"
    )


def demo() -> Plan:
    images = parse_images((DEMO / "images.yaml").read_text(), DEMO / "images.yaml")
    return make_plan(parse((DEMO / "starwars" / "app.yaml").read_text()), images)


def test_the_demos_app_is_planned() -> None:
    plan = demo()

    assert [planned.key for planned in plan.pods] == [
        "default/deathstar-0", "default/deathstar-1", "default/tiefighter", "default/xwing",
    ]  # fmt: skip
    deathstar = plan.pods[0]
    assert deathstar.hostname == "deathstar-0"
    assert deathstar.images == (("deathstar", "docker.io/cilium/starwars"),)
    (container,) = deathstar.containers
    assert container.command == ("/usr/bin/python3", "/app/deathstar.py")
    assert container.files[0].source == DEMO / "app"
    (behind,) = plan.world.services
    backends = plan.world.backends(behind, behind.ports[0])
    assert [(workload.name, port) for workload, port in backends] == [("deathstar-0", 80), ("deathstar-1", 80)]


def test_every_address_is_used_once_and_comes_from_its_network() -> None:
    plan = demo()
    networks = [ip_network("10.201.0.0/16"), ip_network("fd72:6966:7467:1::/64")]
    virtual = [ip_network("10.202.0.0/16"), ip_network("fd72:6966:7467:2::/112")]

    given = [address for planned in plan.pods for address in planned.addresses]
    assert len(set(given)) == len(given) == 8
    for planned in plan.pods:
        assert all(ip_address(a) in network for a, network in zip(planned.addresses, networks, strict=True))
    (behind,) = plan.world.services
    assert all(ip_address(a) in network for a, network in zip(behind.addresses, virtual, strict=True))


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@given(NAMES, NAMES, st.randoms())
def test_addresses_are_kept_and_do_not_depend_on_order(first: list[str], second: list[str], random: object) -> None:
    before = make_plan(parse(*(pod(name) for name in first)), NO_IMAGES)
    texts = [pod(name) for name in second]
    shuffled = list(texts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    after = make_plan(parse(*texts), NO_IMAGES, before.allocation)

    assert make_plan(parse(*shuffled), NO_IMAGES, before.allocation).allocation == after.allocation
    old, new = ({each.name: each.addresses for each in plan.pods} for plan in (before, after))
    assert {name: new[name] for name in new if name in old} == {name: old[name] for name in old if name in new}
    assert len(set(new.values())) == len(new)
    # What a pod that is gone had is not given to the next one at once.
    assert not {new[name] for name in new if name not in old} & {old[name] for name in old if name not in new}


def test_an_allocation_survives_its_json_form() -> None:
    allocation = demo().allocation
    assert Allocation.from_dict(json.loads(json.dumps(allocation.to_dict()))) == allocation


def test_indexes_start_again_after_the_last_one() -> None:
    earlier = Allocation(pods={"default/a": 65533, "default/b": 1}, last_pod=65533)
    plan = make_plan(parse(pod("a"), pod("b"), pod("c"), pod("d")), NO_IMAGES, earlier)
    assert dict(plan.allocation.pods) == {"default/a": 65533, "default/b": 1, "default/c": 65534, "default/d": 2}


def test_names_in_a_pods_hosts_file() -> None:
    plan = make_plan(parse(pod("ship"), service("port"), service("base", namespace="hoth")), NO_IMAGES)
    (ship,) = plan.pods

    assert plan.hosts_text(ship).splitlines() == [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "10.201.0.1\tship",
        "fd72:6966:7467:1::1\tship",
    ]
    assert plan.resolv_text(ship).splitlines()[:3] == [
        "search default.svc.cluster.local svc.cluster.local cluster.local",
        "nameserver 169.254.20.10",
        "nameserver fd72:6966:7467:3::a",
    ]


def test_a_pod_that_is_called_like_a_service_finds_itself() -> None:
    """/etc/hosts is asked before DNS."""
    plan = make_plan(parse(pod("ship"), service("ship")), NO_IMAGES)
    (ship,) = plan.pods
    named = [line.split()[0] for line in plan.hosts_text(ship).splitlines() if line.endswith("\tship")]
    assert named == [*ship.addresses]


@pytest.mark.parametrize(
    ("container", "command"),
    [
        ("", ("entry", "default")),
        ("args: [mine]", ("entry", "mine")),
        ("command: [other]", ("other",)),
        ("command: [other], args: [mine]", ("other", "mine")),
        ("args: ['$(WHO) $$(WHO) $(NOBODY) $HOME']", ("entry", "han $(WHO) $(NOBODY) $HOME")),
        ("args: ['$(GREETING)'], env: [{name: GREETING, value: 'I am $(WHO)'}]", ("entry", "I am han")),
    ],
)
def test_command_and_arguments_are_put_together_as_kubernetes_does(container: str, command: tuple[str, ...]) -> None:
    images = ImageTable({"ship": Image(("entry",), ("default",), (("WHO", "han"),))})
    (planned,) = make_plan(parse(pod("falcon", container)), images).pods
    assert planned.containers[0].command == command


def test_the_manifests_environment_wins() -> None:
    images = ImageTable({"ship": Image(("entry",), env=(("WHO", "han"), ("WITH", "chewie")))})
    (planned,) = make_plan(parse(pod("falcon", "env: [{name: WHO, value: leia}]")), images).pods
    assert dict(planned.containers[0].env) == {"HOSTNAME": "falcon", "WHO": "leia", "WITH": "chewie"}


@pytest.mark.parametrize(
    ("security", "user"),
    [("runAsUser: 5", User(5, 0)), ("runAsUser: 0", None), ("runAsGroup: 6", User(0, 6)), ("", None)],
)
def test_who_runs_the_command(security: str, user: User | None) -> None:
    (planned,) = make_plan(parse(pod("falcon", f"command: [x], securityContext: {{{security}}}")), NO_IMAGES).pods
    assert planned.containers[0].user == user


def test_containers_without_a_command_are_all_named() -> None:
    with pytest.raises(InputError) as caught:
        make_plan(parse(pod("a", ""), pod("b", "")), NO_IMAGES)
    assert str(caught.value).splitlines() == [
        f"{number}.yaml:4: container 'main' has no command, and images are not pulled; "
        "add a command, or the image 'ship:1' to the image table"
        for number in range(2)
    ]


def test_a_replica_and_a_pod_of_one_name_are_refused() -> None:
    fleet = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: falcon}
spec:
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: x, image: ship, command: [z]}]}}
"""
    with pytest.raises(InputError, match="a pod is called default/falcon-0, as is the one of"):
        make_plan(parse(fleet, pod("falcon-0")), NO_IMAGES)


def test_a_change_of_a_service_restarts_no_pod() -> None:
    first = make_plan(parse(pod("ship")), NO_IMAGES)
    second = make_plan(parse(pod("ship"), service("port")), NO_IMAGES, first.allocation)

    assert first.pods == second.pods
    assert first.world != second.world


def test_namespaces_of_the_world_are_those_declared_and_those_used() -> None:
    declared = "apiVersion: v1\nkind: Namespace\nmetadata: {name: endor, labels: {moon: forest}}\n"
    world = make_plan(parse(pod("a"), pod("b", namespace="hoth"), declared), NO_IMAGES).world
    assert {name: dict(labels) for name, labels in world.namespaces.items()} == {
        "default": {}, "hoth": {}, "endor": {"moon": "forest"},
    }  # fmt: skip


def test_no_pod_has_an_address_that_another_or_the_resolver_has() -> None:
    """Over the first indexes of every kind: the resolver's own addresses lie among low ones."""
    networks = (POD_NETWORKS, SERVICE_NETWORKS, EXEC_NETWORKS)
    given = [str(network + index) for pair in networks for network in pair for index in range(1, 300)]
    assert len(set(given)) == len(given)
    assert not set(RESOLVER.addresses) & set(given)
