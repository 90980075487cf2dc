// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* LocalPolicies about unix sockets, by the name that is written: since Linux 6.7, and an object of its own because older
 * kernels take nothing of it. Who binds a name, and what a path leads to, only lsm.bpf.c can see. */
#include "names.h"

struct sock;
struct sockaddr;

struct bpf_sock_addr_kern {
	struct sockaddr *uaddr;
	__u32 uaddrlen;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym;

static __always_inline int name_allowed(struct bpf_sock_addr *ctx)
{
	struct bpf_sock_addr_kern *call = bpf_cast_to_kern_ctx(ctx);
	struct cgroup_role role;

	if (!current_role(&role))
		return DENY;
	if (role.role == ROLE_SIDECAR)
		return ALLOW;
	return may_name(role.slot, ACT_CONNECT, call->uaddr, call->uaddrlen) ? ALLOW : DENY;
}

SEC("cgroup/connect_unix")
int connect_unix(struct bpf_sock_addr *ctx)
{
	return name_allowed(ctx);
}

/* A datagram with an address of its own. */
SEC("cgroup/sendmsg_unix")
int sendmsg_unix(struct bpf_sock_addr *ctx)
{
	return name_allowed(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
