// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What only a security module can refuse: an app's way out past the network, with whatever capabilities it has. An
 * object of its own, since a kernel may have everything but this (CONFIG_BPF_LSM, `bpf` in lsm=). It shares the maps of
 * riftgate.bpf.o. All hooks run for every process of the machine: what is none of an app's returns at once. */
#include "names.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* The PID namespace of who starts containers, by device and inode: its processes join a container's cgroup before the
 * box is closed around them, and must open its namespaces. An app is always in a namespace below. */
const volatile __u64 launcher_device;
const volatile __u64 launcher_namespace;

#define EPERM 1
#define S_IFMT 0170000
#define S_IFCHR 0020000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define AF_NETLINK 16
#define CGROUP_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270
#define BPFFS_MAGIC 0xcafe4a11
#define NSFS_MAGIC 0x6e736673
#define NESTED_PID_NAMESPACES 8

struct mnt_namespace;

struct pid_namespace {
	struct pid_namespace *parent;
} __attribute__((preserve_access_index));

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
} __attribute__((preserve_access_index));

struct task_struct {
	struct nsproxy *nsproxy;
} __attribute__((preserve_access_index));

struct super_block {
	unsigned long s_magic;
} __attribute__((preserve_access_index));

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
} __attribute__((preserve_access_index));

struct vfsmount {
	int mnt_flags;
} __attribute__((preserve_access_index));

struct mount {
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
} __attribute__((preserve_access_index));

struct path {
	struct vfsmount *mnt;
} __attribute__((preserve_access_index));

struct file {
	struct path f_path;
	struct inode *f_inode;
} __attribute__((preserve_access_index));

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct sock_common {
	unsigned short skc_family;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
} __attribute__((preserve_access_index));

struct sockaddr {
	unsigned short sa_family;
} __attribute__((preserve_access_index));

struct sockaddr_un {
	unsigned short sun_family;
};

struct unix_address {
	int len;
	struct sockaddr_un name[];
} __attribute__((preserve_access_index));

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
} __attribute__((preserve_access_index));

static __always_inline bool current_app(struct cgroup_role *role)
{
	struct bpf_pidns_info ids;

	if (!current_role(role) || role->role == ROLE_SIDECAR)
		return false;
	return bpf_get_ns_current_pid_tgid(launcher_device, launcher_namespace, &ids, sizeof(ids)) != 0;
}

static __always_inline int refuse_app(__u32 slot)
{
	struct event event = {};

	describe_task(&event.process);
	refuse(slot, DROP_OUTSIDE, &event);
	return -EPERM;
}

static __always_inline bool is_of_pod(struct sock *socket, __u32 slot)
{
	struct socket_state *state = bpf_sk_storage_get(&state_by_socket, socket, 0, 0);

	return state && state->role != ROLE_SIDECAR && state->slot == slot;
}

/* Namespaces, cgroups and pins: whoever has one open may enter, join or rewrite what it stands for. */
static __always_inline bool guards_pods(unsigned long magic)
{
	return magic == NSFS_MAGIC || magic == CGROUP2_MAGIC || magic == CGROUP_MAGIC || magic == BPFFS_MAGIC;
}

/* Closes AF_PACKET, AF_VSOCK, AF_XDP and every other family that does not pass the hooks of a pod's cgroup. */
SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	struct cgroup_role role;

	if (kern || family == AF_INET || family == AF_INET6 || family == AF_UNIX || family == AF_NETLINK)
		return 0;
	if (!current_app(&role))
		return 0;
	return refuse_app(role.slot);
}

/* Whose a unix socket is; those of AF_INET and AF_INET6 are marked by sock_create. */
SEC("lsm/socket_post_create")
int BPF_PROG(socket_post_create, struct socket *socket, int family, int type, int protocol, int kern)
{
	struct socket_state *state;
	struct cgroup_role role;
	struct sock *sk;

	if (kern || family == AF_INET || family == AF_INET6 || !current_role(&role))
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	state = bpf_sk_storage_get(&state_by_socket, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state)
		return 0; /* nobody's: no app may connect to it or receive it */
	state->role = role.role;
	state->slot = role.slot;
	describe_task(&state->process);
	return 0;
}

/* The name that a socket has bound; false without one. */
static __always_inline bool bound_name(struct sock *sk, struct name_key *key)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);

	if (!address)
		return false;
	return read_name(key, (void *)address + bpf_core_field_offset(struct unix_address, name),
			 BPF_CORE_READ(address, len));
}

/* LocalPolicies: the caller may connect to that name, and who has bound it may listen on it. */
static __always_inline bool may_reach(__u32 slot, struct sock *peer)
{
	struct socket_state *state = bpf_sk_storage_get(&state_by_socket, peer, 0, 0);
	struct name_key key = {};
	__u16 act = ACT_CONNECT;

	if (!rights_are_in_force() || !bound_name(peer, &key))
		return true;
	if (has_right_to_name(bpf_get_current_ancestor_cgroup_id(pod_level + 1), slot, act, &key)) {
		act = ACT_LISTEN;
		if (!state || has_right_to_name(state->process.cgroup, slot, act, &key))
			return true;
	}
	refuse_name(slot, act, &key);
	return false;
}

