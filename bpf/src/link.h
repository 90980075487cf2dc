// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* tc at the host's end of a pod's link, out of the pod's reach: L3/L4 policy, and only the sidecar's sockets get out. */
#pragma once

#include <stddef.h>

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>

#include "policy.h"

struct segment {
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	bool opens; /* SYN without ACK */
};

#define TCP_FLAGS_OFFSET 13
#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define IPV4_FRAGMENT 0x3fff /* more fragments, or an offset */

/* Reads a TCP segment; false for all else: other protocols, fragments, IPv6 extension headers, ARP, VLANs. */
static __always_inline bool read_segment(struct __sk_buff *skb, struct segment *segment)
{
	__u32 offset = ETH_HLEN;
	__be16 ports[2];
	__u8 flags;

	if (skb->vlan_present)
		return false;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
			return false;
		if (ip.version != 4 || ip.ihl != 5 || ip.protocol != IPPROTO_TCP)
			return false;
		if (ip.frag_off & bpf_htons(IPV4_FRAGMENT))
			return false;
		segment->source = mapped_address(ip.saddr);
		segment->destination = mapped_address(ip.daddr);
		offset += sizeof(ip);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
			return false;
		if (ip.version != 6 || ip.nexthdr != IPPROTO_TCP)
			return false;
		__builtin_memcpy(&segment->source, &ip.saddr, sizeof(segment->source));
		__builtin_memcpy(&segment->destination, &ip.daddr, sizeof(segment->destination));
		/* On the wire a v4-mapped address is nobody's; here it would pass for the IPv4 one. */
		if (is_mapped(&segment->source) || is_mapped(&segment->destination))
			return false;
		offset += sizeof(ip);
	} else {
		return false;
	}
	if (bpf_skb_load_bytes(skb, offset, ports, sizeof(ports)))
		return false;
	if (bpf_skb_load_bytes(skb, offset + TCP_FLAGS_OFFSET, &flags, sizeof(flags)))
		return false;
	segment->source_port = ports[0];
	segment->destination_port = ports[1];
	segment->opens = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	return true;
}

/* `process`: whose socket sent the packet, where that is known. */
static __always_inline int drop(struct __sk_buff *skb, __u32 slot, __u32 reason, const struct process *process)
{
	struct event event = {};

	if (process)
		event.process = *process;
	describe_packet(skb, ETH_HLEN, &event);
	refuse(slot, reason, &event);
	return TC_ACT_SHOT;
}

static __always_inline bool has_address(const struct pod *pod, const struct address *address)
{
	return same_address(address, is_mapped(address) ? &pod->ipv4 : &pod->ipv6);
}

/* The verdict of the connection that a sidecar's socket belongs to, remembered for as long as the tables stand: a policy
 * change reaches connections that are already open. */
static __always_inline bool segment_allowed(struct socket_state *state, bool keep, const struct segment *segment)
{
	__u32 generation = generation_in_force();
	__u64 known = keep ? state->verdict : 0;
	bool allowed;

	if (generation && known >> 1 == generation)
		return known & 1;
	if (state->side == SIDE_CLIENT)
		allowed = connection_allowed(generation, &segment->source, &segment->destination,
					     segment->destination_port);
	else
		allowed = connection_allowed(generation, &segment->destination, &segment->source,
					     segment->source_port);
	if (keep)
		state->verdict = (__u64)generation << 1 | allowed;
	return allowed;
}

/* tc ingress of the host's end: what leaves the pod. skb->sk survives the veth, skb->mark does not. */
SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u32 *slot = bpf_map_lookup_elem(&slot_by_ifindex, &ifindex);
	struct bpf_sock *socket = skb->sk, *full;
	struct socket_state *state;
	struct segment segment;
	struct pod *pod;
	bool listening = false;

	pod = slot ? bpf_map_lookup_elem(&pod_by_slot, slot) : NULL;
	if (!slot || !pod)
		return TC_ACT_SHOT;
	if (!read_segment(skb, &segment))
		return drop(skb, *slot, DROP_PROTOCOL, NULL);
	if (!has_address(pod, &segment.source))
		return drop(skb, *slot, DROP_ADDRESS, NULL);
	if (!socket)
		return drop(skb, *slot, DROP_NOT_SIDECAR, NULL);
	full = bpf_sk_fullsock(socket);
	if (!full) {
		/* A SYN-ACK belongs to a request socket: its listener says whose it is. */
		full = bpf_get_listener_sock(socket);
		listening = true;
	}
	state = full ? bpf_sk_storage_get(&state_by_socket, full, 0, 0) : NULL;
	if (!state || state->role != ROLE_SIDECAR || state->slot != *slot)
		return drop(skb, *slot, DROP_NOT_SIDECAR, state ? &state->process : NULL);
	if (!segment_allowed(state, !listening, &segment))
		return drop(skb, *slot, DROP_POLICY, &state->process);
	return TC_ACT_OK;
}

/* tc egress of the host's end: what enters the pod. Replies and data were judged where they left, or are by the reply. */
SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u32 *slot = bpf_map_lookup_elem(&slot_by_ifindex, &ifindex);
	struct segment segment;
	struct pod *pod;

	pod = slot ? bpf_map_lookup_elem(&pod_by_slot, slot) : NULL;
	if (!slot || !pod)
		return TC_ACT_SHOT;
	if (!read_segment(skb, &segment))
		return drop(skb, *slot, DROP_PROTOCOL, NULL);
	/* A source that is the pod's own would pass for a local connection in sk_lookup. */
	if (!has_address(pod, &segment.destination) || has_address(pod, &segment.source))
		return drop(skb, *slot, DROP_ADDRESS, NULL);
	/* An app cannot listen there; the sidecar would take the connection for one to itself, again and again. */
	if (segment.opens && is_sidecar_port(segment.destination_port))
		return drop(skb, *slot, DROP_SIDECAR_PORT, NULL);
	if (segment.opens && !connection_allowed(generation_in_force(), &segment.source, &segment.destination,
						 segment.destination_port))
		return drop(skb, *slot, DROP_POLICY, NULL);
	return TC_ACT_OK;
}
