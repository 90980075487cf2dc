# SPDX-License-Identifier: Apache-2.0
"""Tables in the kernel: their shape, their generations, what they remember, and that they decide as the oracle does.

Through BPF_PROG_RUN. Needs root.
"""

import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpf import structs
from bpf.datapath import POD_PROGRAMS, Datapath
from bpf.libbpf import BpfError, Map
from bpf.structs import DropReason
from l7filters.decide import Connection, decide
from l7filters.l4 import compile_l4
from l7filters.l4_tables import CARRIED, L4Service, L4Tables
from l7filters.policy import Policy
from l7filters.ports import ICMP_PROTOCOLS, Protocol
from l7filters.world import World
from riftgate.instance import POD_DEPTH
from tests.bpf_kernel import CALL, CALL6, EXEC_IPV4, EXEC_IPV6, FOE, IPV4, IPV6, SLOT, TABLES, Kernel, entry
from tests.bpf_run import ICMP, ICMPV6, TC_ACT_OK, TC_ACT_SHOT, Packet, icmp
from tests.pinned import bpffs
from tests.policy_strategies import OUTSIDE, PORTS, policies, worlds

SIDECAR_PORTS = (
    structs.OUTBOUND_PORT,
    structs.OUTBOUND_EXEC_PORT,
    structs.OUTBOUND_FAULTED_PORT,
    structs.INBOUND_PORT,
    structs.INBOUND_FAULTED_PORT,
)


def test_keys_and_values_are_as_long_as_user_space_packs_them(kernel: Kernel) -> None:
    word, address = structs.word(0), structs.address(IPV4)
    packed = {
        "role_by_cgroup": (structs.cgroup_id(0), structs.cgroup_role(0, structs.Role.APP)),
        "slot_by_cgroup": (structs.cgroup_id(0), word),
        "pod_by_slot": (word, structs.pod(IPV4, IPV6, EXEC_IPV4, EXEC_IPV6)),
        "slot_by_ifindex": (word, word),
        "slot_by_address": (address, word),
        "link_by_address": (address, structs.link(0, 0, called=True)),
        "listener_by_slot": (word, structs.cgroup_id(0)),
        "faulted_listener_by_slot": (word, structs.cgroup_id(0)),
        "faulted_outbound_by_slot": (word, structs.cgroup_id(0)),
        "connection_faults_end_by_call": (structs.faulted_call_key(0, "::/0", 0), structs.moment(0)),
        "connection_faults_end": (word, structs.moment(0)),
        "connection_faults_end_by_pair": (structs.faulted_key(0, 0, 0), structs.moment(0)),
        "generation": (word, word),
        "identity_by_address": (structs.identity_key(0, "::/0"), word),
        "verdict_by_pair": (structs.verdict_key(0, 0, 0, 0, 0, 0), word),
        "backends_by_service": (structs.service_key(0, IPV4, 0, 0), structs.service([])),
        "backend_by_datagram": (structs.datagram_key(0, IPV4, 0, 0), structs.datagram_backend(IPV4, 0, 1)),
        "names_by_address": (address, structs.names(0, [])),
        "drops_by_reason": (word + word, structs.cgroup_id(0)),
    }
    for name, (key, value) in packed.items():
        assert (len(key), len(value)) == (kernel.maps[name].key_size, kernel.maps[name].value_size), name


def test_every_program_that_is_attached_is_there(kernel: Kernel) -> None:
    for program in (*POD_PROGRAMS, "original_destination", "find_listener", "from_pod", "to_pod"):
        assert kernel.program(program) > 0


def test_a_map_says_what_it_lacks_and_what_went_wrong(kernel: Kernel) -> None:
    pods = kernel.maps["pod_by_slot"]
    assert pods.lookup(structs.word(77)) is None
    assert pods.delete(structs.word(77)) is False
    with pytest.raises(ValueError, match="a key of 1 bytes, not 4"):
        pods.lookup(b"x")
    with pytest.raises(BpfError, match="map listener_by_slot: lookup: "):
        # A SOCKMAP of 8-byte values gives cookies, and there is none; a closed map would give nothing for ever.
        Map("listener_by_slot", -1, 4, 8).lookup(structs.word(0))


def test_before_the_first_tables_everything_is_denied(tmp_path: Path) -> None:
    with bpffs(tmp_path) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        try:
            kernel = Kernel(datapath)
            assert datapath.tables.generation == 0
            assert kernel.frame("to_pod", CALL) == TC_ACT_SHOT
            assert kernel.drops() == {DropReason.POLICY: 1}
        finally:
            datapath.close()


def test_a_new_generation_is_in_force_at_once_and_alone(kernel: Kernel) -> None:
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK
    closed = L4Tables(TABLES.identities, (), (entry(3, 2, 0, 0, False),))
    generation = kernel.datapath.tables.replace(closed)
    assert kernel.frame("to_pod", CALL) == TC_ACT_SHOT
    for name in ("identity_by_address", "verdict_by_pair", "backends_by_service"):
        assert {structs.read_generation(name, key) for key in kernel.maps[name].all_keys()} <= {generation}
    assert len(kernel.maps["verdict_by_pair"].all_keys()) == 1