/* LocalPolicies: who may bind a name. */
SEC("lsm/socket_bind")
int BPF_PROG(socket_bind, struct socket *socket, struct sockaddr *address, int size)
{
	struct cgroup_role role;

	if (address->sa_family != AF_UNIX || !current_app(&role))
		return 0;
	return may_name(role.slot, ACT_LISTEN, address, size) ? 0 : -EPERM;
}

/* And who may listen on one that it has bound before, or that the kernel chose. */
SEC("lsm/socket_listen")
int BPF_PROG(socket_listen, struct socket *socket, int backlog)
{
	struct name_key key = {};
	struct cgroup_role role;
	struct sock *sk = socket->sk;

	if (!sk || sk->__sk_common.skc_family != AF_UNIX || !current_app(&role))
		return 0;
	if (!rights_are_in_force() || !bound_name(sk, &key) ||
	    has_right_to_name(bpf_get_current_ancestor_cgroup_id(pod_level + 1), role.slot, ACT_LISTEN, &key))
		return 0;
	refuse_name(role.slot, ACT_LISTEN, &key);
	return -EPERM;
}

/* An app's stream ends at a socket that an app of the same pod listens on. */
SEC("lsm/unix_stream_connect")
int BPF_PROG(unix_stream_connect, struct sock *socket, struct sock *listener, struct sock *accepted)
{
	struct socket_state *listening = bpf_sk_storage_get(&state_by_socket, listener, 0, 0), *state;
	struct cgroup_role role;

	if (current_app(&role)) {
		if (!is_of_pod(listener, role.slot))
			return refuse_app(role.slot);
		if (!may_reach(role.slot, listener))
			return -EPERM;
	}
	if (!listening)
		return 0;
	/* The caller makes the accepted socket, but whose it is says the listener. */
	state = bpf_sk_storage_get(&state_by_socket, accepted, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (state) {
		state->role = listening->role;
		state->slot = listening->slot;
		state->process = listening->process;
	}
	return 0;
}

/* And so does each of its datagrams, connected or not. */
SEC("lsm/unix_may_send")
int BPF_PROG(unix_may_send, struct socket *socket, struct socket *peer)
{
	struct cgroup_role role;
	struct sock *sk;

	if (!current_app(&role))
		return 0;
	sk = peer->sk;
	if (!sk || !is_of_pod(sk, role.slot))
		return refuse_app(role.slot);
	/* Who has connected to a socket may be answered by it. */
	if (BPF_CORE_READ((struct unix_sock *)sk, peer) == socket->sk || may_reach(role.slot, sk))
		return 0;
	return -EPERM;
}

/* A folder or device that was opened in another mount namespace than the receiver's. */
static __always_inline bool is_from_elsewhere(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 kind = file->f_inode->i_mode & S_IFMT;
	struct mnt_namespace *from = NULL;
	struct nsproxy *namespaces = task->nsproxy;
	void *mount;

	if (kind != S_IFDIR && kind != S_IFCHR && kind != S_IFBLK)
		return false;
	mount = (void *)file->f_path.mnt - bpf_core_field_offset(struct mount, mnt);
	bpf_probe_read_kernel(&from, sizeof(from), mount + bpf_core_field_offset(struct mount, mnt_ns));
	return !namespaces || from != namespaces->mnt_ns;
}

/* SCM_RIGHTS, pidfd_getfd and seccomp's notifier: what is open outside of the pod stays there. */
SEC("lsm/file_receive")
int BPF_PROG(file_receive, struct file *file)
{
	struct cgroup_role role;
	struct socket *socket;
	struct sock *sk;

	if (!current_app(&role))
		return 0;
	socket = bpf_sock_from_file(file);
	if (socket) {
		sk = socket->sk;
		if (sk && is_of_pod(sk, role.slot))
			return 0;
	} else if (!guards_pods(file->f_inode->i_sb->s_magic) && !is_from_elsewhere(file)) {
		return 0;
	}
	return refuse_app(role.slot);
}

/* setns takes an open namespace, cgroup.procs an open file: this is where both begin. */
SEC("lsm/file_open")
int BPF_PROG(file_open, struct file *file)
{
	struct cgroup_role role;

	if (!guards_pods(file->f_inode->i_sb->s_magic) || !current_app(&role))
		return 0;
	return refuse_app(role.slot);
}

/* With CAP_SYS_ADMIN an app could make itself a cgroup2 or bpffs to open. mount(2) and fsmount(2) both come by here. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(sb_kern_mount, struct super_block *filesystem)
{
	struct cgroup_role role;

	if (!guards_pods(filesystem->s_magic) || !current_app(&role))
		return 0;
	return refuse_app(role.slot);
}

/* setns and pidfd_getfd on a process, and its /proc: only where an app sees the process by itself, in its own PID
 * namespace or one below. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pid_namespace *own, *seen;
	struct cgroup_role role;

	if (!current_app(&role))
		return 0;
	own = BPF_CORE_READ(task, nsproxy, pid_ns_for_children);
	seen = BPF_CORE_READ(child, nsproxy, pid_ns_for_children);
	for (int i = 0; i < NESTED_PID_NAMESPACES && seen; i++) {
		if (seen == own)
			return 0;
		seen = BPF_CORE_READ(seen, parent);
	}
	return refuse_app(role.slot);
}

/* With CAP_BPF an app could rewrite these maps. */
SEC("lsm/bpf")
int BPF_PROG(bpf, int command)
{
	struct cgroup_role role;

	if (!current_app(&role))
		return 0;
	return refuse_app(role.slot);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
