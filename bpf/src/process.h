// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Which processes are a container's own, by descent from what the agent started there. Everybody else in a container was
 * brought in from outside, as `kubectl exec` does it: an exec session. What is not known is one: a full map, a missed
 * program or a process that somebody moved from another container gives nobody more rights. tp_btf since 5.5. */
#pragma once

#include <bpf/bpf_tracing.h>

#include "policy.h"

struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));

struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));

typedef struct {
	int counter;
} counter_t;

struct signal_struct {
	counter_t live; /* threads that have not ended */
} __attribute__((preserve_access_index));

struct task_struct {
	int tgid;
	struct signal_struct *signal;
} __attribute__((preserve_access_index));

/* `parent` is who made the child, whoever becomes its parent then (CLONE_PARENT, a double fork). */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(inherit_home, struct task_struct *parent, struct task_struct *child)
{
	__u32 from = parent->tgid, to = child->tgid;
	__u64 *home, inherited;

	if (from == to)
		return 0; /* a thread */
	home = bpf_map_lookup_elem(&home_by_process, &from);
	if (home) {
		inherited = *home;
		bpf_map_update_elem(&home_by_process, &to, &inherited, BPF_ANY);
	} else {
		/* Should the end of an earlier process of this number have been missed. */
		bpf_map_delete_elem(&home_by_process, &to);
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(leave_home, struct task_struct *task)
{
	__u32 process = task->tgid;

	if (task->signal->live.counter == 0)
		bpf_map_delete_elem(&home_by_process, &process);
	return 0;
}

/* What the agent started is at home in the first container that it joins, and stays at home there: a move from one
 * container to another, or out and in again, changes nothing of that. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(find_home, struct cgroup *joined, const char *path, struct task_struct *task)
{
	__u32 process = task->tgid;
	__u64 *home = bpf_map_lookup_elem(&home_by_process, &process);
	__u64 id = joined->kn->id;

	if (home && *home == 0 && bpf_map_lookup_elem(&role_by_cgroup, &id))
		*home = id;
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(tell_exec, struct task_struct *task)
{
	struct event event = { .kind = EVENT_EXEC };
	struct cgroup_role role;

	if (!current_role(&role))
		return 0;
	describe_task(&event.process);
	if (!event.process.exec)
		return 0;
	event.slot = role.slot;
	tell(&event);
	return 0;
}
