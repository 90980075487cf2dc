// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Compiled on the machine by bcc. Tracepoints only: they are the same from kernel to kernel. CONTAINER_LEVEL is the depth
 * of a container's cgroup; what is in no cgroup of `containers` returns at once. */
#include <uapi/linux/in.h>
#include <uapi/linux/in6.h>
#include <uapi/linux/un.h>

#define ARGUMENTS 12
#define ARGUMENT_SIZE 96
#define CLONE_THREAD 0x00010000
#define SOCK_TYPE_MASK 0xf
#define FAMILY_UNIX 1
#define FAMILY_INET 2
#define FAMILY_INET6 10

enum kind { EXECUTED = 1, FORKED = 2, CONNECTED = 3 };

/* riftgate/profile/tracer.py has the same as ctypes. */
struct record {
	u64 time;
	u64 cgroup;
	u32 kind;
	u32 pid;
	u32 other; /* a child's pid; of a connect: the socket's type, 0 when it is not known */
	s32 result;
	u16 family;
	u16 port; /* network order */
	u32 count; /* arguments there were, or the length of a unix socket's address */
	u8 address[16];
	char text[ARGUMENTS][ARGUMENT_SIZE]; /* arguments, or in the first a unix socket's path */
};

BPF_HASH(containers, u64, u32);
BPF_PERCPU_ARRAY(empty, struct record, 1);
BPF_HASH(executing, u32, struct record, 4096);
BPF_HASH(connecting, u64, struct record, 4096);
BPF_HASH(making, u64, u32, 4096);
BPF_TABLE("lru_hash", u64, u32, type_by_socket, 16384);
BPF_ARRAY(lost, u64, 1);
BPF_RINGBUF_OUTPUT(records, 512);

static inline struct record *fresh(u64 cgroup, u32 kind)
{
	int zero = 0;
	struct record *record = empty.lookup(&zero);

	if (!record)
		return NULL;
	record->time = bpf_ktime_get_ns();
	record->cgroup = cgroup;
	record->kind = kind;
	record->pid = bpf_get_current_pid_tgid() >> 32;
	record->other = 0;
	record->result = 0;
	record->family = 0;
	record->port = 0;
	record->count = 0;
	return record;
}

static inline void hand_over(struct record *record)
{
	int zero = 0;

	if (records.ringbuf_output(record, sizeof(*record), 0))
		lost.increment(zero);
}

/* The container of the running task; 0 when it is none that is asked for. */
static inline u64 container(void)
{
	u64 cgroup = bpf_get_current_ancestor_cgroup_id(CONTAINER_LEVEL);

	return containers.lookup(&cgroup) ? cgroup : 0;
}

static inline int begin_execution(const char *const *arguments)
{
	u64 cgroup = container();
	struct record *record;
	u32 pid;

	if (!cgroup)
		return 0;
	record = fresh(cgroup, EXECUTED);
	if (!record)
		return 0;
	pid = record->pid;
#pragma unroll
	for (int i = 0; i < ARGUMENTS; i++) {
		const char *argument = NULL;

		bpf_probe_read_user(&argument, sizeof(argument), &arguments[i]);
		if (!argument)
			break;
		bpf_probe_read_user_str(record->text[i], ARGUMENT_SIZE, argument);
		record->count = i + 1;
	}
	executing.update(&pid, record);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_execve)
{
	return begin_execution(args->argv);
}

TRACEPOINT_PROBE(syscalls, sys_enter_execveat)
{
	return begin_execution(args->argv);
}

/* Only what came to run: a search through PATH tries many. */
TRACEPOINT_PROBE(sched, sched_process_exec)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct record *record = executing.lookup(&pid);

	if (!record)
		return 0;
	hand_over(record);
	executing.delete(&pid);
	return 0;
}

TRACEPOINT_PROBE(task, task_newtask)
{
	u64 cgroup;
	struct record *record;

	if (args->clone_flags & CLONE_THREAD)
		return 0;
	cgroup = container();
	if (!cgroup)
		return 0;
	record = fresh(cgroup, FORKED);
	if (!record)
		return 0;
	record->other = args->pid;
	hand_over(record);
	return 0;
}

/* A connect() names a descriptor; what that is was said when it was made. */
TRACEPOINT_PROBE(syscalls, sys_enter_socket)
{
	u64 task = bpf_get_current_pid_tgid();
	u32 type = args->type & SOCK_TYPE_MASK;

	if (container())
		making.update(&task, &type);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_socket)
{
	u64 task = bpf_get_current_pid_tgid(), key;
	u32 *type = making.lookup(&task), value;

	if (!type)
		return 0;
	value = *type;
	making.delete(&task);
	if (args->ret < 0)
		return 0;
	key = (task >> 32 << 32) | (u32)args->ret;
	type_by_socket.update(&key, &value);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_connect)
{
	u64 cgroup = container(), task = bpf_get_current_pid_tgid(), key;
	struct record *record;
	u32 *type;
	u16 family = 0;

	if (!cgroup)
		return 0;
	bpf_probe_read_user(&family, sizeof(family), args->uservaddr);
	if (family != FAMILY_INET && family != FAMILY_INET6 && family != FAMILY_UNIX)
		return 0;
	record = fresh(cgroup, CONNECTED);
	if (!record)
		return 0;
	record->family = family;
	if (family == FAMILY_INET) {
		struct sockaddr_in to = {};

		bpf_probe_read_user(&to, sizeof(to), args->uservaddr);
		record->port = to.sin_port;
		__builtin_memcpy(record->address, &to.sin_addr, 4);
	} else if (family == FAMILY_INET6) {
		struct sockaddr_in6 to = {};

		bpf_probe_read_user(&to, sizeof(to), args->uservaddr);
		record->port = to.sin6_port;
		__builtin_memcpy(record->address, &to.sin6_addr, 16);
	} else {
		struct sockaddr_un *to = (struct sockaddr_un *)args->uservaddr;

		bpf_probe_read_user(record->text, sizeof(to->sun_path), to->sun_path);
		record->count = args->addrlen;
	}
	key = (task >> 32 << 32) | (u32)args->fd;
	type = type_by_socket.lookup(&key);
	record->other = type ? *type : 0;
	connecting.update(&task, record);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_connect)
{
	u64 task = bpf_get_current_pid_tgid();
	struct record *record = connecting.lookup(&task);

	if (!record)
		return 0;
	record->result = args->ret;
	hand_over(record);
	connecting.delete(&task);
	return 0;
}
