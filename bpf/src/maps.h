// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Every map. Names are <value>_by_<key>. */
#pragma once

#include "contexts.h"
#include <bpf/bpf_helpers.h>

#include "shared_faults.h"

#define MAX_PODS 4096

/* Depth of a pod's directory below the root of cgroup2, set before the load: the container is one below it. */
const volatile __u32 pod_level = 3;

/* Container cgroups by their id (the directory's inode). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8 * MAX_PODS);
	__type(key, __u64);
	__type(value, struct cgroup_role);
} role_by_cgroup SEC(".maps");

/* Pod cgroups: processes of a pod that are in no container known here are its apps. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PODS);
	__type(key, __u64);
	__type(value, __u32);
} slot_by_cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PODS);
	__type(key, __u32);
	__type(value, struct pod);
} pod_by_slot SEC(".maps");

/* The host's end of a pod's link, by interface index in the namespace that holds those ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PODS);
	__type(key, __u32);
	__type(value, __u32);
} slot_by_ifindex SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * MAX_PODS);
	__type(key, struct address);
	__type(value, __u32);
} slot_by_address SEC(".maps");

/* Where what is for a pod may be handed to at once (shortcut.h). In here only while all of the pod's programs are
 * attached, and never for one that takes no shortcut. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4 * MAX_PODS);
	__type(key, struct address);
	__type(value, struct link);
} link_by_address SEC(".maps");

/* The sidecars' inbound listeners: 2 * slot for IPv4, 2 * slot + 1 for IPv6. A closed listener leaves by itself. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2 * MAX_PODS);
	__type(key, __u32);
	__type(value, __u64);
} listener_by_slot SEC(".maps");

/* As listener_by_slot, of the listeners for connections that a fault may hit. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2 * MAX_PODS);
	__type(key, __u32);
	__type(value, __u64);
} faulted_listener_by_slot SEC(".maps");

/* The same at the caller's side: the listeners that its apps' connections are sent to. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2 * MAX_PODS);
	__type(key, __u32);
	__type(value, __u64);
} faulted_outbound_by_slot SEC(".maps");

/* BPF_F_CLONE: an accepted socket starts with what its listener is. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_state);
} state_by_socket SEC(".maps");

/* Who has connected to whom in accelerated pods, until it is accepted: app or sidecar. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct source_key);
	__type(value, __u32);
} role_by_source SEC(".maps");

/* SYNs on their way into a pod. LRU: one that is lost is a call that times out instead of being refused. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct opening_key);
	__type(value, struct opening);
} opening_by_flow SEC(".maps");

/* Both ends of what an app and its sidecar say to each other, in pods that are accelerated; a closed socket leaves by
 * itself. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 131072);
	__type(key, struct pair_key);
	__type(value, __u64);
} socket_by_pair SEC(".maps");

/* The generation of the three tables below that is in force; 0 until the first one is written: all is denied. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} generation SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct identity_key);
	__type(value, __u32);
} identity_by_address SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct verdict_key);
	__type(value, __u32);
} verdict_by_pair SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct service_key);
	__type(value, struct service);
} backends_by_service SEC(".maps");

/* What the three tables have allowed: one look instead of four or more. What names of addresses allow is not in here, for
 * they expire, and no denial is, for those are rare. LRU: what is lost is asked again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct connection_key);
	__type(value, __u32);
} allowed_by_connection SEC(".maps");

/* UDP ports of services: the fourth table with a generation in its keys. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct datagram_key);
	__type(value, struct datagram_backend);
} backend_by_datagram SEC(".maps");

/* What LocalPolicies let containers do within their pod, by ports and by names of unix sockets: the fifth and the sixth
 * table with a generation in their keys. A container that is in neither may do everything. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1 << 18);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct right_key);
	__type(value, __u32);
} right_by_port SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct name_key);
	__type(value, __u32);
} right_by_name SEC(".maps");

/* 1 where either table has entries: without LocalPolicies, packets on lo are nobody's business. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} rights_in_force SEC(".maps");

/* When a client's last datagram of a flow within its pod passed (CLOCK_MONOTONIC, ns); LRU as seen_by_flow. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct local_flow_key);
	__type(value, __u64);
} asked_by_local_flow SEC(".maps");

/* LRU: what is lost here shows an app the one who answered instead of the one it asked. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct asked_key);
	__type(value, struct destination);
} asked_by_answer SEC(".maps");

/* When the last packet of a flow that no sidecar carries passed (CLOCK_MONOTONIC, ns). LRU: what is lost here is a reply that is dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 131072);
	__type(key, struct flow_key);
	__type(value, __u64);
} seen_by_flow SEC(".maps");

/* Written by the resolver before it answers; without a generation: its identities are made of the names alone. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct address);
	__type(value, struct names);
} names_by_address SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DROP_REASONS * MAX_PODS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct drop_key);
	__type(value, __u64);
} drops_by_reason SEC(".maps");

/* Since 5.8. What was refused, for the agent to read. Without a reader it fills, and what comes then is counted. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, (DROP_REASONS + 8) * MAX_PODS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct event_key);
	__type(value, struct event_count);
} count_by_event SEC(".maps");

/* One bit for each packet fault that is on. A single word, so that a packet sees all of a change or nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packet_faults_on SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct slot_pair);
	__type(value, __u64);
} packet_faults_by_pair SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PACKET_FAULTS);
	__type(key, __u32);
	__type(value, struct packet_fault);
} packet_fault_by_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PACKET_FAULTS);
	__type(key, __u32);
	__type(value, struct packet_delays);
} delays_by_packet_fault SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PACKET_FAULTS);
	__type(key, __u32);
	__type(value, struct packet_counts);
} counts_by_packet_fault SEC(".maps");

/* Until when connections may be hit (CLOCK_MONOTONIC, ns). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct faulted_key);
	__type(value, __u64);
} connection_faults_end_by_pair SEC(".maps");

/* The same at the caller's side, by where it calls. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct faulted_call_key);
	__type(value, __u64);
} connection_faults_end_by_call SEC(".maps");

/* Until when any connection may be hit: nothing else is asked for where none is. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} connection_faults_end SEC(".maps");

/* Processes that a container has of its own, by their id as the machine counts: the id of that container's cgroup. Who
 * is in a container and not in here was brought in from outside. 0: started by the agent, in no container yet. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 18);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} home_by_process SEC(".maps");

/* 1 once the programs of process.h run: until then nobody can be told apart. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} lineage_in_force SEC(".maps");
