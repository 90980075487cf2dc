// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Decisions as inline functions over plain values; the entry points in the .bpf.c files are thin. */
#pragma once

#include "contexts.h"
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "events.h"

#define ALLOW 1
#define DENY 0
#define LOOPBACK_IFINDEX 1
#define AF_INET 2
#define AF_INET6 10

struct sockaddr_ipv4 {
	__u16 family;
	__be16 port;
	__u8 address[4];
	__u8 zero[8];
};

struct sockaddr_ipv6 {
	__u16 family;
	__be16 port;
	__u32 flow;
	struct address address;
	__u32 scope;
};

static __always_inline struct address mapped_address(__be32 ipv4)
{
	struct address address = { .bytes = { [10] = 0xff, [11] = 0xff } };

	__builtin_memcpy(&address.bytes[12], &ipv4, 4);
	return address;
}

static __always_inline struct address native_address(const __u32 words[4])
{
	struct address address;

	__builtin_memcpy(&address, words, sizeof(address));
	return address;
}

static __always_inline bool same_address(const struct address *a, const struct address *b)
{
	/* Words of 32 bits: inside other structs an address is aligned to no more. */
	const __u32 *left = (const void *)a, *right = (const void *)b;

	return left[0] == right[0] && left[1] == right[1] && left[2] == right[2] && left[3] == right[3];
}

static __always_inline bool is_mapped(const struct address *address)
{
	const __u32 *words = (const void *)address;

	return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff);
}

/* 127.0.0.0/8 and ::1, and the unspecified addresses, which the kernel takes for them on connect. */
static __always_inline bool is_loopback(const struct address *address)
{
	const __u32 *words = (const void *)address;

	if (is_mapped(address))
		return address->bytes[12] == 127 || words[3] == 0;
	return words[0] == 0 && words[1] == 0 && words[2] == 0 && (words[3] == bpf_htonl(1) || words[3] == 0);
}

static __always_inline bool is_sidecar_port(__be16 port)
{
	return port == bpf_htons(OUTBOUND_PORT) || port == bpf_htons(INBOUND_PORT) ||
	       port == bpf_htons(OUTBOUND_EXEC_PORT) || port == bpf_htons(INBOUND_FAULTED_PORT) ||
	       port == bpf_htons(OUTBOUND_FAULTED_PORT);
}

static __always_inline __u32 generation_in_force(void)
{
	__u32 zero = 0;
	__u32 *value = bpf_map_lookup_elem(&generation, &zero);

	return value ? *value : 0;
}

/* The identity of an address, or 0 where no table says one (then nothing is allowed). */
static __always_inline __u32 identity_of(__u32 generation, const struct address *address)
{
	struct identity_key key = { .prefix_length = 160, .generation = generation, .address = *address };
	__u32 *identity = bpf_map_lookup_elem(&identity_by_address, &key);

	return identity ? *identity : 0;
}

static __always_inline __u32 pair_verdict(__u32 generation, __u32 source, __u32 destination, __u8 protocol,
					  __be16 port)
{
	struct verdict_key key = {
		.prefix_length = 128,
		.generation = generation,
		.source = source,
		.destination = destination,
		.protocol = protocol,
		.port = port,
	};
	__u32 *verdict = bpf_map_lookup_elem(&verdict_by_pair, &key);

	return verdict ? *verdict : PAIR_DENIED;
}

static __always_inline bool lets_through(__u32 verdict, bool asking)
{
	return verdict == PAIR_ALLOWED || (asking && verdict == PAIR_ASKING);
}

/* What the names of an address add: toFQDNs rules allow, and a deny rule about the address has spoken before. */
static __always_inline bool names_allowed(__u32 generation, __u32 source, const struct address *destination,
					  __u8 protocol, __be16 port)
{
	struct names *names = bpf_map_lookup_elem(&names_by_address, destination);

	if (!names || names->expires <= bpf_ktime_get_ns())
		return false;
	for (__u32 i = 0; i < NAMES_OF_ADDRESS; i++) {
		if (i >= names->count)
			break;
		if (pair_verdict(generation, source, names->identities[i], protocol, port) == PAIR_ALLOWED)
			return true;
	}
	return false;
}

