// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What a segment or datagram says of itself: TCP and UDP over IPv4 and IPv6, whole and without options. */
#pragma once

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "policy.h"

struct segment {
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	bool opens; /* SYN without ACK */
};

#define TCP_FLAGS_OFFSET 13
#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define IPV4_FRAGMENT 0x3fff /* more fragments, or an offset */

static __always_inline bool is_carried(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* Reads a packet whose IP header is at `offset`; false for all that is not carried: other protocols, fragments, IPv6
 * extension headers, ARP, VLANs. */
static __always_inline bool read_packet(struct __sk_buff *skb, __u32 offset, struct segment *packet)
{
	__be16 ports[2];
	__u8 flags;

	if (skb->vlan_present)
		return false;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
			return false;
		if (ip.version != 4 || ip.ihl != 5 || !is_carried(ip.protocol))
			return false;
		if (ip.frag_off & bpf_htons(IPV4_FRAGMENT))
			return false;
		packet->source = mapped_address(ip.saddr);
		packet->destination = mapped_address(ip.daddr);
		packet->protocol = ip.protocol;
		offset += sizeof(ip);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
			return false;
		if (ip.version != 6 || !is_carried(ip.nexthdr))
			return false;
		__builtin_memcpy(&packet->source, &ip.saddr, sizeof(packet->source));
		__builtin_memcpy(&packet->destination, &ip.daddr, sizeof(packet->destination));
		/* On the wire a v4-mapped address is nobody's; here it would pass for the IPv4 one. */
		if (is_mapped(&packet->source) || is_mapped(&packet->destination))
			return false;
		packet->protocol = ip.nexthdr;
		offset += sizeof(ip);
	} else {
		return false;
	}
	if (bpf_skb_load_bytes(skb, offset, ports, sizeof(ports)))
		return false;
	packet->source_port = ports[0];
	packet->destination_port = ports[1];
	packet->opens = false;
	if (packet->protocol == IPPROTO_TCP) {
		if (bpf_skb_load_bytes(skb, offset + TCP_FLAGS_OFFSET, &flags, sizeof(flags)))
			return false;
		packet->opens = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	}
	return true;
}
