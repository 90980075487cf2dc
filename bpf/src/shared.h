// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Every struct that the programs and user space share; bpf/structs.py holds the same with the same sizes. */
#pragma once

#include <stdbool.h>

#include <linux/types.h>

/* The sidecar's own ports on every pod: nobody else may bind or reach them. */
#define OUTBOUND_PORT 15001
#define INBOUND_PORT 15006
/* As INBOUND_PORT, for connections that a fault of connections may hit. */
#define INBOUND_FAULTED_PORT 15007
/* As OUTBOUND_PORT, for what exec sessions connect to. */
#define OUTBOUND_EXEC_PORT 15002
/* As OUTBOUND_PORT, for connections that a fault at the caller's side may hit. */
#define OUTBOUND_FAULTED_PORT 15003
/* SO_PRIORITY of the sidecar's sockets that speak for an exec session; Envoy's clusters set it. */
#define EXEC_PRIORITY 5

/* How long Envoy may look at the first bytes of a connection: listener_filters_timeout, and as much again for a machine
 * that is busy. l7filters/translate/listeners.py has the former. */
#define INSPECTION_NS 2000000000ULL
#define INSPECTED 1 /* in place of the moment: it is through */
/* DNS is steered to the resolver, which has these addresses in the node's network namespace: 169.254.20.10, where
 * Kubernetes' NodeLocal DNSCache is too, and fd72:6966:7467:3::a. */
#define DNS_PORT 53
#define RESOLVER_IPV4 { .bytes = { [10] = 0xff, [11] = 0xff, [12] = 169, [13] = 254, [14] = 20, [15] = 10 } }
#define RESOLVER_IPV6                                                                                              \
	{ .bytes = { [0] = 0xfd, [1] = 0x72, [2] = 0x69, [3] = 0x66, [4] = 0x74, [5] = 0x67, [7] = 3, [15] = 10 } }

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
	PAIR_DENIED = 0, /* by default: names of toFQDNs rules may lift it */
	PAIR_ALLOWED = 1,
	PAIR_ASKING = 2, /* questions of the source's sidecar to an authorization server, and nothing of an app's */
	PAIR_REFUSED = 3, /* by a deny rule */
};

/* SO_PRIORITY of the sockets by which a sidecar asks; an app's way through the sidecar is on others
 * (l7filters/translate/clusters.py). */
#define ASKING_PRIORITY 6

/* Why something was refused; user space shows them by name (bpf/structs.py, DropReason). */
enum drop_reason {
	DROP_POLICY = 0,	/* the L3/L4 verdict of the pair is a denial */
	DROP_NOT_SIDECAR = 1,	/* a packet that no socket of the sidecar sent */
	DROP_PROTOCOL = 2,	/* not carried: another protocol, a fragment, an extension header */
	DROP_ADDRESS = 3,	/* a source that is not the pod's own, or a destination that is not */
	DROP_SOCKET = 4,	/* a socket family, type or protocol that apps may not create */
	DROP_SIDECAR_PORT = 5,	/* an app that binds or calls the sidecar's own ports */
	DROP_APP_SOCKET = 6,	/* an app's socket that sends or receives on another device than lo */
	DROP_NO_LISTENER = 7,	/* an inbound connection while the sidecar does not listen */
	DROP_NO_ROOM = 8,	/* a map was full: a lost destination is a denial */
	DROP_DNS = 9,		/* a query to another name server than the resolver, past the steering */
	DROP_OUTSIDE = 10,	/* an app that reaches out of its pod by other means than the network (lsm.bpf.c) */
	DROP_LOCAL_LISTEN = 11, /* a container listens within its pod where a LocalPolicy does not let it */
	DROP_LOCAL_CONNECT = 12, /* a container calls another one, or itself, where a LocalPolicy does not let it */
	DROP_REASONS = 13,
};

/* What a LocalPolicy speaks of (l7filters.local_policy.Act). */
enum local_act {
	ACT_LISTEN = 0,
	ACT_CONNECT = 1,
};

/* What an event tells of (bpf/events.py, EventKind). */
enum event_kind {
	EVENT_REFUSED = 0, /* `reason` is a drop_reason */
	EVENT_EXEC = 1,	   /* a process of an exec session executes a program; no reason */
};

/* So many events of one pod and reason get through in a second; the rest is counted. */
#define EVENTS_PER_SECOND 20

/* IPv4 addresses are v4-mapped (::ffff:a.b.c.d) wherever an address is stored. */
struct address {
	__u8 bytes[16];
} __attribute__((aligned(4)));

struct cgroup_role {
	__u32 slot;
	__u32 role;
};

/* Connections of exec sessions leave the pod from addresses of their own: so policy tells them apart anywhere. */
struct pod {
	struct address ipv4;
	struct address ipv6;
	struct address exec_ipv4;
	struct address exec_ipv6;
	__u32 accelerated; /* app and sidecar talk through socket_by_pair */
};

/* A pod's link: the host's end of it. */
struct link {
	__u32 slot;
	__u32 ifindex;
	__u32 called; /* the address is one that others may call, not that of exec sessions */
};

/* The process that made a socket, or that is at work. */
struct process {
	__u64 cgroup; /* the id of its container's */
	__u32 pid;    /* as the machine counts, not its PID namespace; 0: not known */
	__u32 exec;   /* 1: of an exec session, brought into the container from outside */
	char comm[16];
};

/* What became of the destination that an app asked for (`known` in struct destination). */
enum known {
	NOT_KNOWN = 0,
	TO_THE_SIDECAR = 1, /* on its way to the sidecar, which will ask for it */
	REWRITTEN = 2,	    /* the resolver or a service's backend has it: getpeername alone needs the asked one */
};

