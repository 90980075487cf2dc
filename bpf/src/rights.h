// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The tables of LocalPolicies: what a container may listen on, and connect to, within its pod. */
#pragma once

#include "policy.h"

static __always_inline bool rights_are_in_force(void)
{
	__u32 zero = 0, *in_force = bpf_map_lookup_elem(&rights_in_force, &zero);

	return in_force && *in_force;
}

/* By whose rights a process in this cgroup acts: those of its container, or what all containers of the pod may. */
static __always_inline __u64 acts_for(__u64 container, __u32 slot)
{
	struct cgroup_role *known = bpf_map_lookup_elem(&role_by_cgroup, &container);

	return known && known->role == ROLE_APP && known->slot == slot ? container : ANY_CONTAINER | slot;
}

static __always_inline bool right_of(__u64 holder, __u8 act, __u8 protocol, __be16 port)
{
	struct right_key key = {
		.prefix_length = 128,
		.generation = generation_in_force(),
		.container = { (__u32)holder, holder >> 32 },
		.act = act,
		.protocol = protocol,
		.port = port,
	};
	__u32 *right = bpf_map_lookup_elem(&right_by_port, &key);

	return !right || *right;
}

/* Whether a container may listen on a port of its pod, or call it. */
static __always_inline bool has_right(__u64 container, __u32 slot, __u8 act, __u8 protocol, __be16 port)
{
	return !rights_are_in_force() || right_of(acts_for(container, slot), act, protocol, port);
}