enum answer {
	ANSWER_NO = 0,
	ANSWER_YES = 1, /* as long as the generation is in force */
	ANSWER_YES_NOW = 2,
};

/* L3/L4 verdict of traffic between two addresses; a service's address is allowed where one of its backends is.
 * `asking`: whether it may be a sidecar's question to an authorization server. */
static __always_inline enum answer ask_tables(__u32 generation, const struct address *source,
					      const struct address *destination, __u8 protocol, __be16 port,
					      bool asking)
{
	__u32 from = identity_of(generation, source);
	struct service_key key = {
		.address = *destination,
		.generation = generation,
		.port = port,
		.protocol = protocol,
	};
	struct service *service = bpf_map_lookup_elem(&backends_by_service, &key);

	if (!service) {
		__u32 to = identity_of(generation, destination);
		__u32 verdict = pair_verdict(generation, from, to, protocol, port);

		if (lets_through(verdict, asking))
			return ANSWER_YES;
		return verdict == PAIR_DENIED && names_allowed(generation, from, destination, protocol, port)
			       ? ANSWER_YES_NOW
			       : ANSWER_NO;
	}
	for (__u32 i = 0; i < SERVICE_BACKENDS; i++) {
		if (i >= service->count)
			break;
		if (lets_through(pair_verdict(generation, from, service->backends[i].identity, protocol,
					      service->backends[i].port),
				 asking))
			return ANSWER_YES;
	}
	/* Without a backend there is nobody to protect: the sidecar answers that the service is empty. */
	return service->count == 0 ? ANSWER_YES : ANSWER_NO;
}

/* Not static: the verifier goes through such a function once, and not once for each way to it, of which from_pod and
 * to_pod have more than Linux 6.1 bears. */
__noinline int answer_of(const struct connection_key *question)
{
	struct address source, destination;

	if (!question)
		return ANSWER_NO;
	source = question->source;
	destination = question->destination;
	return ask_tables(question->generation, &source, &destination, question->protocol, question->port,
			  question->asking);
}

/* The same for what has many packets or connections alike. */
static __always_inline bool connection_allowed(__u32 generation, const struct address *source,
					       const struct address *destination, __u8 protocol, __be16 port,
					       bool asking)
{
	struct connection_key question = {
		.generation = generation,
		.source = *source,
		.destination = *destination,
		.port = port,
		.protocol = protocol,
		.asking = asking,
	};
	__u32 answer;

	if (bpf_map_lookup_elem(&allowed_by_connection, &question))
		return true;
	answer = answer_of(&question);
	if (answer == ANSWER_YES)
		bpf_map_update_elem(&allowed_by_connection, &question, &answer, BPF_ANY);
	return answer != ANSWER_NO;
}

/* The pod's own address of the family of another one; exec sessions have theirs. */
static __always_inline const struct address *own_address(const struct pod *pod, const struct address *other,
							 bool exec)
{
	if (is_mapped(other))
		return exec ? &pod->exec_ipv4 : &pod->ipv4;
	return exec ? &pod->exec_ipv6 : &pod->ipv6;
}

static __always_inline bool has_address(const struct pod *pod, const struct address *address)
{
	return same_address(address, own_address(pod, address, false)) ||
	       same_address(address, own_address(pod, address, true));
}

/* Role and pod of a task by its container's cgroup; false outside of every pod. `exec`: whether it was brought in there. */
static __always_inline bool role_of(__u64 container, bool exec, struct cgroup_role *role)
{
	struct cgroup_role *known = bpf_map_lookup_elem(&role_by_cgroup, &container);
	__u64 pod;
	__u32 *slot;

	if (known) {
		*role = *known;
		/* Who was brought into the sidecar's container is not the sidecar. */
		if (exec)
			role->role = ROLE_APP;
		return true;
	}
	pod = bpf_get_current_ancestor_cgroup_id(pod_level);
	slot = bpf_map_lookup_elem(&slot_by_cgroup, &pod);
	if (!slot)
		return false;
	role->slot = *slot;
	role->role = ROLE_APP;
	return true;
}

/* Of the running task. */
static __always_inline bool current_role(struct cgroup_role *role)
{
	__u64 container = bpf_get_current_ancestor_cgroup_id(pod_level + 1);

	return role_of(container, is_exec_session(container), role);
}
