// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What was refused, told to user space: limited per pod and reason, so that no pod drowns another, and counted. */
#pragma once

#include <stddef.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"

#define SECOND 1000000000ULL

static __always_inline void count_drop(__u32 slot, __u32 reason)
{
	struct drop_key key = { .slot = slot, .reason = reason };
	__u64 *seen = bpf_map_lookup_elem(&drops_by_reason, &key);
	__u64 one = 1;

	if (seen)
		__sync_fetch_and_add(seen, 1);
	else
		bpf_map_update_elem(&drops_by_reason, &key, &one, BPF_NOEXIST);
}

/* Two processors at a window's border may both open it: then a few more events get through than the limit says. */
static __always_inline bool within_rate(struct event_count *count, __u64 now)
{
	if (now - count->window >= SECOND) {
		count->window = now;
		count->in_window = 0;
	}
	if (count->in_window >= EVENTS_PER_SECOND)
		return false;
	__sync_fetch_and_add(&count->in_window, 1);
	return true;
}

/* Tells of an event whose slot, kind and reason are set, and that is `size` bytes with all that belongs to it. */
static __always_inline int tell_all(struct event *event, __u64 size)
{
	struct event_count fresh = {}, *count;
	struct event_key key;

	key = (struct event_key){ .slot = event->slot, .kind = event->kind, .reason = event->reason };
	count = bpf_map_lookup_elem(&count_by_event, &key);
	if (!count) {
		bpf_map_update_elem(&count_by_event, &key, &fresh, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&count_by_event, &key);
		if (!count)
			return 0;
	}
	event->time = bpf_ktime_get_ns();
	if (!within_rate(count, event->time))
		__sync_fetch_and_add(&count->limited, 1);
	else if (bpf_ringbuf_output(&events, event, size, 0))
		__sync_fetch_and_add(&count->lost, 1);
	else
		__sync_fetch_and_add(&count->sent, 1);
	return 0;
}

static __noinline int tell(struct event *event)
{
	return event ? tell_all(event, sizeof(*event)) : 0;
}

/* Counts a refusal and tells of it; the event says by whom and where to, as far as the caller knows. */
static __always_inline void refuse(__u32 slot, __u32 reason, struct event *event)
{
	count_drop(slot, reason);
	event->slot = slot;
	event->kind = EVENT_REFUSED;
	event->reason = reason;
	tell(event);
}

/* Whether the running task is no descendant of what the agent started in this container. */
static __always_inline bool is_exec_session(__u64 container)
{
	__u32 process = bpf_get_current_pid_tgid() >> 32, zero = 0;
	__u32 *in_force = bpf_map_lookup_elem(&lineage_in_force, &zero);
	__u64 *home;

	if (!in_force || !*in_force)
		return false;
	home = bpf_map_lookup_elem(&home_by_process, &process);
	return !home || *home != container;
}

/* The running task: right in hooks of system calls, and in no others. */
static __always_inline void describe_task(struct process *process)
{
	process->cgroup = bpf_get_current_ancestor_cgroup_id(pod_level + 1);
	process->pid = bpf_get_current_pid_tgid() >> 32;
	process->exec = is_exec_session(process->cgroup);
	bpf_get_current_comm(process->comm, sizeof(process->comm));
}

/* Addresses, protocol and ports of an IP packet, for telling only: what cannot be read stays zero. */
static __always_inline void describe_packet(struct __sk_buff *skb, __u32 offset, struct event *event)
{
	__be16 ports[2] = {};

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
			return;
		event->source.bytes[10] = event->source.bytes[11] = 0xff;
		event->destination.bytes[10] = event->destination.bytes[11] = 0xff;
		__builtin_memcpy(&event->source.bytes[12], &ip.saddr, 4);
		__builtin_memcpy(&event->destination.bytes[12], &ip.daddr, 4);
		event->protocol = ip.protocol;
		offset += ip.ihl * 4;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
			return;
		__builtin_memcpy(&event->source, &ip.saddr, sizeof(event->source));
		__builtin_memcpy(&event->destination, &ip.daddr, sizeof(event->destination));
		event->protocol = ip.nexthdr;
		offset += sizeof(ip);
	}
	if (event->protocol == IPPROTO_ICMP || event->protocol == IPPROTO_ICMPV6) {
		__u8 type = 0;

		if (!bpf_skb_load_bytes(skb, offset, &type, sizeof(type)))
			event->port = bpf_htons(type);
		return;
	}
	if (event->protocol != IPPROTO_TCP && event->protocol != IPPROTO_UDP && event->protocol != IPPROTO_SCTP)
		return;
	if (bpf_skb_load_bytes(skb, offset, ports, sizeof(ports)))
		return;
	event->source_port = ports[0];
	event->port = ports[1];
}
