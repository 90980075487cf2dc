// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is attached where sidecars are: their listeners, the destinations that they ask for, the ends that wait for them;
 * and, in the pod's network namespace, who answers what comes from outside. */
#pragma once

#include "connection_faults.h"
#include "datagrams.h"

#define SOL_IP 0
#define SOL_IPV6 41
#define SO_ORIGINAL_DST 80
#define TCP_NODELAY 1

static __always_inline void register_listener(struct bpf_sock_ops *ctx, struct socket_state *state)
{
	__u32 key = 2 * state->slot + (ctx->family == AF_INET6);

	if (ctx->local_port == INBOUND_PORT)
		bpf_sock_map_update(ctx, &listener_by_slot, &key, BPF_ANY);
	else if (ctx->local_port == INBOUND_FAULTED_PORT)
		bpf_sock_map_update(ctx, &faulted_listener_by_slot, &key, BPF_ANY);
	else if (ctx->local_port == OUTBOUND_FAULTED_PORT)
		bpf_sock_map_update(ctx, &faulted_outbound_by_slot, &key, BPF_ANY);
}

/* TCP_LISTEN_CB since 5.7 in a SOCKMAP. */
SEC("sockops")
int register_listeners(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *socket;
	struct socket_state *state;

	/* All other calls are questions about timers and windows, and connections. */
	if (ctx->op != BPF_SOCK_OPS_TCP_LISTEN_CB)
		return 1;
	socket = ctx->sk;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (state && state->role == ROLE_SIDECAR)
		register_listener(ctx, state);
	return 1;
}

/* Since 5.3. Envoy asks for SO_ORIGINAL_DST; an answer of the wrong family would end it. */
SEC("cgroup/getsockopt")
int original_destination(struct bpf_sockopt *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state;
	void *value = ctx->optval, *end = ctx->optval_end;
	/* volatile: adjacent stores to optlen and retval would merge into one that the verifier refuses */
	volatile struct bpf_sockopt *answer = ctx;
	bool mapped;

	if (ctx->optname != SO_ORIGINAL_DST || (ctx->level != SOL_IP && ctx->level != SOL_IPV6)) {
		answer->optlen = 0; /* the kernel's answer is with the caller already */
		return ALLOW;
	}
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (!state || state->role != ROLE_SIDECAR || !state->destination.known)
		return ALLOW;
	mapped = is_mapped(&state->destination.address);
	if (ctx->level == SOL_IP && mapped && value + sizeof(struct sockaddr_ipv4) <= end) {
		struct sockaddr_ipv4 *to = value;

		to->family = AF_INET;
		to->port = state->destination.port;
		__builtin_memcpy(to->address, &state->destination.address.bytes[12], 4);
		__builtin_memset(to->zero, 0, sizeof(to->zero));
		answer->optlen = sizeof(*to);
		answer->retval = 0;
	} else if (ctx->level == SOL_IPV6 && !mapped && value + sizeof(struct sockaddr_ipv6) <= end) {
		struct sockaddr_ipv6 *to = value;

		to->family = AF_INET6;
		to->port = state->destination.port;
		to->flow = 0;
		to->address = state->destination.address;
		to->scope = 0;
		answer->optlen = sizeof(*to);
		answer->retval = 0;
	}
	return ALLOW;
}

/* Since 5.3. Envoy sets TCP_NODELAY on an accepted connection once it has chosen a filter chain for it. */
SEC("cgroup/setsockopt")
int inspected(struct bpf_sockopt *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state;

	ctx->optlen = 0; /* the kernel takes the caller's value, and makes no copy for us to change */
	if (ctx->level != IPPROTO_TCP || ctx->optname != TCP_NODELAY)
		return ALLOW;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (state)
		state->inspected_until = INSPECTED;
	return ALLOW;
}

/* Since 5.9. Every connection from outside goes to the sidecar; without its listener nobody answers. */
SEC("sk_lookup")
int find_listener(struct bpf_sk_lookup *ctx)
{
	struct address local, remote;
	struct bpf_sock *listener = NULL;
	__u32 *slot, key;
	long refused;

	if (ctx->family == AF_INET) {
		local = mapped_address(ctx->local_ip4);
		remote = mapped_address(ctx->remote_ip4);
	} else {
		__u32 to[4] = { ctx->local_ip6[0], ctx->local_ip6[1], ctx->local_ip6[2], ctx->local_ip6[3] };
		__u32 from[4] = { ctx->remote_ip6[0], ctx->remote_ip6[1], ctx->remote_ip6[2], ctx->remote_ip6[3] };

		local = native_address(to);
		remote = native_address(from);
	}
	/* Within the pod: source = destination is a local connection, whatever ingress_ifindex says (it is the route's). */
	if (is_loopback(&local) || same_address(&local, &remote))
		return SK_PASS;
	if (ctx->protocol == IPPROTO_UDP)
		return SK_PASS; /* to_pod has judged it */
	slot = bpf_map_lookup_elem(&slot_by_address, &local);
	if (!slot || ctx->protocol != IPPROTO_TCP)
		return SK_DROP;
	key = 2 * *slot + (ctx->family == AF_INET6);
	if (connection_faulted(&remote, *slot, bpf_htons(ctx->local_port)))
		listener = bpf_map_lookup_elem(&faulted_listener_by_slot, &key);
	if (!listener)
		listener = bpf_map_lookup_elem(&listener_by_slot, &key);
	if (!listener) {
		struct event event = {
			.source = remote,
			.destination = local,
			.source_port = (__be16)ctx->remote_port,
			.port = bpf_htons(ctx->local_port),
			.protocol = IPPROTO_TCP,
		};

		refuse(*slot, DROP_NO_LISTENER, &event);
		return SK_DROP;
	}
	refused = bpf_sk_assign(ctx, listener, 0);
	bpf_sk_release(listener);
	return refused ? SK_DROP : SK_PASS;
}
