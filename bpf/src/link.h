// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* tc at the host's end of a pod's link, out of the pod's reach: L3/L4 policy, and only the sidecar's TCP gets out. */
#pragma once

#include <linux/pkt_cls.h>

#include "datagrams.h"
#include "packet_faults.h"
#include "shortcut.h"

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

#define TCP_RST 0x04

struct tcp_words {
	__be32 ports;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 length; /* in its upper four bits, in words */
	__u8 flags;
	__be16 window;
	__be16 checksum;
	__be16 urgent;
};

_Static_assert(sizeof(struct tcp_words) == 20, "tcp_words");

/* Where TCP begins in a frame that read_packet() has read, and the bytes from there on by the IP header. */
static __always_inline __u32 tcp_offset(struct __sk_buff *skb)
{
	return ETH_HLEN + (skb->protocol == bpf_htons(ETH_P_IP) ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
}

static __always_inline __u32 tcp_length(struct __sk_buff *skb)
{
	bool ipv4 = skb->protocol == bpf_htons(ETH_P_IP);
	__be16 length = 0;

	if (bpf_skb_load_bytes(skb, ETH_HLEN + (ipv4 ? 2 : 4), &length, sizeof(length)))
		return 0;
	return bpf_ntohs(length) - (ipv4 ? sizeof(struct iphdr) : 0);
}

/* The pod's end of a connection, with the pod as the server. */
static __always_inline struct opening_key opening_key(__u32 slot, const struct address *remote, __be16 local_port,
						      __be16 remote_port)
{
	struct opening_key key = {
		.remote = *remote,
		.slot = slot,
		.local_port = local_port,
		.remote_port = remote_port,
	};

	return key;
}

/* A SYN goes into the pod: what the kernel's refusal of it will acknowledge. */
static __always_inline void remember_opening(struct __sk_buff *skb, __u32 slot, const struct segment *segment)
{
	struct opening_key key =
		opening_key(slot, &segment->source, segment->destination_port, segment->source_port);
	struct opening opening;
	struct tcp_words tcp;

	if (bpf_skb_load_bytes(skb, tcp_offset(skb), &tcp, sizeof(tcp)))
		return;
	/* The SYN counts for one, and what fast open has sent along for its length. */
	opening.acknowledgement = bpf_htonl(bpf_ntohl(tcp.sequence) + 1 + tcp_length(skb) - (tcp.length >> 4) * 4);
	bpf_map_update_elem(&opening_by_flow, &key, &opening, BPF_ANY);
}

static __always_inline __u16 fold(__s64 sum)
{
	__u64 folded = (__u32)sum;

	folded = (folded & 0xffff) + (folded >> 16);
	folded = (folded & 0xffff) + (folded >> 16);
	return (__u16)folded;
}

/* Whole, or only that of the addresses, where the link computes the rest. */
static __always_inline bool right_checksum(const struct segment *segment, const struct tcp_words *tcp)
{
	struct {
		struct address source, destination;
		__be32 length, protocol;
	} pseudo = {
		.source = segment->source,
		.destination = segment->destination,
		.length = bpf_htonl(sizeof(*tcp)),
		.protocol = bpf_htonl(IPPROTO_TCP),
	};
	struct tcp_words summed = *tcp;
	__s64 addresses;

	if (is_mapped(&segment->source)) {
		/* What makes it mapped counts for nothing. */
		__builtin_memset(&pseudo.source, 0, 12);
		__builtin_memset(&pseudo.destination, 0, 12);
	}
	summed.checksum = 0;
	addresses = bpf_csum_diff(NULL, 0, (void *)&pseudo, sizeof(pseudo), 0);
	if (tcp->checksum == fold(addresses))
		return true;
	return tcp->checksum ==
	       (__u16)~fold(bpf_csum_diff(NULL, 0, (void *)&summed, sizeof(summed), (__wsum)addresses));
}

/* An IP header as the kernel's own reset has it. IPv6's flow label, which is a hash, is taken off. */
static __always_inline bool plain_header(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
			return false;
		return !ip.tos && !ip.id && ip.frag_off == bpf_htons(0x4000) && ip.ttl == 64;
	}

	struct ipv6hdr ip;
	__be32 first = bpf_htonl(0x60000000);

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.hop_limit != 64)
		return false;
	return !bpf_skb_store_bytes(skb, ETH_HLEN, &first, sizeof(first), 0);
}

/* The reset with which the kernel itself refuses a SYN that was just delivered: no socket sends it. Each of its bits
 * follows from the SYN, and it passes once, so it tells no more than that nobody listens. */
