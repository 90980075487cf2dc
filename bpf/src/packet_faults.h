// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Packet-level chaos on the way into a pod: loss, duplication, corruption and delay, by pair of pods. Each fault carries
 * the moment at which it ends, so that it ends whoever has died. Policy comes first: what it refuses never gets here. */
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

/* The number-th output of SplitMix64 (Steele, Lea, Flood 2014) from this seed on. */
static __always_inline __u64 split_mix(__u64 seed, __u64 number)
{
	__u64 mixed = seed + number * 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
	return mixed ^ mixed >> 31;
}

/* Whether the fault's share takes the next packet that matches it. */
static __always_inline bool in_share(const struct packet_fault *fault, struct packet_counts *counts)
{
	__u64 number;

	if (!fault->seeded)
		return bpf_get_prandom_u32() % ONE_MILLION < fault->parts_per_million;
	number = __sync_fetch_and_add(&counts->matched, 1) + 1;
	return (split_mix(fault->seed, number) >> 32) * ONE_MILLION >> 32 < fault->parts_per_million;
}

/* Whether one more may be hit in this second. Of two processors at it at once one goes without: it is too few for a moment
 * rather than too many. */
static __always_inline bool in_time(const struct packet_fault *fault, struct packet_counts *counts, __u64 now)
{
	__u64 before = *(volatile __u64 *)&counts->second, second = now / 1000000000 << 32;
	__u64 after = (before >> 32 == second >> 32 ? before : second) + 1;

	if ((__u32)after > fault->per_second)
		return false;
	return __sync_val_compare_and_swap(&counts->second, before, after) == before;
}

/* Whether the packet is hit: l7filters/faults/which.py has the conditions and their order. */
static __always_inline bool hits(const struct packet_fault *fault, struct packet_counts *counts, __u64 now)
{
	if (!in_share(fault, counts))
		return false;
	if (fault->every && (__sync_fetch_and_add(&counts->drawn, 1) + 1) % fault->every)
		return false;
	if (fault->per_second && !in_time(fault, counts, now))
		return false;
	if (__sync_fetch_and_add(&counts->hit, 1) < fault->first || !fault->first)
		return true;
	__sync_fetch_and_add(&counts->hit, -1);
	return false;
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

/* One packet and what becomes of it. */
struct packet {
	__u64 faults;
	__u64 now;
	__u64 delay; /* microseconds */
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 lost; /* no bool: the verifier wants to see that the callback's answer is 0 or 1 */
	bool corrupted;
	bool copied;
	bool scattered;
};

static long apply_packet_fault(__u32 index, struct packet *packet)
{
	struct packet_fault *fault = bpf_map_lookup_elem(&packet_fault_by_index, &index);
	struct packet_counts *counts;
	struct packet_delays *delays;

	if (!(packet->faults >> (index & 63) & 1) || !fault || fault->expires <= packet->now)
		return 0;
	if (fault->protocol && fault->protocol != packet->protocol)
		return 0;
	if (fault->port && fault->port != (fault->from_target ? packet->source_port : packet->destination_port))
		return 0;
	counts = bpf_map_lookup_elem(&counts_by_packet_fault, &fault->counts);
	if (!counts || !hits(fault, counts, packet->now))
		return 0;
	packet->lost |= fault->effect == PACKET_LOSS;
	packet->corrupted |= fault->effect == PACKET_CORRUPTION;
	packet->copied |= fault->effect == PACKET_DUPLICATION;
	delays = bpf_map_lookup_elem(&delays_by_packet_fault, &index);
	if (fault->effect == PACKET_DELAY && delays) {
		packet->delay += delays->microseconds[bpf_get_prandom_u32() % PACKET_QUANTILES];
		packet->scattered |= fault->scattered;
	}
	return packet->lost & 1;
}

/* The queue of the link (fq, since 3.12) sends it no sooner. One that others may overtake gets a queue of its own there:
 * what is behind it in the same one would wait with it. */
static __always_inline void delay(struct __sk_buff *skb, const struct packet *packet)
{
	__u64 microseconds = packet->delay;

	if (microseconds > MAX_PACKET_DELAY_US)
		microseconds = MAX_PACKET_DELAY_US;
	skb->tstamp = packet->now + microseconds * 1000;
	if (packet->scattered)
		bpf_set_hash(skb, bpf_get_prandom_u32());
}

/* Whether any of those that are on is about this pair of slots. */
static __always_inline bool packet_faults_between(__u32 source, __u32 destination)
{
	struct slot_pair pair = { .source = source, .destination = destination };
	__u32 zero = 0;
	__u64 *on = bpf_map_lookup_elem(&packet_faults_on, &zero), *of_pair;

	if (!on || !*on)
		return false;
	of_pair = bpf_map_lookup_elem(&packet_faults_by_pair, &pair);
	return of_pair && *on & *of_pair;
}

/* What the faults on the way from one pod to another do to a packet; `destination` is the slot of the receiving pod. It
 * may be struck by several of them, in the order of their places; what is lost meets no further one. */
static __always_inline int apply_packet_faults(struct __sk_buff *skb, __u32 destination,
					       const struct address *source, __u8 protocol, __be16 source_port,
					       __be16 destination_port)
{
	struct slot_pair pair = { .destination = destination };
	struct packet packet = {
		.source_port = source_port,
		.destination_port = destination_port,
		.protocol = protocol,
	};
	__u32 zero = 0, *slot;
	__u64 *on = bpf_map_lookup_elem(&packet_faults_on, &zero), *of_pair;

	if (!on || !*on || skb->mark == COPY_MARK)
		return TC_ACT_OK;
	slot = bpf_map_lookup_elem(&slot_by_address, source);
	pair.source = slot ? *slot : 0;
	of_pair = bpf_map_lookup_elem(&packet_faults_by_pair, &pair);
	packet.faults = of_pair ? *on & *of_pair : 0;
	if (!packet.faults)
		return TC_ACT_OK;
	packet.now = bpf_ktime_get_ns();
	/* Since 5.17. */
	bpf_loop(PACKET_FAULTS, apply_packet_fault, &packet, 0);
	if (packet.lost)
		return TC_ACT_SHOT;
	if (packet.corrupted)
		corrupt(skb);
	if (packet.delay)
		delay(skb, &packet);
	if (packet.copied) {
		skb->mark = COPY_MARK;
		bpf_clone_redirect(skb, skb->ifindex, 0);
		skb->mark = 0;
	}
	return TC_ACT_OK;
}
