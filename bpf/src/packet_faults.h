// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Packet-level chaos on the way into a pod: loss, duplication and corruption, by pair of pods. Each fault carries the
 * moment at which it ends, so that it ends whoever has died. Policy comes first: what it refuses never gets here. */
#pragma once

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "policy.h"

#define ONE_MILLION 1000000
#define IPV4_CHECKSUM_OFFSET (ETH_HLEN + 10)
#define IP_VERSION_OFFSET ETH_HLEN

/* On a copy that a fault has made: no fault is applied to it again. A veth clears the mark when it changes the namespace,
 * so a pod cannot send a packet that has it. */
#define COPY_MARK 0x52470001

static __always_inline void count_hit(__u32 index)
{
	__u64 *hits = bpf_map_lookup_elem(&hits_by_packet_fault, &index);

	if (hits)
		__sync_fetch_and_add(hits, 1);
}

/* A damaged header: the receiving stack finds it (RFC 1122 3.2.1.2, RFC 8200 3) and counts it as an error. The payload is
 * no place for it: a veth's checksums are never computed, and an app would be handed damage that no network hands out. */
static __always_inline void corrupt(struct __sk_buff *skb)
{
	__u8 version;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		__u16 checksum;

		if (bpf_skb_load_bytes(skb, IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum)))
			return;
		checksum ^= 1 << (bpf_get_prandom_u32() % 16);
		bpf_skb_store_bytes(skb, IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum), 0);
		return;
	}
	if (bpf_skb_load_bytes(skb, IP_VERSION_OFFSET, &version, sizeof(version)))
		return;
	version ^= 1 << (4 + bpf_get_prandom_u32() % 4);
	bpf_skb_store_bytes(skb, IP_VERSION_OFFSET, &version, sizeof(version), 0);
}

/* What the faults on the way from one pod to another do to a packet; `destination` is the slot of the receiving pod. */
static __always_inline int apply_packet_faults(struct __sk_buff *skb, __u32 destination,
					       const struct address *source, __u8 protocol, __be16 source_port,
					       __be16 destination_port)
{
	struct slot_pair pair = { .destination = destination };
	__u32 zero = 0, *slot;
	__u64 *on = bpf_map_lookup_elem(&packet_faults_on, &zero), *of_pair;
	__u64 faults, now;

	if (!on || !*on || skb->mark == COPY_MARK)
		return TC_ACT_OK;
	slot = bpf_map_lookup_elem(&slot_by_address, source);
	pair.source = slot ? *slot : 0;
	of_pair = bpf_map_lookup_elem(&packet_faults_by_pair, &pair);
	faults = of_pair ? *on & *of_pair : 0;
	if (!faults)
		return TC_ACT_OK;
	now = bpf_ktime_get_ns();
	for (__u32 index = 0; index < PACKET_FAULTS; index++) {
		struct packet_fault *fault;

		if (!(faults >> index & 1))
			continue;
		fault = bpf_map_lookup_elem(&packet_fault_by_index, &index);
		if (!fault || fault->expires <= now)
			continue;
		if (fault->protocol && fault->protocol != protocol)
			continue;
		if (fault->port && fault->port != (fault->from_target ? source_port : destination_port))
			continue;
		if (bpf_get_prandom_u32() % ONE_MILLION >= fault->parts_per_million)
			continue;
		count_hit(index);
		if (fault->effect == PACKET_LOSS)
			return TC_ACT_SHOT;
		if (fault->effect == PACKET_CORRUPTION) {
			corrupt(skb);
			continue;
		}
		skb->mark = COPY_MARK;
		bpf_clone_redirect(skb, skb->ifindex, 0);
		skb->mark = 0;
	}
	return TC_ACT_OK;
}
