// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Connection-level chaos: which connections go through the listener whose bytes the fault server sees. What becomes of
 * them is the fault server's; here each entry carries the moment at which it ends, so that it ends whoever has died. */
#pragma once

#include "policy.h"

static __always_inline bool faulted_until(const struct faulted_key *key, __u64 now)
{
	__u64 *end = bpf_map_lookup_elem(&connection_faults_end_by_pair, key);

	return end && *end > now;
}

static __always_inline bool faulted_from(__u32 source, __u32 destination, __be16 port, __u64 now)
{
	struct faulted_key to_port = { .source = source, .destination = destination, .port = port };
	struct faulted_key to_any = { .source = source, .destination = destination };

	return faulted_until(&to_port, now) || faulted_until(&to_any, now);
}

/* The moment; 0 where no fault is on. */
static __always_inline __u64 faults_on_at(void)
{
	__u32 zero = 0;
	__u64 *end = bpf_map_lookup_elem(&connection_faults_end, &zero), now;

	if (!end || !*end)
		return 0;
	now = bpf_ktime_get_ns();
	return *end > now ? now : 0;
}

static __always_inline bool call_faulted_to(__u32 slot, const struct address *destination, __be16 port, __u64 now)
{
	struct faulted_call_key key = {
		.prefix_length = 64 + 128,
		.slot = slot,
		.port = port,
		.destination = *destination,
	};
	__u64 *end = bpf_map_lookup_elem(&connection_faults_end_by_call, &key);

	return end && *end > now;
}

/* Whether a fault at the caller's side may hit a new connection of a pod's app, and its sidecar listens for that. */
static __always_inline bool call_faulted(__u32 slot, const struct address *destination, __be16 port)
{
	__u32 key = 2 * slot + !is_mapped(destination);
	__u64 now = faults_on_at();
	struct bpf_sock *listener;

	if (!now || !(call_faulted_to(slot, destination, port, now) || call_faulted_to(slot, destination, 0, now)))
		return false;
	listener = bpf_map_lookup_elem(&faulted_outbound_by_slot, &key);
	if (!listener)
		return false;
	bpf_sk_release(listener);
	return true;
}

/* Whether a fault may hit a new connection from `source` to a port of the pod with that slot. */
static __always_inline bool connection_faulted(const struct address *source, __u32 destination, __be16 port)
{
	__u64 now = faults_on_at();
	__u32 *slot;

	if (!now)
		return false;
	slot = bpf_map_lookup_elem(&slot_by_address, source);
	return faulted_from(slot ? *slot : 0, destination, port, now) ||
	       faulted_from(EVERYBODY, destination, port, now);
}
