// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Unix sockets by their names, for LocalPolicies: what a container may bind, and connect or send to. */
#pragma once

#include "rights.h"

#define AF_UNIX 1
#define UNIX_PATH 108
#define SUN_PATH 2 /* offset of sun_path in struct sockaddr_un */

/* For the tell_all of an event with a name. */
static __noinline int tell_named(struct named_event *event)
{
	return event ? tell_all(&event->event, sizeof(*event)) : 0;
}

/* The name in a struct sockaddr_un of `size` bytes, as the kernel reads it: a path up to its end, an abstract name
 * whole. False for a socket without one. */
static __always_inline bool read_name(struct name_key *key, const void *address, __u32 size)
{
	const char *path = address + SUN_PATH;
	long copied;
	char first;

	if (size <= SUN_PATH || size > SUN_PATH + UNIX_PATH || bpf_probe_read_kernel(&first, 1, path))
		return false;
	size -= SUN_PATH;
	if (first) {
		/* What is longer than the address is not read: without a zero at its end a path ends with it. */
		if (size < UNIX_PATH)
			copied = bpf_probe_read_kernel_str(key->name, (size & 127) + 1, path);
		else
			copied = bpf_probe_read_kernel_str(key->name, UNIX_PATH + 1, path);
		if (copied < 1)
			return false;
		key->length = copied - 1;
		return true;
	}
	key->length = size;
	if (size < UNIX_PATH)
		copied = bpf_probe_read_kernel(key->name, size & 127, path);
	else
		copied = bpf_probe_read_kernel(key->name, UNIX_PATH, path);
	return !copied;
}

/* Whether a container may; without a name nobody is kept from anything. */
static __always_inline bool has_right_to_name(__u64 container, __u32 slot, __u16 act, struct name_key *key)
{
	__u64 holder = acts_for(container, slot);

	key->generation = generation_in_force();
	key->container[0] = (__u32)holder;
	key->container[1] = holder >> 32;
	key->act = act;
	return bpf_map_lookup_elem(&right_by_name, key) || right_of(holder, act, 0, 0);
}

static __always_inline void refuse_name(__u32 slot, __u16 act, const struct name_key *key)
{
	struct named_event event = { .length = key->length };

	event.event.slot = slot;
	event.event.kind = EVENT_REFUSED;
	event.event.reason = act == ACT_LISTEN ? DROP_LOCAL_LISTEN : DROP_LOCAL_CONNECT;
	describe_task(&event.event.process);
	__builtin_memcpy(event.name, key->name, sizeof(event.name));
	count_drop(slot, event.event.reason);
	tell_named(&event);
}

/* What the running task, of that pod, does with an address of its own choice. */
static __always_inline bool may_name(__u32 slot, __u16 act, const void *address, __u32 size)
{
	struct name_key key = {};

	if (!rights_are_in_force() || !read_name(&key, address, size))
		return true;
	if (has_right_to_name(bpf_get_current_ancestor_cgroup_id(pod_level + 1), slot, act, &key))
		return true;
	refuse_name(slot, act, &key);
	return false;
}
