// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What an app's socket may be, bind and say by itself: no TCP but to the sidecar, and not the sidecar's ports. */
#pragma once

#include "containers.h"

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5

/* What a sidecar has no use for. A raw socket of ICMP may send any other protocol too (IP_HDRINCL): that is why each
 * packet is judged at the host's end, by what it is. */
static __always_inline bool app_socket_known(__u32 family, __u32 type, __u32 protocol)
{
	if (protocol == (family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return type == SOCK_DGRAM || type == SOCK_RAW;
	return protocol == IPPROTO_SCTP && (type == SOCK_STREAM || type == SOCK_SEQPACKET);
}

static __always_inline bool socket_known(__u32 type, __u32 protocol)
{
	/* Triples, not protocols alone: SOCK_RAW with protocol 6 is not TCP. */
	if (type == SOCK_STREAM)
		return protocol == 0 || protocol == IPPROTO_TCP;
	if (type == SOCK_DGRAM)
		return protocol == 0 || protocol == IPPROTO_UDP;
	return false;
}

/* Since 4.10. Runs for AF_INET and AF_INET6 before the first use of a socket, so every one carries its role. */
SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *ctx)
{
	struct cgroup_role role;
	struct socket_state *state;
	struct process process = {};

	describe_task(&process);
	if (!role_of(process.cgroup, process.exec, &role))
		return DENY;
	if (!socket_known(ctx->type, ctx->protocol) &&
	    !(role.role == ROLE_APP && app_socket_known(ctx->family, ctx->type, ctx->protocol))) {
		struct event event = { .protocol = ctx->protocol, .process = process };

		refuse(role.slot, DROP_SOCKET, &event);
		return DENY;
	}
	state = bpf_sk_storage_get(&state_by_socket, ctx, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		struct event event = { .protocol = ctx->protocol, .process = process };

		refuse(role.slot, DROP_NO_ROOM, &event);
		return DENY;
	}
	state->role = role.role;
	state->slot = role.slot;
	state->process = process;
	return ALLOW;
}

static __always_inline int bind_allowed(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state;
	struct cgroup_role role;
	struct event event = {};
	__u32 reason = DROP_SIDECAR_PORT;
	__be16 port = ctx->user_port;

	if (!current_role(&role))
		return DENY;
	if (role.role == ROLE_SIDECAR)
		return ALLOW;
	describe_task(&event.process);
	if (!is_sidecar_port(port)) {
		/* Port 0 is the kernel's choice: a client's, or a server's that skb_ingress judges. */
		if (!port || has_right(event.process.cgroup, role.slot, ACT_LISTEN, ctx->protocol, port)) {
			state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
			if (state)
				owned_by(state, &event.process);
			return ALLOW;
		}
		reason = DROP_LOCAL_LISTEN;
	}
	event.protocol = ctx->protocol;
	event.source_port = port;
	refuse(role.slot, reason, &event);
	return DENY;
}

/* Since 4.17. Closes joining the SO_REUSEPORT group of the sidecar with its uid, or of another container. */
SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx)
{
	return bind_allowed(ctx);
}

SEC("cgroup/bind6")
int bind6(struct bpf_sock_addr *ctx)
{
	return bind_allowed(ctx);
}

#define TCP_FLAGS_BYTE 13
#define TCP_FIN 0x01

/* A segment that ends the sender's half; IP options and extension headers are nobody's here. */
static __always_inline bool ends_stream(struct __sk_buff *skb)
{
	const __u8 *flags = (void *)(long)skb->data;

	flags += (skb->protocol == bpf_htons(ETH_P_IP) ? 20 : 40) + TCP_FLAGS_BYTE;
	return (void *)(flags + 1) <= (void *)(long)skb->data_end && *flags & TCP_FIN;
}

/* Envoy drops a connection whose end it learns of while it still looks at its first bytes, with what was sent on it.
 * So the end stays away until Envoy is through with that, and TCP sends it again. */
static __always_inline bool ends_too_early(struct __sk_buff *skb)
{
	struct bpf_sock *socket;
	struct socket_state *state;
	__u64 now;

	/* First what is rare, and cheap to see; in what is no TCP that bit means nothing. */
	if (!ends_stream(skb))
		return false;
	socket = skb->sk;
	socket = socket ? bpf_sk_fullsock(socket) : NULL;
	/* Most often it is the app that hears it, of its sidecar. */
	if (!socket || socket->protocol != IPPROTO_TCP || is_sidecar_port(socket->dst_port))
		return false;
	state = bpf_sk_storage_get(&state_by_socket, socket, 0, 0);
	/* Not what was accepted, or not by the sidecar. A listener's own is that of those it will accept. */
	if (!state || state->role != ROLE_SIDECAR || state->side != SIDE_SERVER ||
	    state->inspected_until == INSPECTED || socket->state == BPF_TCP_LISTEN)
		return false;
	now = bpf_ktime_get_ns();
	if (!state->inspected_until)
		state->inspected_until = now + INSPECTION_NS;
	return now < state->inspected_until;
}

/* Since 4.10. At the cgroups of pods for as long as there are LocalPolicies: over lo a sender may be held back. What
 * leaves by the link, tc judges, out of the pod's reach. */
SEC("cgroup_skb/egress")
int skb_egress(struct __sk_buff *skb)
{
	return skb->ifindex == LOOPBACK_IFINDEX ? local_allowed(skb, true) : ALLOW;
}

/* Whatever made the socket, an app hears TCP over lo alone, from its sidecar. UDP and DNS were judged by tc. */
SEC("cgroup_skb/ingress")
int skb_ingress(struct __sk_buff *skb)
{
	struct bpf_sock *socket;
	struct socket_state *state;
	struct event event = {};
	struct segment packet;

	if (ends_too_early(skb))
		return DENY;
	if (skb->ifindex == LOOPBACK_IFINDEX)
		return local_allowed(skb, false);
	socket = skb->sk;
	socket = socket ? bpf_sk_fullsock(socket) : NULL;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (state && state->role == ROLE_SIDECAR)
		return ALLOW;
	/* An SCTP socket that was accepted has no state, and opens nothing. */
	if ((state || (socket && socket->protocol == IPPROTO_SCTP)) && read_packet(skb, 0, &packet) &&
	    apps_own(&packet))
		return ALLOW;
	if (state)
		event.process = state->process;
	describe_packet(skb, 0, &event);
	refuse(state ? state->slot : 0, DROP_APP_SOCKET, &event);
	return DENY;
}
