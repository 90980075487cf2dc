// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Every struct that the programs and user space share; bpf/structs.py holds the same with the same sizes. */
#pragma once

#include <stdbool.h>

#include <linux/types.h>

/* The sidecar's own ports on every pod: nobody else may bind or reach them. */
#define OUTBOUND_PORT 15001
#define INBOUND_PORT 15006

/* How long Envoy may look at the first bytes of a connection: listener_filters_timeout, and as much again for a machine
 * that is busy. l7filters/translate/listeners.py has the former. */
#define INSPECTION_NS 2000000000ULL

/* What a socket is, by the container cgroup that created it. Unknown means app. */
enum role {
	ROLE_APP = 0,
	ROLE_SIDECAR = 1,
};

/* Which end of a connection a sidecar's socket is; an accepted or listening one is the server. */
enum side {
	SIDE_SERVER = 0,
	SIDE_CLIENT = 1,
};

/* What may pass between two identities. */
enum pair_verdict {
	PAIR_DENIED = 0,
	PAIR_ALLOWED = 1,
	PAIR_ASKING = 2, /* questions of the source's sidecar to an authorization server, and nothing of an app's */
};

/* SO_PRIORITY of the sockets by which a sidecar asks; an app's way through the sidecar is on others
 * (l7filters/translate/clusters.py). */
#define ASKING_PRIORITY 6

/* Why something was refused; user space shows them by name (bpf/structs.py, DropReason). */
enum drop_reason {
	DROP_POLICY = 0,       /* the L3/L4 verdict of the pair is a denial */
	DROP_NOT_SIDECAR = 1,  /* a packet that no socket of the sidecar sent */
	DROP_PROTOCOL = 2,     /* not TCP over IPv4 or IPv6, a fragment, an extension header */
	DROP_ADDRESS = 3,      /* a source that is not the pod's own, or a destination that is not */
	DROP_SOCKET = 4,       /* a socket family, type or protocol that apps may not create */
	DROP_SIDECAR_PORT = 5, /* an app that binds or calls the sidecar's own ports */
	DROP_APP_SOCKET = 6,   /* an app's socket that sends or receives on another device than lo */
	DROP_NO_LISTENER = 7,  /* an inbound connection while the sidecar does not listen */
	DROP_NO_ROOM = 8,      /* a map was full: a lost destination is a denial */
	DROP_REASONS = 9,
};

/* What an event tells of (bpf/events.py, EventKind). */
enum event_kind {
	EVENT_REFUSED = 0, /* `reason` is a drop_reason */
};

/* So many events of one pod and reason get through in a second; the rest is counted. */
#define EVENTS_PER_SECOND 20

/* IPv4 addresses are v4-mapped (::ffff:a.b.c.d) wherever an address is stored. */
struct address {
	__u8 bytes[16];
};

struct cgroup_role {
	__u32 slot;
	__u32 role;
};

struct pod {
	struct address ipv4;
	struct address ipv6;
};

/* The process that made a socket, or that is at work. */
struct process {
	__u64 cgroup; /* the id of its container's */
	__u32 pid;    /* as the machine counts, not its PID namespace; 0: not known */
	__u32 pad;
	char comm[16];
};

struct destination {
	struct address address;
	__be16 port;
	__u16 known; /* 0: none was remembered */
};

struct source_key {
	struct address address;
	__u32 slot;
	__be16 port;
	__u16 pad;
};

struct socket_state {
	struct destination destination;
	struct source_key announced; /* where destination_by_source holds it, until the sidecar accepts */
	__u32 role;
	__u32 slot;
	__u32 side;
	/* The verdict, and in the bits above it the generation of the tables that said so: one word, so that no reader
	 * sees a new generation with an old verdict. 0: none yet. */
	__u64 verdict;
	struct process process;
	__u64 told; /* its denied connect is an event already: the SYNs that follow are none */
	/* Of a connection that the sidecar has accepted: until when its end is held back (bpf_ktime_get_ns); 0: it is not. */
	__u64 inspected_until;
};

