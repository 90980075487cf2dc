// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* UDP, DNS, SCTP and ICMP: where a datagram goes, who seems to answer it, and what is allowed. No sidecar is on this way. */
#pragma once

#include "segment.h"

#define DATAGRAM_IDLE_NS (60 * 1000000000ULL) /* so long after the last packet of a flow a reply is still one */

static __always_inline struct address resolver_address(bool ipv4)
{
	const struct address four = RESOLVER_IPV4, six = RESOLVER_IPV6;

	return ipv4 ? four : six;
}

static __always_inline bool is_resolver(const struct address *address, __be16 port)
{
	struct address resolver = resolver_address(is_mapped(address));

	return port == bpf_htons(DNS_PORT) && same_address(address, &resolver);
}

/* One of the backends of a service's UDP port, the same for all datagrams of a socket while there are as many. */
static __always_inline bool choose_backend(const struct address *asked, __be16 port, __u64 socket,
					   struct destination *to)
{
	struct datagram_key key = { .address = *asked, .generation = generation_in_force(), .port = port };
	struct datagram_backend *backend = bpf_map_lookup_elem(&backend_by_datagram, &key);

	if (!backend)
		return false;
	if (backend->count > 1) {
		key.number = (__u32)(socket * 2654435761U >> 8) % backend->count;
		backend = bpf_map_lookup_elem(&backend_by_datagram, &key);
		if (!backend)
			return false;
	}
	to->address = backend->address;
	to->port = backend->port;
	return true;
}

/* Where an app's datagram or DNS connection really goes; false: to where it says. */
static __always_inline bool find_target(const struct socket_state *state, __u8 protocol,
					const struct address *asked, __be16 port, __u64 socket,
					struct destination *to)
{
	struct pod *pod = bpf_map_lookup_elem(&pod_by_slot, &state->slot);

	if (!pod || state->role == ROLE_SIDECAR || is_loopback(asked) || has_address(pod, asked))
		return false;
	if (port == bpf_htons(DNS_PORT) && (protocol == IPPROTO_UDP || protocol == IPPROTO_TCP)) {
		to->address = resolver_address(is_mapped(asked));
		to->port = port;
		return true;
	}
	return protocol == IPPROTO_UDP && choose_backend(asked, port, socket, to);
}

static __always_inline void remember_asked(__u64 socket, const struct destination *to,
					   const struct destination *asked)
{
	struct asked_key key = { .socket = socket, .address = to->address, .port = to->port };

	bpf_map_update_elem(&asked_by_answer, &key, asked, BPF_ANY);
}

static __always_inline void rewrite4(struct bpf_sock_addr *ctx, const struct destination *to)
{
	__be32 ipv4;

	__builtin_memcpy(&ipv4, &to->address.bytes[12], 4);
	ctx->user_ip4 = ipv4;
	ctx->user_port = to->port;
}

static __always_inline void rewrite6(struct bpf_sock_addr *ctx, const struct destination *to)
{
	const __u32 *words = (const void *)&to->address;

	ctx->user_ip6[0] = words[0];
	ctx->user_ip6[1] = words[1];
	ctx->user_ip6[2] = words[2];
	ctx->user_ip6[3] = words[3];
	ctx->user_port = to->port;
}

/* A connect that does not go through the sidecar: UDP, and DNS over TCP. True when `to` is where it goes instead. */
static __always_inline bool connect_target(struct bpf_sock_addr *ctx, struct socket_state *state,
					   const struct destination *asked, struct destination *to)
{
	__u64 socket;

	/* Most are TCP for the sidecar: they need neither lookup. */
	if (ctx->protocol == IPPROTO_TCP && asked->port != bpf_htons(DNS_PORT))
		return false;
	socket = bpf_get_socket_cookie(ctx);
	if (!find_target(state, ctx->protocol, &asked->address, asked->port, socket, to))
		return false;
	state->destination = *asked;
	state->destination.known = REWRITTEN;
	remember_asked(socket, to, asked);
	return true;
}

/* A datagram to an address of its own. The state is of sock_create, or there is none: then tc drops what is sent. */
static __always_inline bool datagram_target(struct bpf_sock_addr *ctx, const struct destination *asked,
					    struct destination *to)
{
	struct bpf_sock *sk = ctx->sk;
	struct socket_state *state = sk ? bpf_sk_storage_get(&state_by_socket, sk, 0, 0) : NULL;
	__u64 socket = bpf_get_socket_cookie(ctx);

	if (!state || !find_target(state, IPPROTO_UDP, &asked->address, asked->port, socket, to))
		return false;
	/* A socket that is connected to a v4-mapped address sends by here too, to where connect6 has sent it. */
	if (state->destination.known == REWRITTEN && same_address(&to->address, &asked->address))
		return false;
	remember_asked(socket, to, asked);
	return true;
}

/* Since 4.18. A datagram from an unconnected socket, or with an address of its own; v4-mapped ones come here too. */
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	struct destination asked = { .address = mapped_address(ctx->user_ip4), .port = ctx->user_port };
	struct destination to = {};

	if (datagram_target(ctx, &asked, &to))
		rewrite4(ctx, &to);
	return ALLOW;
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	__u32 words[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	struct destination asked = { .address = native_address(words), .port = ctx->user_port };
	struct destination to = {};

	if (datagram_target(ctx, &asked, &to))
		rewrite6(ctx, &to);
	return ALLOW;
}

static __always_inline struct destination *whom_it_asked(struct bpf_sock_addr *ctx, const struct address *from)
{
	struct asked_key key = { .socket = bpf_get_socket_cookie(ctx), .address = *from, .port = ctx->user_port };

	return bpf_map_lookup_elem(&asked_by_answer, &key);
}