static __always_inline bool refuses_opening(struct __sk_buff *skb, __u32 slot, const struct segment *segment)
{
	struct opening_key key =
		opening_key(slot, &segment->destination, segment->source_port, segment->destination_port);
	struct opening *opening = bpf_map_lookup_elem(&opening_by_flow, &key);
	struct tcp_words tcp;

	if (!opening || bpf_skb_load_bytes(skb, tcp_offset(skb), &tcp, sizeof(tcp)))
		return false;
	if (tcp.flags != (TCP_RST | TCP_ACK) || tcp.length != 5 << 4 || tcp.window || tcp.urgent || tcp.sequence)
		return false;
	if (tcp.acknowledgement != opening->acknowledgement || !right_checksum(segment, &tcp))
		return false;
	/* Nothing behind the segment, neither in the packet nor in the frame. */
	if (tcp_length(skb) != sizeof(tcp) || skb->len != tcp_offset(skb) + sizeof(tcp))
		return false;
	return plain_header(skb) && !bpf_map_delete_elem(&opening_by_flow, &key);
}

/* The verdict of the connection that a sidecar's socket belongs to, remembered for as long as the tables stand: a policy
 * change reaches connections that are already open. */
static __always_inline bool segment_allowed(struct socket_state *state, bool keep, const struct segment *segment,
					    __u32 priority)
{
	__u32 generation = generation_in_force();
	__u64 known = keep ? state->verdict : 0;
	bool allowed;

	if (generation && known >> 1 == generation)
		return known & 1;
	if (state->side == SIDE_CLIENT)
		allowed = connection_allowed(generation, &segment->source, &segment->destination, IPPROTO_TCP,
					     segment->destination_port, priority == ASKING_PRIORITY);
	else
		/* Whether it is a question was seen where it came from. */
		allowed = connection_allowed(generation, &segment->destination, &segment->source, IPPROTO_TCP,
					     segment->source_port, true);
	if (keep)
		state->verdict = (__u64)generation << 1 | allowed;
	return allowed;
}

/* What the kernel says for a pod by sockets of its own: that a port is closed, answers to pings, and SCTP's part before
 * there is a socket for an association. It belongs to a flow that is open, or nobody has asked for it. */
static __always_inline bool kernels_own(struct __sk_buff *skb, const struct pod *pod, const struct segment *packet)
{
	struct segment cause;

	if (!is_icmp(packet->protocol) && packet->protocol != IPPROTO_SCTP)
		return false;
	if (!same_address(&packet->source, own_address(pod, &packet->source, false)))
		return false;
	if (packet->error)
		/* About what came for the pod itself: it forwards nothing. */
		return read_cause(skb, ETH_HLEN, &cause) && same_address(&cause.destination, &packet->source) &&
		       is_about_flow(packet, &cause);
	return is_reply(packet);
}

/* What an app's own sockets send past the sidecar: datagrams, and DNS to the resolver. */
static __always_inline int from_app(struct __sk_buff *skb, const struct pod *pod, struct socket_state *state,
				    const struct segment *packet)
{
	const struct address *speaker = own_address(pod, &packet->source, state->process.exec);
	bool dns = is_resolver(&packet->destination, packet->destination_port);
	bool allowed;

	/* The sidecar alone speaks from the address of exec sessions. */
	if (!same_address(&packet->source, own_address(pod, &packet->source, false)))
		return drop(skb, state->slot, DROP_ADDRESS, &state->process);
	if (packet->protocol == IPPROTO_TCP && !dns) {
		if (!state->told)
			return drop(skb, state->slot, DROP_APP_SOCKET, &state->process);
		/* The SYNs of a connect that was denied, and told of as that. */
		count_drop(state->slot, DROP_APP_SOCKET);
		return TC_ACT_SHOT;
	}
	if (packet->protocol == IPPROTO_UDP && packet->destination_port == bpf_htons(DNS_PORT) && !dns)
		return drop(skb, state->slot, DROP_DNS, &state->process);
	if (packet->protocol == IPPROTO_TCP)
		allowed = connection_allowed(generation_in_force(), speaker, &packet->destination, IPPROTO_TCP,
					     packet->destination_port, false);
	else
		allowed = datagram_allowed(packet, true, state->process.exec);
	return allowed ? TC_ACT_OK : drop(skb, state->slot, DROP_POLICY, &state->process);
}