/* A SYN that was handed to a pod, and the one answer to it that needs no socket. */
struct opening_key {
	struct address remote;
	__u32 slot;
	__be16 local_port;
	__be16 remote_port;
};

struct opening {
	__be32 acknowledgement; /* of the reset that refuses it */
};

/* The three tables carry the generation that is in force in their keys: user space writes a whole new one, then
 * flips `generation`, then deletes the old one, so that no lookup ever sees half of a change. */
struct identity_key {
	__u32 prefix_length; /* 32 for the generation, plus 0..128 */
	__u32 generation;
	struct address address;
};

struct verdict_key {
	__u32 prefix_length; /* 112 for all before the port, plus 0..16 */
	__u32 generation;
	__u32 source;
	__u32 destination;
	__u8 protocol;
	__u8 pad;
	__be16 port;
};

struct service_key {
	struct address address;
	__u32 generation;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

#define SERVICE_BACKENDS 16

struct backend {
	__u32 identity;
	__be16 port;
	__u16 pad;
};

struct service {
	__u32 count;
	struct backend backends[SERVICE_BACKENDS];
};

struct drop_key {
	__u32 slot;
	__u32 reason;
};

/* What was refused, as far as it is known; all else is zero. */
struct event {
	__u64 time; /* nanoseconds of CLOCK_MONOTONIC */
	struct process process;
	struct address source;
	struct address destination;
	__u32 slot;
	__u32 kind;
	__u32 reason;
	__be16 source_port;
	__be16 port;
	__u8 protocol; /* IPPROTO_*; of a socket: its own */
	__u8 pad[7];
};

struct event_key {
	__u32 slot;
	__u16 kind;
	__u16 reason;
};

/* Of one pod and reason: every event is counted in exactly one of the three. */
struct event_count {
	__u64 window; /* when this second began */
	__u64 in_window;
	__u64 sent;
	__u64 limited;
	__u64 lost; /* the ring buffer was full: nobody read it */
};

_Static_assert(sizeof(struct process) == 32, "process");
_Static_assert(sizeof(struct event) == 96, "event");
_Static_assert(sizeof(struct event_key) == 8, "event_key");
_Static_assert(sizeof(struct event_count) == 40, "event_count");

/* Packet faults that may be on at once; a fault in both directions takes two. */
#define PACKET_FAULTS 64

enum packet_effect {
	PACKET_LOSS = 0,
	PACKET_DUPLICATION = 1,
	PACKET_CORRUPTION = 2,
};

/* 0 where the other end is no pod of this host. */
struct slot_pair {
	__u32 source;
	__u32 destination;
};

struct packet_fault {
	__u64 expires; /* ns of CLOCK_MONOTONIC */
	__u32 parts_per_million;
	__u32 effect;
	__be16 port;	  /* the target's; 0: every port */
	__u8 protocol;	  /* 0: every one */
	__u8 from_target; /* the packets go from the target to its peers: its port is their source port */
	__u32 pad;
};

_Static_assert(sizeof(struct slot_pair) == 8, "slot_pair");
_Static_assert(sizeof(struct packet_fault) == 24, "packet_fault");
_Static_assert(sizeof(struct cgroup_role) == 8, "cgroup_role");
_Static_assert(sizeof(struct pod) == 32, "pod");
_Static_assert(sizeof(struct destination) == 20, "destination");
_Static_assert(sizeof(struct socket_state) == 112, "socket_state");
_Static_assert(sizeof(struct opening_key) == 24, "opening_key");
_Static_assert(sizeof(struct source_key) == 24, "source_key");
_Static_assert(sizeof(struct identity_key) == 24, "identity_key");
_Static_assert(sizeof(struct verdict_key) == 20, "verdict_key");
_Static_assert(sizeof(struct service_key) == 24, "service_key");
_Static_assert(sizeof(struct service) == 132, "service");
_Static_assert(sizeof(struct drop_key) == 8, "drop_key");
