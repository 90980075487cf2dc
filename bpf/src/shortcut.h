// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* From one pod's link into another pod of this node at once: past the node's routing, its queues and to_pod, which
 * therefore has to have nothing left to say. Whatever is not certain here goes the ordinary way. */
#pragma once

#include "packet_faults.h"
#include "segment.h"

#define IPV4_TTL_OFFSET (ETH_HLEN + 8)
#define IPV6_HOPS_OFFSET (ETH_HLEN + 7)

/* Of an IPv4 header. */
struct hop {
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
};

_Static_assert(sizeof(struct hop) == 4, "hop");

/* As a router does; false, and nothing done, where the packet may go no further. */
static __always_inline bool forward(struct __sk_buff *skb)
{
	struct hop hop;
	__u32 checksum;
	__u8 hops;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (!load(skb, IPV4_TTL_OFFSET, &hop, sizeof(hop)) || hop.ttl < 2)
			return false;
		hop.ttl--;
		/* RFC 1141. */
		checksum = (__u32)hop.checksum + bpf_htons(0x0100);
		hop.checksum = (__be16)(checksum + (checksum >= 0xffff));
		return !bpf_skb_store_bytes(skb, IPV4_TTL_OFFSET, &hop, sizeof(hop), 0);
	}
	if (!load(skb, IPV6_HOPS_OFFSET, &hops, sizeof(hops)) || hops < 2)
		return false;
	hops--;
	return !bpf_skb_store_bytes(skb, IPV6_HOPS_OFFSET, &hops, sizeof(hops), 0);
}

/* Whether the sidecar takes what comes in: then there will be no refusal. */
static __always_inline bool sidecar_listens(__u32 slot, const struct segment *segment)
{
	__u32 key = 2 * slot + !is_mapped(&segment->destination);
	struct bpf_sock *listener = bpf_map_lookup_elem(&listener_by_slot, &key);

	if (!listener)
		return false;
	bpf_sk_release(listener);
	return true;
}

/* What to_pod would say of a segment that from_pod has allowed: that the destination is the pod's own address and the
 * source is not, link_by_address says, where the slots are different ones. A SYN that nobody takes is remembered there. */
static __always_inline bool may_enter(const struct link *link, const struct segment *segment)
{
	if (!segment->opens)
		return true;
	return link->called && !is_sidecar_port(segment->destination_port) &&
	       connection_allowed(generation_in_force(), &segment->source, &segment->destination, IPPROTO_TCP,
				  segment->destination_port, true) &&
	       sidecar_listens(link->slot, segment);
}

/* A sidecar's segment that from_pod has allowed. */
static __always_inline int take_shortcut(struct __sk_buff *skb, __u32 slot, const struct segment *segment)
{
	struct link *link = bpf_map_lookup_elem(&link_by_address, &segment->destination);

	if (!link || link->slot == slot || !may_enter(link, segment))
		return TC_ACT_OK;
	if (packet_faults_between(slot, link->slot) || !forward(skb))
		return TC_ACT_OK;
	/* Since 5.10. The other end of that link, in its pod. One that has gone drops it: the kernel counts indexes up, so
	 * that no other link has it. */
	return bpf_redirect_peer(link->ifindex, 0);
}
