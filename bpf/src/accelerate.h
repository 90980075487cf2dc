// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What an app and its sidecar say to each other goes from socket to socket, without TCP: SOCKHASH and sk_msg. Only in
 * pods that ask for it, or whose kernel has shown that nobody can tell (bpf/acceleration.py): a socket that is in the
 * map already differs from plain TCP, be it that nothing of it is redirected. */
#pragma once

#include "policy.h"

/* Read through the kernel's own type information, whatever its layout (bpf_skc_to_tcp_sock, since 5.9). */
struct tcp_sock {
	__u32 snd_nxt;
	__u32 write_seq;
	__u64 bytes_sent;
} __attribute__((preserve_access_index));

static __always_inline struct pair_key swapped(const struct pair_key *pair)
{
	struct pair_key other = {
		.local = pair->remote,
		.remote = pair->local,
		.slot = pair->slot,
		.local_port = pair->remote_port,
		.remote_port = pair->local_port,
	};

	return other;
}

/* volatile: adjacent loads would merge into one that the verifier refuses */
static __always_inline struct address local_address(const volatile struct bpf_sock_ops *ctx)
{
	if (ctx->family == AF_INET)
		return mapped_address(ctx->local_ip4);

	__u32 words[4] = { ctx->local_ip6[0], ctx->local_ip6[1], ctx->local_ip6[2], ctx->local_ip6[3] };

	return native_address(words);
}

static __always_inline struct address remote_address(const volatile struct bpf_sock_ops *ctx)
{
	if (ctx->family == AF_INET)
		return mapped_address(ctx->remote_ip4);

	__u32 words[4] = { ctx->remote_ip6[0], ctx->remote_ip6[1], ctx->remote_ip6[2], ctx->remote_ip6[3] };

	return native_address(words);
}

static __always_inline struct pair_key pair_of(struct bpf_sock_ops *ctx, __u32 slot)
{
	struct pair_key pair = {
		.local = local_address(ctx),
		.remote = remote_address(ctx),
		.slot = slot,
		.local_port = bpf_htons(ctx->local_port),
		.remote_port = (__be16)(ctx->remote_port >> 16),
	};

	return pair;
}

/* From here on this socket's sends run redirect_message. Full, or refused: the connection stays plain TCP. */
static __always_inline void accelerate(struct bpf_sock_ops *ctx, __u32 slot)
{
	struct pair_key pair = pair_of(ctx, slot);

	bpf_sock_hash_update(ctx, &socket_by_pair, &pair, BPF_NOEXIST);
}

/* Bytes that this socket ever gave to TCP: nothing may overtake them, and what is redirected does not wait. The peer
 * may not be in the map when the first ones are sent, and data of a fast open precedes every program. */
static __always_inline bool never_sent(struct bpf_sock *socket)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(socket);

	return tcp && tcp->bytes_sent == 0 && tcp->write_seq == tcp->snd_nxt;
}

/* Since 4.17, msg->sk since 5.8. A peer that is not in the map has PASS: plain TCP, from then on for good. */
SEC("sk_msg")
int redirect_message(struct sk_msg_md *msg)
{
	struct bpf_sock *socket = msg->sk;
	struct socket_state *state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	/* volatile: adjacent loads would merge into one that the verifier refuses */
	const volatile struct sk_msg_md *end = msg;
	struct pair_key pair = {};

	if (!state || !never_sent(socket))
		return SK_PASS;
	pair.slot = state->slot;
	pair.local_port = bpf_htons(end->local_port);
	pair.remote_port = (__be16)(end->remote_port >> 16);
	if (end->family == AF_INET) {
		pair.local = mapped_address(end->local_ip4);
		pair.remote = mapped_address(end->remote_ip4);
	} else {
		__u32 local[4] = { end->local_ip6[0], end->local_ip6[1], end->local_ip6[2], end->local_ip6[3] };
		__u32 remote[4] = { end->remote_ip6[0], end->remote_ip6[1], end->remote_ip6[2],
				    end->remote_ip6[3] };

		pair.local = native_address(local);
		pair.remote = native_address(remote);
	}
	pair = swapped(&pair);
	/* Without such a peer this leaves no redirection behind, and PASS means TCP. */
	bpf_msg_redirect_hash(msg, &socket_by_pair, &pair, BPF_F_INGRESS);
	return SK_PASS;
}

/* Both ends of a connection go into the map, and no other: who connects, app or sidecar, says so before its SYN goes. */
static __always_inline struct source_key source_key(__u32 slot, const struct address *caller, __be16 port,
						    __be16 called)
{
	struct source_key key = { .address = *caller, .slot = slot, .port = port, .own_port = called };

	return key;
}

static __always_inline void announce(struct bpf_sock_ops *ctx, struct socket_state *state)
{
	struct address from = local_address(ctx);

	state->announced =
		source_key(state->slot, &from, bpf_htons(ctx->local_port), (__be16)(ctx->remote_port >> 16));
	/* Full: the connection stays plain TCP. */
	bpf_map_update_elem(&role_by_source, &state->announced, &state->role, BPF_ANY);
}

/* False when nobody in the other role announced this connection. */
static __always_inline bool was_announced(struct bpf_sock_ops *ctx, const struct socket_state *state)
{
	struct address from = remote_address(ctx);
	struct source_key key =
		source_key(state->slot, &from, (__be16)(ctx->remote_port >> 16), bpf_htons(ctx->local_port));
	__u32 *role = bpf_map_lookup_elem(&role_by_source, &key);
	bool other = role && *role != state->role;

	if (role)
		bpf_map_delete_elem(&role_by_source, &key);
	return other;
}

/* Whether the other end is in the pod too. */
static __always_inline bool stays_here(struct bpf_sock_ops *ctx)
{
	struct address local = local_address(ctx), remote = remote_address(ctx);

	return is_loopback(&remote) || same_address(&local, &remote);
}

/* Whether who connects is an app that comes to its sidecar, or a sidecar that calls its app. */
static __always_inline bool calls_peer(struct bpf_sock_ops *ctx, const struct socket_state *state)
{
	return state->role == ROLE_SIDECAR ? stays_here(ctx) : state->destination.known == TO_THE_SIDECAR;
}

/* At the cgroups of accelerated pods. */
SEC("sockops")
int tie_sockets(struct bpf_sock_ops *ctx)
{
	__u32 op = ctx->op;
	struct bpf_sock *socket;
	struct socket_state *state;
	bool to_peer;

	/* Half of the calls are questions about timers and windows. */
	if (op < BPF_SOCK_OPS_TCP_CONNECT_CB || op > BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 1;
	socket = ctx->sk;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (!state)
		return 1;
	to_peer = op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB ? was_announced(ctx, state) : calls_peer(ctx, state);
	if (!to_peer)
		return 1;
	if (op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		announce(ctx, state);
	else
		accelerate(ctx, state->slot);
	return 1;
}

/* Since 5.9. At the cgroups of accelerated pods: a connect that nobody accepted leaves its announcement behind, and the
 * socket's end takes it away. */
SEC("cgroup/sock_release")
int sock_release(struct bpf_sock *ctx)
{
	struct socket_state *state = bpf_sk_storage_get(&state_by_socket, ctx, 0, 0);
	struct source_key key;

	if (!state || !state->announced.port)
		return ALLOW;
	key = state->announced;
	/* Hardly ever: a look takes no lock. */
	if (bpf_map_lookup_elem(&role_by_source, &key))
		bpf_map_delete_elem(&role_by_source, &key);
	return ALLOW;
}
