// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What containers of one pod may do to each other over lo: LocalPolicies. connect4/6 and bind4/6 refuse at once; what is
 * older than a rule, or never bound a port by itself, is judged packet by packet, each end by its own container. */
#pragma once

#include "datagrams.h"
#include "rights.h"

static __always_inline void owned_by(struct socket_state *state, const struct process *process)
{
	if (state->process.cgroup != process->cgroup) {
		state->process = *process;
		state->local_verdict = 0;
	}
}

/* A packet that its sender, or its receiver, may not have: a server by its port, a client by whom it calls. */
static __always_inline void refuse_local(struct socket_state *state, __u8 act, __be16 port, bool leaves,
					 struct __sk_buff *skb)
{
	const struct address none = {};
	struct event event = { .process = state->process };

	describe_packet(skb, 0, &event);
	if (act == ACT_LISTEN) {
		event.destination = none;
		event.source_port = port;
		event.port = 0;
	} else {
		if (!leaves)
			event.destination = event.source;
		event.source_port = 0;
		event.port = port;
	}
	event.source = none;
	refuse(state->slot, act == ACT_LISTEN ? DROP_LOCAL_LISTEN : DROP_LOCAL_CONNECT, &event);
}

/* One end of a TCP connection, or a listener: a client by the port that it called, a server by its own. */
static __always_inline int stream_allowed(struct __sk_buff *skb, struct bpf_sock *socket,
					  struct socket_state *state, bool leaves)
{
	__u32 generation = generation_in_force();
	__be16 peer = socket->dst_port, port = bpf_htons(socket->src_port);
	__u8 act = ACT_LISTEN;

	if (state->destination.known == TO_THE_SIDECAR && is_sidecar_port(peer))
		return ALLOW;
	/* Whatever it has called before: from now on it is a server, and so is what it accepts. */
	if (socket->state == BPF_TCP_LISTEN && state->called) {
		state->called = 0;
		state->local_verdict = 0;
	}
	if (state->local_verdict >> 1 != generation) {
		if (state->called && state->called == peer) {
			act = ACT_CONNECT;
			port = peer;
		}
		state->local_verdict = (__u64)generation << 1 |
				       has_right(state->process.cgroup, state->slot, act, IPPROTO_TCP, port);
		if (!(state->local_verdict & 1))
			refuse_local(state, act, port, leaves, skb);
	}
	return state->local_verdict & 1 ? ALLOW : DENY;
}

/* A datagram, or SCTP, which counts as UDP: its sender must be allowed to call that port, and its receiver to be called on it. What answers one that
 * was allowed, within DATAGRAM_IDLE_NS, is allowed. */
static __always_inline int local_datagram_allowed(struct __sk_buff *skb, struct socket_state *state, bool leaves)
{
	__u64 *asked, now = bpf_ktime_get_ns();
	struct local_flow_key key = { .slot = state->slot };
	__u8 act = leaves ? ACT_CONNECT : ACT_LISTEN;
	struct segment packet;

	/* No rule speaks of ICMP; a raw socket for it sends no TCP. */
	if (!read_packet(skb, 0, &packet) || packet.protocol == IPPROTO_TCP)
		return DENY;
	if (is_icmp(packet.protocol))
		return ALLOW;
	key.flow = reply_of(&packet);
	asked = bpf_map_lookup_elem(&asked_by_local_flow, &key);
	if (asked && now - *asked < DATAGRAM_IDLE_NS)
		return ALLOW;
	if (!has_right(state->process.cgroup, state->slot, act, packet.protocol, packet.destination_port)) {
		refuse_local(state, act, packet.destination_port, leaves, skb);
		return DENY;
	}
	if (leaves) {
		key.flow = flow_of(&packet);
		bpf_map_update_elem(&asked_by_local_flow, &key, &now, BPF_ANY);
	}
	return ALLOW;
}

/* A packet on lo, at the end of its sender or of its receiver. */
static __always_inline int local_allowed(struct __sk_buff *skb, bool leaves)
{
	struct bpf_sock *socket;
	struct socket_state *state;

	if (!rights_are_in_force())
		return ALLOW;
	socket = skb->sk;
	socket = socket ? bpf_sk_fullsock(socket) : NULL;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (!state)
		return DENY;
	if (state->role == ROLE_SIDECAR)
		return ALLOW;
	return socket->protocol == IPPROTO_TCP ? stream_allowed(skb, socket, state, leaves)
					       : local_datagram_allowed(skb, state, leaves);
}