/* Since 5.2. The app gets its answer from the one that it asked. */
SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	struct address from = mapped_address(ctx->user_ip4);
	struct destination *asked = whom_it_asked(ctx, &from);

	if (asked)
		rewrite4(ctx, asked);
	return ALLOW;
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
	__u32 words[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	struct address from = native_address(words);
	struct destination *asked = whom_it_asked(ctx, &from);

	if (asked)
		rewrite6(ctx, asked);
	return ALLOW;
}

/* Whether an app may put it on the pod's link at all, and the other way round: the verdict falls at the host's end. */
static __always_inline bool apps_own(const struct segment *packet)
{
	return packet->protocol != IPPROTO_TCP || is_resolver(&packet->destination, packet->destination_port) ||
	       is_resolver(&packet->source, packet->source_port);
}

static __always_inline struct flow_key flow_of(const struct segment *packet)
{
	struct flow_key flow = {
		.source = packet->source,
		.destination = packet->destination,
		.source_port = packet->source_port,
		.destination_port = packet->destination_port,
		.protocol = packet->protocol,
	};

	return flow;
}

static __always_inline struct flow_key reply_of(const struct segment *packet)
{
	struct flow_key flow = {
		.source = packet->destination,
		.destination = packet->source,
		.source_port = packet->destination_port,
		.destination_port = packet->source_port,
		.protocol = packet->protocol,
	};

	return flow;
}

/* A flow remembers when it was last seen and, in the lowest bit, whether an exec session opened it: what those send leaves
 * from the pod's own address, and is the session's all the way. */
#define OF_SESSION 1ULL

/* By which address policy knows who speaks. */
static __always_inline struct address speaker_of(const struct address *address, bool exec)
{
	__u32 *slot = exec ? bpf_map_lookup_elem(&slot_by_address, address) : NULL;
	struct pod *pod = slot ? bpf_map_lookup_elem(&pod_by_slot, slot) : NULL;

	return pod ? *own_address(pod, address, true) : *address;
}

static __always_inline bool is_fresh(__u64 seen, __u64 now)
{
	return now - (seen & ~OF_SESSION) < DATAGRAM_IDLE_NS;
}

/* Whether such packets passed of late and still may. Not static, as opening_allowed is not: the verifier goes through such
 * a function once, and not once for each way to it, of which from_pod and to_pod have more than Linux 6.1 bears. */
__noinline int flow_is_open(const struct flow_key *flow)
{
	__u64 *seen, now = bpf_ktime_get_ns() & ~OF_SESSION;
	struct address speaker;
	struct flow_key key;

	if (!flow)
		return false;
	key = *flow; /* maps take keys from the stack alone, before 6.2 */
	seen = bpf_map_lookup_elem(&seen_by_flow, &key);
	if (!seen || !is_fresh(*seen, now))
		return false;
	speaker = speaker_of(&key.source, *seen & OF_SESSION);
	if (ask_tables(generation_in_force(), &speaker, &key.destination, key.protocol, key.destination_port,
		       false) == ANSWER_NO)
		return false;
	*seen = now | (*seen & OF_SESSION);
	return true;
}

/* A reply is allowed as long as what it answers is. */
static __always_inline bool is_reply(const struct segment *packet)
{
	struct flow_key asked = reply_of(packet);

	if (is_icmp(packet->protocol) && !packet->answer)
		return false;
	return flow_is_open(&asked);
}

/* An ICMP error about a packet that its receiver sent as part of a flow that is open. */
static __always_inline bool is_about_flow(const struct segment *packet, const struct segment *cause)
{
	struct flow_key sent = flow_of(cause), answered = reply_of(cause);

	if (!same_address(&cause->source, &packet->destination) || cause->protocol == IPPROTO_TCP)
		return false;
	if (is_icmp(cause->protocol))
		return cause->answer ? flow_is_open(&answered) : flow_is_open(&sent);
	return flow_is_open(&sent) || flow_is_open(&answered);
}

#define LEAVES 1     /* the packet leaves its pod; else it arrives */
#define BY_SESSION 2 /* and an exec session sends it; where it arrives, the flow knows it from there */
#define OPENS_FLOW 4 /* it may be replied to */

/* The verdict of what opens a flow; `port` is what policy calls so. */
__noinline int opening_allowed(const struct flow_key *flow, __be16 port, __u32 how)
{
	__u64 now = bpf_ktime_get_ns() & ~OF_SESSION, *seen;
	bool exec = how & BY_SESSION;
	struct address speaker;
	struct flow_key key;

	if (!flow)
		return false;
	key = *flow;
	if (!(how & LEAVES)) {
		seen = bpf_map_lookup_elem(&seen_by_flow, &key);
		exec = seen && is_fresh(*seen, now) && *seen & OF_SESSION;
	}
	speaker = speaker_of(&key.source, exec);
	if (ask_tables(generation_in_force(), &speaker, &key.destination, key.protocol, port, false) == ANSWER_NO)
		return false;
	now |= exec ? OF_SESSION : 0;
	if (how & OPENS_FLOW)
		bpf_map_update_elem(&seen_by_flow, &key, &now, BPF_ANY);
	return true;
}

static __always_inline bool datagram_allowed(const struct segment *packet, bool leaves, bool exec)
{
	__be16 port = is_icmp(packet->protocol) ? bpf_htons(packet->type) : packet->destination_port;
	struct flow_key flow = flow_of(packet);
	__u32 how = (leaves ? LEAVES : 0) | (exec ? BY_SESSION : 0);

	if (is_reply(packet))
		return true;
	/* Nobody replies to a reply, or to an error. */
	if (!packet->answer && !packet->error)
		how |= OPENS_FLOW;
	return opening_allowed(&flow, port, how);
}
