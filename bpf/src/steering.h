// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The way of a connection into the sidecar: connect -> sockops -> getsockopt outbound, sk_lookup inbound. */
#pragma once

#include "accelerate.h"
#include "connection_faults.h"
#include "datagrams.h"

#define SOL_IP 0
#define SOL_IPV6 41
#define SO_ORIGINAL_DST 80
#define TCP_NODELAY 1

#define TO_SIDECAR 2 /* beside ALLOW and DENY: rewrite the destination */

struct sockaddr_ipv4 {
	__u16 family;
	__be16 port;
	__u8 address[4];
	__u8 zero[8];
};

struct sockaddr_ipv6 {
	__u16 family;
	__be16 port;
	__u32 flow;
	struct address address;
	__u32 scope;
};

/* A connect that is refused. A denial is told of once: the SYNs that skb_egress drops for it are no news. */
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
	/* A denial is silent: the destination stays as it is, and skb_egress drops each SYN until the app gives up. */
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

/* Since 5.8. The app sees the peer that it asked for. */
SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	__be32 ipv4;

	if (!state || state->role != ROLE_APP || !state->destination.known)
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

	if (!state || state->role != ROLE_APP || !state->destination.known)
		return ALLOW;
	words = (const void *)&state->destination.address;
	ctx->user_ip6[0] = words[0];
	ctx->user_ip6[1] = words[1];
	ctx->user_ip6[2] = words[2];
	ctx->user_ip6[3] = words[3];
	ctx->user_port = state->destination.port;
	return ALLOW;
}

/* A SYN is about to go, an app's to its sidecar or the sidecar's to its app: the source is known now, so whoever accepts
 * can be told what is remembered of it. */
static __always_inline void announce(struct bpf_sock_ops *ctx, struct socket_state *state, __be16 own_port)
{
	struct source_key key = {
		.address = local_address(ctx),
		.slot = state->slot,
		.port = bpf_htons(ctx->local_port),
		.own_port = own_port,
	};
	struct destination destination = state->destination;

	state->announced = key;
	/* A full map is a denial: without a destination the sidecar closes the connection. */
	if (bpf_map_update_elem(&destination_by_source, &key, &destination, BPF_ANY)) {
		struct event event = {
			.process = state->process,
			.source = key.address,
			.destination = destination.address,
			.source_port = key.port,
			.port = destination.port,
			.protocol = IPPROTO_TCP,
		};

		refuse(state->slot, DROP_NO_ROOM, &event);
	}
}

/* The accepted socket takes the destination over; false when nobody announced this connection. */
static __always_inline bool receive(struct bpf_sock_ops *ctx, struct socket_state *state, __be16 own_port)
{
	struct source_key key = {
		.address = remote_address(ctx),
		.slot = state->slot,
		.port = (__be16)(ctx->remote_port >> 16),
		.own_port = own_port,
	};
	struct destination *destination = bpf_map_lookup_elem(&destination_by_source, &key);

	if (!destination)
		return false;
	state->destination = *destination;
	bpf_map_delete_elem(&destination_by_source, &key);
	return true;
}

/* Whether the other end is in the pod too. */
static __always_inline bool stays_here(struct bpf_sock_ops *ctx)
{
	struct address local = local_address(ctx), remote = remote_address(ctx);

	return is_loopback(&remote) || same_address(&local, &remote);
}

static __always_inline void before_connect(struct bpf_sock_ops *ctx, struct socket_state *state)
{
	if (state->role != ROLE_SIDECAR) {
		if (state->destination.known == TO_THE_SIDECAR)
			announce(ctx, state, 0);
		return;
	}
	state->side = SIDE_CLIENT;
	state->verdict = 0; /* that of an earlier connection of this socket is not this one's */
	/* The app's accepted socket shall know that it is the sidecar who calls. */
	if (is_accelerated(state->slot) && stays_here(ctx))
		announce(ctx, state, (__be16)(ctx->remote_port >> 16));
}

static __always_inline void after_connect(struct bpf_sock_ops *ctx, struct socket_state *state)
{
	bool to_peer = state->role == ROLE_SIDECAR ? stays_here(ctx) : state->destination.known == TO_THE_SIDECAR;

	if (to_peer && is_accelerated(state->slot))
		accelerate(ctx, state->slot);
}

static __always_inline void after_accept(struct bpf_sock_ops *ctx, struct socket_state *state)
{
	bool from_peer;

	if (state->role == ROLE_SIDECAR) {
		state->inspected_until = bpf_ktime_get_ns() + INSPECTION_NS;
		from_peer = (ctx->local_port == OUTBOUND_PORT || ctx->local_port == OUTBOUND_EXEC_PORT ||
			     ctx->local_port == OUTBOUND_FAULTED_PORT) &&
			    receive(ctx, state, 0);
	} else {
		from_peer = is_accelerated(state->slot) && receive(ctx, state, bpf_htons(ctx->local_port));
	}
	if (from_peer && is_accelerated(state->slot))
		accelerate(ctx, state->slot);
}

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
int tie_sockets(struct bpf_sock_ops *ctx)
{
	__u32 op = ctx->op;
	struct bpf_sock *socket = ctx->sk;
	struct socket_state *state;

	/* Half of the calls are questions about timers and windows. */
	if (op < BPF_SOCK_OPS_TCP_CONNECT_CB ||
	    (op > BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB && op != BPF_SOCK_OPS_TCP_LISTEN_CB))
		return 1;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (!state)
		return 1;
	switch (op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		before_connect(ctx, state);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		after_connect(ctx, state);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		after_accept(ctx, state);
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		/* Whatever it has called before: from now on it is a server, and so is what it accepts. */
		state->called = 0;
		state->local_verdict = 0;
		state->destination.known = NOT_KNOWN;
		if (state->role == ROLE_SIDECAR)
			register_listener(ctx, state);
		break;
	}
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

	if (ctx->optname != SO_ORIGINAL_DST || (ctx->level != SOL_IP && ctx->level != SOL_IPV6))
		return ALLOW;
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

	if (ctx->level != IPPROTO_TCP || ctx->optname != TCP_NODELAY)
		return ALLOW;
	state = socket ? bpf_sk_storage_get(&state_by_socket, socket, 0, 0) : NULL;
	if (state)
		state->inspected_until = 0;
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