def test_what_the_tables_have_allowed_is_remembered_as_long_as_they_are_in_force(kernel: Kernel) -> None:
    remembered = kernel.maps["allowed_by_connection"]
    before = len(remembered.all_keys())
    assert [kernel.frame("to_pod", CALL) for _ in range(2)] == [TC_ACT_OK] * 2
    assert len(remembered.all_keys()) == before + 1
    assert kernel.frame("to_pod", CALL.but(source=FOE)) == TC_ACT_SHOT
    assert len(remembered.all_keys()) == before + 1, "a denial is asked for each time"
    kernel.datapath.tables.replace(L4Tables(TABLES.identities, (), (entry(3, 2, 0, 0, False),)))
    assert remembered.all_keys() == []
    assert kernel.frame("to_pod", CALL) == TC_ACT_SHOT
    kernel.datapath.tables.replace(TABLES)
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK


def test_what_names_allow_ends_with_them(kernel: Kernel) -> None:
    call, names = CALL.but(source=FOE), kernel.maps["names_by_address"]
    named = entry(4, 5, 80, 16, True)
    kernel.datapath.tables.replace(L4Tables(TABLES.identities, (), (*TABLES.entries, named)))
    assert kernel.frame("to_pod", call) == TC_ACT_SHOT
    names.update(structs.address(IPV4), structs.names(2**63, [5]))
    assert kernel.frame("to_pod", call) == TC_ACT_OK
    names.update(structs.address(IPV4), structs.names(1, [5]))
    assert kernel.frame("to_pod", call) == TC_ACT_SHOT, "expired"
    names.delete(structs.address(IPV4))


def test_a_syn_is_remembered_only_where_it_may_be_refused(kernel: Kernel) -> None:
    openings = kernel.maps["opening_by_flow"]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        kernel.maps["listener_by_slot"].update(structs.word(2 * SLOT), structs.cgroup_id(listener.fileno()))
        before = len(openings.all_keys())
        assert kernel.frame("to_pod", CALL.but(source_port=40001)) == TC_ACT_OK
        assert len(openings.all_keys()) == before
        assert kernel.frame("to_pod", CALL6.but(source_port=40001)) == TC_ACT_OK
        assert len(openings.all_keys()) == before + 1, "the other family has no listener"
    assert kernel.frame("to_pod", CALL.but(source_port=40002)) == TC_ACT_OK
    assert len(openings.all_keys()) == before + 2


def test_tables_that_cannot_be_written_leave_the_old_ones_in_force(kernel: Kernel) -> None:
    tables = kernel.datapath.tables
    before = tables.generation
    counts = {
        name: len(each.all_keys()) for name, each in kernel.maps.items() if name.startswith(("id", "ver", "back"))
    }
    crowded = L4Service("10.96.0.2", 80, 6, tuple((2, port) for port in range(17)))
    with pytest.raises(ValueError, match="17 kinds of backends"):
        tables.replace(L4Tables(TABLES.identities, (crowded,), (entry(3, 2, 0, 0, False),)))
    assert tables.generation == before
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK
    assert {name: len(kernel.maps[name].all_keys()) for name in counts} == counts, "and nothing of the new ones"


def test_a_map_that_is_full_leaves_the_old_ones_in_force(kernel: Kernel) -> None:
    tables = kernel.datapath.tables
    before = tables.generation
    many = tuple((f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32", 1) for i in range(65537))
    with pytest.raises(BpfError, match="map identity_by_address: update: No space left on device"):
        tables.replace(L4Tables(many, (), ()))
    assert tables.generation == before
    assert len(kernel.maps["identity_by_address"].all_keys()) == len(TABLES.identities)
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK


def test_a_service_address_is_no_pods_address(kernel: Kernel) -> None:
    generation = kernel.datapath.tables.generation
    found = kernel.maps["backends_by_service"].lookup(structs.service_key(generation, "10.96.0.1", 80, 6))
    assert found == structs.service([(2, 80)])
    assert kernel.frame("to_pod", CALL.but(destination="10.96.0.1")) == TC_ACT_SHOT


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds(), some=policies(), data=st.data())
def test_the_kernel_decides_as_the_oracle_does(
    loaded: Datapath, world: World, some: tuple[Policy, ...], data: Any
) -> None:
    """Policies to tables, tables to maps, and a SYN or a datagram through the program: the verdict of `decide()`."""
    kernel = Kernel(loaded)
    loaded.tables.replace(compile_l4(world, some))
    addresses = [address for workload in world.workloads for address in workload.addresses]
    for _ in range(10):
        own = data.draw(st.sampled_from(world.workloads))
        kernel.pod(own.addresses[0], own.addresses[-1] if len(own.addresses) > 1 else "fd00::ffff")
        destination = data.draw(st.sampled_from(own.addresses))
        peers = [each for each in (*addresses, *OUTSIDE) if (":" in each) == (":" in destination)]
        source = data.draw(st.sampled_from([each for each in peers if each not in own.addresses]))
        # Nobody is let in at the sidecar's own ports, whatever policy says.
        others = st.integers(1, 65535).filter(lambda port: port not in SIDECAR_PORTS)
        port = data.draw(st.one_of(st.sampled_from(PORTS), others))
        protocol, number = data.draw(st.sampled_from(CARRIED))
        kernel.forget_flows()
        if protocol in ICMP_PROTOCOLS:
            # What neighbours and routers say, and the protocol of the other family, is carried nowhere.
            protocol, number = (Protocol.ICMPV6, ICMPV6) if ":" in source else (Protocol.ICMP, ICMP)
            port = data.draw(st.sampled_from((0, 8, 13, 14, 42, 128, 129)))
        packet = Packet(source, destination, port=port, protocol=number)
        if protocol in ICMP_PROTOCOLS:
            packet = icmp(packet, port)
        asked = Connection(source, destination, port, protocol)
        assert (kernel.frame("to_pod", packet) == TC_ACT_OK) == decide(world, some, asked).allowed, asked