/* tc ingress of the host's end: what leaves the pod. skb->sk survives the veth, skb->mark does not. */
SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u32 *slot = bpf_map_lookup_elem(&slot_by_ifindex, &ifindex);
	struct bpf_sock *socket = skb->sk, *full;
	struct socket_state *state;
	struct segment packet;
	struct pod *pod;
	bool listening = false;

	pod = slot ? bpf_map_lookup_elem(&pod_by_slot, slot) : NULL;
	if (!slot || !pod)
		return TC_ACT_SHOT;
	if (!read_packet(skb, ETH_HLEN, &packet))
		return drop(skb, *slot, DROP_PROTOCOL, NULL);
	if (!has_address(pod, &packet.source))
		return drop(skb, *slot, DROP_ADDRESS, NULL);
	full = socket ? bpf_sk_fullsock(socket) : NULL;
	if (socket && !full) {
		/* A SYN-ACK belongs to a request socket: its listener says whose it is. */
		full = bpf_get_listener_sock(socket);
		listening = true;
	}
	state = full ? bpf_sk_storage_get(&state_by_socket, full, 0, 0) : NULL;
	/* The kernel's own packets have no socket, or one of its own that is in no cgroup. */
	if (!state && packet.protocol == IPPROTO_TCP && refuses_opening(skb, *slot, &packet))
		return TC_ACT_OK;
	if (!state && kernels_own(skb, pod, &packet))
		return TC_ACT_OK;
	if (!state || state->slot != *slot)
		return drop(skb, *slot, DROP_NOT_SIDECAR, state ? &state->process : NULL);
	if (state->role != ROLE_SIDECAR)
		return from_app(skb, pod, state, &packet);
	if (packet.protocol != IPPROTO_TCP)
		return drop(skb, *slot, DROP_PROTOCOL, &state->process);
	if (!segment_allowed(state, !listening, &packet, full->priority))
		return drop(skb, *slot, DROP_POLICY, &state->process);
	return take_shortcut(skb, *slot, &packet);
}

/* An ICMP error comes from anybody on the way. What it is about was sent by this pod and is allowed, either way. */
static __always_inline bool error_allowed(struct __sk_buff *skb, const struct segment *packet)
{
	__u32 generation = generation_in_force();
	struct segment cause;

	if (!read_cause(skb, ETH_HLEN, &cause))
		return false;
	if (cause.protocol != IPPROTO_TCP)
		return is_about_flow(packet, &cause);
	return same_address(&cause.source, &packet->destination) &&
	       (connection_allowed(generation, &cause.source, &cause.destination, IPPROTO_TCP,
				   cause.destination_port, true) ||
		connection_allowed(generation, &cause.destination, &cause.source, IPPROTO_TCP, cause.source_port,
				   true));
}

/* tc egress of the host's end: what enters the pod. Replies and data were judged where they left, or are by the reply. */
SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u32 *slot = bpf_map_lookup_elem(&slot_by_ifindex, &ifindex);
	struct segment packet;
	struct pod *pod;

	pod = slot ? bpf_map_lookup_elem(&pod_by_slot, slot) : NULL;
	if (!slot || !pod)
		return TC_ACT_SHOT;
	if (!read_packet(skb, ETH_HLEN, &packet))
		return drop(skb, *slot, DROP_PROTOCOL, NULL);
	/* A source that is the pod's own would pass for a local connection in sk_lookup. */
	if (!has_address(pod, &packet.destination) || has_address(pod, &packet.source))
		return drop(skb, *slot, DROP_ADDRESS, NULL);
	/* Exec sessions call and are not called. */
	if ((packet.opens || (packet.protocol != IPPROTO_TCP && !packet.error)) &&
	    !same_address(&packet.destination, own_address(pod, &packet.destination, false)))
		return drop(skb, *slot, DROP_ADDRESS, NULL);
	/* An app cannot listen there; the sidecar would take the connection for one to itself, again and again. */
	if (packet.opens && is_sidecar_port(packet.destination_port))
		return drop(skb, *slot, DROP_SIDECAR_PORT, NULL);
	/* Whether it is a question was seen where it left its pod. */
	if (packet.opens && !connection_allowed(generation_in_force(), &packet.source, &packet.destination,
						IPPROTO_TCP, packet.destination_port, true))
		return drop(skb, *slot, DROP_POLICY, NULL);
	if (packet.protocol != IPPROTO_TCP && !(packet.error && error_allowed(skb, &packet)) &&
	    !datagram_allowed(&packet, false, false))
		return drop(skb, *slot, DROP_POLICY, NULL);
	if (apply_packet_faults(skb, *slot, &packet.source, packet.protocol, packet.source_port,
				packet.destination_port) == TC_ACT_SHOT)
		return TC_ACT_SHOT;
	if (packet.opens && !sidecar_listens(*slot, &packet))
		remember_opening(skb, *slot, &packet);
	return TC_ACT_OK;
}
