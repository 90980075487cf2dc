// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The way of a connection into the sidecar: connect -> accept -> getsockopt (sidecar.h). */
#pragma once

#include "connection_faults.h"
#include "datagrams.h"

#define TO_SIDECAR 2 /* beside ALLOW and DENY: rewrite the destination */

/* A connect that is refused. A denial is told of once: the SYNs that from_pod drops for it are no news. */
static __always_inline void refuse_connect(struct socket_state *state, __u32 reason, const struct address *source,
					   const struct address *destination, __be16 port)
{
	struct event event = {
		.source = *source,
		.destination = *destination,
		.port = port,
		.protocol = IPPROTO_TCP,
	};

	describe_task(&event.process);
	state->told = reason == DROP_POLICY;
	refuse(state->slot, reason, &event);
}

/* A service that the pod itself is behind leads back into it: there a container calls what it may call inside. */
static __always_inline bool may_come_back(const struct socket_state *state, const struct pod *pod,
					  const struct address *destination, __be16 port)
{
	struct service_key key = { .address = *destination, .port = port, .protocol = IPPROTO_TCP };
	struct service *service;
	__u32 own;

	if (!rights_are_in_force())
		return true;
	key.generation = generation_in_force();
	service = bpf_map_lookup_elem(&backends_by_service, &key);
	if (!service)
		return true;
	own = identity_of(key.generation, own_address(pod, destination, false));
	for (__u32 i = 0; i < SERVICE_BACKENDS; i++) {
		if (i >= service->count)
			break;
		if (service->backends[i].identity == own &&
		    !has_right(state->process.cgroup, state->slot, ACT_CONNECT, IPPROTO_TCP,
			       service->backends[i].port))
			return false;
	}
	return true;
}

/* A TCP connect, decided over plain values. */
static __always_inline int connect_verdict(struct socket_state *state, const struct address *destination,
					   __be16 port)
{
	struct pod *pod = bpf_map_lookup_elem(&pod_by_slot, &state->slot);
	const struct address *own;

	if (!pod)
		return DENY;
	if (state->role == ROLE_SIDECAR) {
		state->side = SIDE_CLIENT;
		state->verdict = 0; /* that of an earlier connection of this socket is not this one's */
	}
	own = own_address(pod, destination, state->process.exec);
	if (is_loopback(destination) || has_address(pod, destination)) {
		/* Not even the sidecar itself: a connection to its own listener would go round for ever. */
		if (is_sidecar_port(port)) {
			refuse_connect(state, DROP_SIDECAR_PORT, own, destination, port);
			return DENY;
		}
		state->called = port;
		if (state->role == ROLE_SIDECAR ||
		    has_right(state->process.cgroup, state->slot, ACT_CONNECT, IPPROTO_TCP, port))
			return ALLOW;
		refuse_connect(state, DROP_LOCAL_CONNECT, own, destination, port);
		return DENY;
	}
	if (state->role == ROLE_SIDECAR)
		return ALLOW;
	if (!may_come_back(state, pod, destination, port)) {
		refuse_connect(state, DROP_LOCAL_CONNECT, own, destination, port);
		return DENY;
	}
	if (connection_allowed(generation_in_force(), own, destination, IPPROTO_TCP, port, false))
		return TO_SIDECAR;
	/* A denial is silent: the destination stays as it is, and from_pod drops each SYN until the app gives up. */
	refuse_connect(state, DROP_POLICY, own, destination, port);
	return ALLOW;
}