struct destination {
	struct address address;
	__be16 port;
	__u16 known;
};

/* A connection within a pod by who connects: from where, and to which port. */
struct source_key {
	struct address address;
	__u32 slot;
	__be16 port;
	__be16 own_port;
};

/* A connection as one of its ends sees it. */
struct pair_key {
	struct address local;
	struct address remote;
	__u32 slot;
	__be16 local_port;
	__be16 remote_port;
};

struct socket_state {
	struct destination destination;
	struct source_key
		announced; /* where role_by_source holds it, until somebody accepts; in accelerated pods */
	__u32 role;
	__u32 slot;
	__u32 side;
	/* The verdict, and in the bits above it the generation of the tables that said so: one word, so that no reader
	 * sees a new generation with an old verdict. 0: none yet. */
	__u64 verdict;
	struct process process;
	__u64 told; /* its denied connect is an event already: the SYNs that follow are none */
	/* Of a connection that the sidecar has accepted: until when its end, which has come, is held back
	 * (bpf_ktime_get_ns); 0: it has not come; INSPECTED: nothing holds it back. */
	__u64 inspected_until;
	/* What LocalPolicies say of this end of a TCP connection within its pod: the generation, and below it one bit. */
	__u64 local_verdict;
	__be16 called; /* the port of its own pod that it has called; 0: it is no client of such a one */
	__u16 pad[3];
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
	__u32 prefix_length; /* 96 for every protocol; 112 for all before the port, plus 0..16 */
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

/* A question to the three tables, which they answer the same as long as their generation is in force. */
struct connection_key {
	__u32 generation;
	struct address source;
	struct address destination;
	__be16 port;
	__u8 protocol;
	__u8 asking;
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

/* The backends of a service's UDP port, by number: `count` of them, the same in each entry. */
struct datagram_key {
	struct address address;
	__u32 generation;
	__be16 port;
	__u16 number;
};

struct datagram_backend {
	struct address address;
	__be16 port;
	__u16 count;
};

/* Whom a socket asked, by who answers it. */
struct asked_key {
	__u64 socket; /* its cookie */
	struct address address;
	__be16 port;
	__u16 pad[3];
};

/* What one end sends to another past the sidecars: UDP, SCTP, and requests of ICMP with their identifier and type for
 * ports. */
struct flow_key {
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 pad[3];
};

#define NAMES_OF_ADDRESS 14

/* The names of toFQDNs that DNS gave an address for, as identities of verdict_by_pair; void from `expires` on
 * (nanoseconds of CLOCK_MONOTONIC), whatever became of the resolver. */
struct names {
	__u64 expires;
	__u32 count;
	__u32 identities[NAMES_OF_ADDRESS];
	__u32 pad;
};

/* Of LocalPolicies. A container is its cgroup's id; ANY_CONTAINER and the slot: one that is not known, which may do what
 * every container of its pod may. Protocol 0: unix sockets. An entry for a protocol without a port is what is to happen
 * by default; without it, nobody restricts that container. */
struct right_key {
	__u32 prefix_length; /* 112 for all before the port, plus 0..16 */
	__u32 generation;
	__u32 container[2];
	__u8 act;
	__u8 protocol;
	__be16 port;
};

#define ANY_CONTAINER (1ULL << 63)
#define UNIX_NAME 112 /* 108 bytes at most, and a zero */

/* A unix socket's path, or its abstract name, which begins with a zero byte and counts to its last byte. */
struct name_key {
	__u32 generation;
	__u32 container[2];
	__u16 act;
	__u16 length;
	char name[UNIX_NAME];
};

/* Datagrams within a pod. */
struct local_flow_key {
	struct flow_key flow;
	__u32 slot;
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
	__be16 port;   /* of ICMP: the message's type */
	__u8 protocol; /* IPPROTO_*; of a socket: its own */
	__u8 pad[7];
};

/* Of a unix socket. */
struct named_event {
	struct event event;
	__u32 length;
	char name[UNIX_NAME];
	__u32 pad;
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

_Static_assert(sizeof(struct cgroup_role) == 8, "cgroup_role");
_Static_assert(sizeof(struct pod) == 68, "pod");
_Static_assert(sizeof(struct link) == 12, "link");
_Static_assert(sizeof(struct destination) == 20, "destination");
_Static_assert(sizeof(struct socket_state) == 128, "socket_state");
_Static_assert(sizeof(struct opening_key) == 24, "opening_key");
_Static_assert(sizeof(struct source_key) == 24, "source_key");
_Static_assert(sizeof(struct pair_key) == 40, "pair_key");
_Static_assert(sizeof(struct identity_key) == 24, "identity_key");
_Static_assert(sizeof(struct verdict_key) == 20, "verdict_key");
_Static_assert(sizeof(struct service_key) == 24, "service_key");
_Static_assert(sizeof(struct connection_key) == 40, "connection_key");
_Static_assert(sizeof(struct service) == 132, "service");
_Static_assert(sizeof(struct datagram_key) == 24, "datagram_key");
_Static_assert(sizeof(struct datagram_backend) == 20, "datagram_backend");
_Static_assert(sizeof(struct asked_key) == 32, "asked_key");
_Static_assert(sizeof(struct flow_key) == 40, "flow_key");
_Static_assert(sizeof(struct names) == 72, "names");
_Static_assert(sizeof(struct drop_key) == 8, "drop_key");
_Static_assert(sizeof(struct right_key) == 20, "right_key");
_Static_assert(sizeof(struct name_key) == 128, "name_key");
_Static_assert(sizeof(struct local_flow_key) == 44, "local_flow_key");
_Static_assert(sizeof(struct named_event) == 216, "named_event");
