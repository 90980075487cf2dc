// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What a packet says of itself: TCP, UDP, SCTP and ICMP over IPv4 and IPv6, whole and without options. */
#pragma once

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "policy.h"

/* A request of ICMP has its identifier and its type for ports, a reply the type that it answers and the identifier: so it
 * is the other way round, as with protocols that have ports. */
struct segment {
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 type;   /* of ICMP */
	bool opens;  /* SYN without ACK */
	bool answer; /* an ICMP message that answers a request */
	bool error;  /* an ICMP message about a packet, which it holds */
};

#define TCP_FLAGS_OFFSET 13
#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define IPV4_FRAGMENT 0x3fff /* more fragments, or an offset */
#define ICMP_HEADER 8
#define ICMP_ID_OFFSET 4

/* As linux/icmp.h has them, which brings more than compiles here. */
#define ICMP_ECHO_REPLY 0
#define ICMP_UNREACHABLE 3
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_ROUTER_ADVERTISEMENT 9
#define ICMP_ROUTER_SOLICITATION 10
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMP_REPLY 14
#define ICMPV6_UNREACHABLE 1
#define ICMPV6_PARAMETER_PROBLEM 4
#define ICMPV6_ECHO 128
#define ICMPV6_ECHO_REPLY 129
/* What neighbours and routers tell each other, redirects among it: nobody behind a link of his own needs it, and who
 * believes it is led astray. l7filters/unsupported.py refuses rules about it. */
#define ICMPV6_FIRST_OF_THE_LINK 130
#define ICMPV6_LAST_OF_THE_LINK 155

static __always_inline bool is_icmp(__u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static __always_inline bool is_carried(__u8 protocol, bool ipv4)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == (ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* Most often headers are where they can be read at once. */
static __always_inline bool load(struct __sk_buff *skb, __u32 offset, void *to, __u32 size)
{
	void *from = (void *)(long)skb->data + offset;

	if (from + size > (void *)(long)skb->data_end)
		return !bpf_skb_load_bytes(skb, offset, to, size);
	__builtin_memcpy(to, from, size);
	return true;
}

/* Reads the IP header at `offset`, and gives the offset of what follows; 0 for all that is not carried. */
static __always_inline __u32 read_header(struct __sk_buff *skb, __u32 offset, bool ipv4, struct segment *packet)
{
	if (ipv4) {
		struct iphdr ip;

		if (!load(skb, offset, &ip, sizeof(ip)))
			return 0;
		if (ip.version != 4 || ip.ihl != 5 || !is_carried(ip.protocol, true))
			return 0;
		if (ip.frag_off & bpf_htons(IPV4_FRAGMENT))
			return 0;
		packet->source = mapped_address(ip.saddr);
		packet->destination = mapped_address(ip.daddr);
		packet->protocol = ip.protocol;
		return offset + sizeof(ip);
	}

	struct ipv6hdr ip;

	if (!load(skb, offset, &ip, sizeof(ip)))
		return 0;
	if (ip.version != 6 || !is_carried(ip.nexthdr, false))
		return 0;
	__builtin_memcpy(&packet->source, &ip.saddr, sizeof(packet->source));
	__builtin_memcpy(&packet->destination, &ip.daddr, sizeof(packet->destination));
	/* On the wire a v4-mapped address is nobody's; here it would pass for the IPv4 one. */
	if (is_mapped(&packet->source) || is_mapped(&packet->destination))
		return 0;
	packet->protocol = ip.nexthdr;
	return offset + sizeof(ip);
}

static __always_inline bool read_icmp(struct __sk_buff *skb, __u32 offset, struct segment *packet)
{
	bool ipv4 = packet->protocol == IPPROTO_ICMP;
	__u8 type, asked;
	__be16 id;

	if (bpf_skb_load_bytes(skb, offset, &type, sizeof(type)) ||
	    bpf_skb_load_bytes(skb, offset + ICMP_ID_OFFSET, &id, sizeof(id)))
		return false;
	packet->type = asked = type;
	if (ipv4) {
		if (type == ICMP_REDIRECT || type == ICMP_ROUTER_ADVERTISEMENT || type == ICMP_ROUTER_SOLICITATION)
			return false;
		packet->error =
			type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
		if (type == ICMP_ECHO_REPLY)
			asked = ICMP_ECHO;
		if (type == ICMP_TIMESTAMP_REPLY)
			asked = ICMP_TIMESTAMP;
	} else {
		if (type >= ICMPV6_FIRST_OF_THE_LINK && type <= ICMPV6_LAST_OF_THE_LINK)
			return false;
		packet->error = type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM;
		if (type == ICMPV6_ECHO_REPLY)
			asked = ICMPV6_ECHO;
	}
	packet->answer = asked != type;
	packet->source_port = packet->answer ? bpf_htons(asked) : id;
	packet->destination_port = packet->answer ? id : bpf_htons(type);
	return true;
}

static __always_inline bool read_ports(struct __sk_buff *skb, __u32 offset, struct segment *packet)
{
	__be16 ports[2];

	if (!load(skb, offset, ports, sizeof(ports)))
		return false;
	packet->source_port = ports[0];
	packet->destination_port = ports[1];
	return true;
}

/* Reads a packet whose IP header is at `offset`; false for all that is not carried: other protocols, fragments, IPv6
 * extension headers, ARP, VLANs, and what neighbours say. */
static __always_inline bool read_packet(struct __sk_buff *skb, __u32 offset, struct segment *packet)
{
	__u8 flags;

	__builtin_memset(packet, 0, sizeof(*packet));
	if (skb->vlan_present)
		return false;
	if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6))
		return false;
	offset = read_header(skb, offset, skb->protocol == bpf_htons(ETH_P_IP), packet);
	if (!offset)
		return false;
	if (is_icmp(packet->protocol))
		return read_icmp(skb, offset, packet);
	if (!read_ports(skb, offset, packet))
		return false;
	if (packet->protocol == IPPROTO_TCP) {
		if (!load(skb, offset + TCP_FLAGS_OFFSET, &flags, sizeof(flags)))
			return false;
		packet->opens = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	}
	return true;
}

/* The packet that an ICMP error, whose IP header is at `offset`, is about: as much of it as there must be. */
static __always_inline bool read_cause(struct __sk_buff *skb, __u32 offset, struct segment *cause)
{
	bool ipv4 = skb->protocol == bpf_htons(ETH_P_IP);

	__builtin_memset(cause, 0, sizeof(*cause));
	offset = read_header(skb, offset + (ipv4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + ICMP_HEADER,
			     ipv4, cause);
	if (!offset)
		return false;
	return is_icmp(cause->protocol) ? read_icmp(skb, offset, cause) : read_ports(skb, offset, cause);
}