/* The state of a socket in a connect; one that came from outside (passed in, older than the attach) is an app's. */
static __always_inline struct socket_state *connecting_state(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state;
	struct cgroup_role role;
	__u64 container;

	if (!socket)
		return NULL;
	state = bpf_sk_storage_get(&state_by_socket, socket, 0, 0);
	if (state) {
		container = bpf_get_current_ancestor_cgroup_id(pod_level + 1);
		/* Whoever has made it: what a container or an exec session connects is its own. */
		if (container != state->process.cgroup || is_exec_session(container))
			describe_task(&state->process);
		state->called = 0;
		state->local_verdict = 0;
		return state;
	}
	if (!current_role(&role))
		return NULL;
	state = bpf_sk_storage_get(&state_by_socket, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (state) {
		state->role = ROLE_APP;
		state->slot = role.slot;
		describe_task(&state->process);
	}
	return state;
}

/* What the sidecar says for an exec session leaves from the session's address. */
static __always_inline bool speaks_for_exec(struct bpf_sock_addr *ctx, const struct socket_state *state)
{
	struct bpf_sock *socket = ctx->sk;

	return state->role == ROLE_SIDECAR && socket && socket->priority == EXEC_PRIORITY;
}

static __always_inline int leave_from_exec4(struct bpf_sock_addr *ctx, __u32 slot)
{
	struct pod *pod = bpf_map_lookup_elem(&pod_by_slot, &slot);
	struct sockaddr_ipv4 from = { .family = AF_INET };

	if (!pod)
		return DENY;
	__builtin_memcpy(from.address, &pod->exec_ipv4.bytes[12], 4);
	return bpf_bind(ctx, (void *)&from, sizeof(from)) ? DENY : ALLOW;
}

static __always_inline int leave_from_exec6(struct bpf_sock_addr *ctx, __u32 slot)
{
	struct pod *pod = bpf_map_lookup_elem(&pod_by_slot, &slot);
	struct sockaddr_ipv6 from = { .family = AF_INET6 };

	if (!pod)
		return DENY;
	from.address = pod->exec_ipv6;
	return bpf_bind(ctx, (void *)&from, sizeof(from)) ? DENY : ALLOW;
}

static __always_inline __be16 outbound_port(const struct socket_state *state)
{
	if (state->process.exec)
		return bpf_htons(OUTBOUND_EXEC_PORT);
	return call_faulted(state->slot, &state->destination.address, state->destination.port)
		       ? bpf_htons(OUTBOUND_FAULTED_PORT)
		       : bpf_htons(OUTBOUND_PORT);
}

/* Since 4.17. Runs for connect(), for MSG_FASTOPEN, TCP_FASTOPEN_CONNECT and io_uring alike. */
SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct socket_state *state = connecting_state(ctx);
	struct destination asked = { .address = mapped_address(ctx->user_ip4), .port = ctx->user_port }, to = {};
	int verdict;

	if (!state)
		return DENY;
	state->destination.known = NOT_KNOWN;
	if (connect_target(ctx, state, &asked, &to)) {
		rewrite4(ctx, &to);
		return ALLOW;
	}
	if (ctx->protocol != IPPROTO_TCP)
		return ALLOW; /* UDP to where it says: tc has the verdict */
	state->told = 0;
	verdict = connect_verdict(state, &asked.address, asked.port);
	if (verdict == ALLOW && speaks_for_exec(ctx, state))
		return leave_from_exec4(ctx, state->slot);
	if (verdict != TO_SIDECAR)
		return verdict;
	state->destination = asked;
	state->destination.known = TO_THE_SIDECAR;
	ctx->user_ip4 = bpf_htonl(0x7f000001);
	ctx->user_port = outbound_port(state);
	return ALLOW;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct socket_state *state = connecting_state(ctx);
	__u32 words[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	struct destination asked = { .address = native_address(words), .port = ctx->user_port }, to = {};
	bool mapped = is_mapped(&asked.address);
	int verdict;

	if (!state)
		return DENY;
	state->destination.known = NOT_KNOWN;
	if (connect_target(ctx, state, &asked, &to)) {
		rewrite6(ctx, &to);
		return ALLOW;
	}
	if (ctx->protocol != IPPROTO_TCP)
		return ALLOW; /* UDP to where it says: tc has the verdict */
	state->told = 0;
	verdict = connect_verdict(state, &asked.address, asked.port);
	if (verdict == ALLOW && speaks_for_exec(ctx, state))
		return leave_from_exec6(ctx, state->slot);
	if (verdict != TO_SIDECAR)
		return verdict;
	state->destination = asked;
	state->destination.known = TO_THE_SIDECAR;
	ctx->user_ip6[0] = 0;
	ctx->user_ip6[1] = 0;
	ctx->user_ip6[2] = mapped ? bpf_htonl(0xffff) : 0;
	ctx->user_ip6[3] = mapped ? bpf_htonl(0x7f000001) : bpf_htonl(1);
	ctx->user_port = outbound_port(state);
	return ALLOW;
}

static __always_inline bool is_outbound_port(__be16 port)
{
	return port == bpf_htons(OUTBOUND_PORT) || port == bpf_htons(OUTBOUND_EXEC_PORT) ||
	       port == bpf_htons(OUTBOUND_FAULTED_PORT);
}

/* Where the app's socket `caller`, or none, was going when it came to be connected to this one. Without
 * that the sidecar closes the connection. */
static __always_inline void take_over(struct socket_state *state, struct bpf_sock *caller)
{
	struct socket_state *asked;

	if (!caller)
		return;
	asked = bpf_sk_storage_get(&state_by_socket, caller, 0, 0);
	if (asked && asked->slot == state->slot && asked->role != ROLE_SIDECAR &&
	    asked->destination.known == TO_THE_SIDECAR && is_outbound_port(caller->dst_port))
		state->destination = asked->destination;
	bpf_sk_release(caller);
}

/* Whether the peer is not the one that this socket has asked for. What was accepted by a socket that had once connected
 * has its state. */
static __always_inline bool was_rewritten(struct bpf_sock_addr *ctx, const struct socket_state *state)
{
	if (state->destination.known == REWRITTEN)
		return ctx->protocol != IPPROTO_TCP || ctx->user_port == bpf_htons(DNS_PORT);
	return state->destination.known == TO_THE_SIDECAR && is_outbound_port(ctx->user_port);
}

/* Since 5.8. The app sees the peer that it asked for. And of a connection that is accepted the kernel asks it before the
 * sidecar has it: then the sidecar's socket takes over what the app's is known to have asked for. */
SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	__be32 ipv4;

	if (!state)
		return ALLOW;
	if (state->role == ROLE_SIDECAR) {
		struct bpf_sock_tuple caller = {
			.ipv4 = {
				.saddr = socket->src_ip4,
				.daddr = ctx->user_ip4,
				.sport = bpf_htons(socket->src_port),
				.dport = ctx->user_port,
			},
		};

		if (is_outbound_port(caller.ipv4.sport))
			take_over(state,
				  bpf_sk_lookup_tcp(ctx, &caller, sizeof(caller.ipv4), BPF_F_CURRENT_NETNS, 0));
		return ALLOW;
	}
	if (!was_rewritten(ctx, state))
		return ALLOW;
	__builtin_memcpy(&ipv4, &state->destination.address.bytes[12], 4);
	ctx->user_ip4 = ipv4;
	ctx->user_port = state->destination.port;
	return ALLOW;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	const __u32 *words;

	if (!state)
		return ALLOW;
	if (state->role == ROLE_SIDECAR) {
		struct bpf_sock_tuple caller = {
			.ipv6 = {
				.saddr = { socket->src_ip6[0], socket->src_ip6[1], socket->src_ip6[2],
					   socket->src_ip6[3] },
				.daddr = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] },
				.sport = bpf_htons(socket->src_port),
				.dport = ctx->user_port,
			},
		};

		if (is_outbound_port(caller.ipv6.sport))
			take_over(state,
				  bpf_sk_lookup_tcp(ctx, &caller, sizeof(caller.ipv6), BPF_F_CURRENT_NETNS, 0));
		return ALLOW;
	}
	if (!was_rewritten(ctx, state))
		return ALLOW;
	words = (const void *)&state->destination.address;
	ctx->user_ip6[0] = words[0];
	ctx->user_ip6[1] = words[1];
	ctx->user_ip6[2] = words[2];
	ctx->user_ip6[3] = words[3];
	ctx->user_port = state->destination.port;
	return ALLOW;
}
