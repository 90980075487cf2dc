// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* As shared.h, of faults: of packets, and which connections may be hit. */
#pragma once

#include "shared.h"

/* Packet faults that may be on at once; a fault in both directions takes two. */
#define PACKET_FAULTS 64

enum packet_effect {
	PACKET_LOSS = 0,
	PACKET_DUPLICATION = 1,
	PACKET_CORRUPTION = 2,
	PACKET_DELAY = 3,
};

/* A delay is drawn from so many quantiles of its distribution; a power of two. */
#define PACKET_QUANTILES 4096
/* Together the faults that hit a packet hold it no longer: so long one may be under way when its faults are over. */
#define MAX_PACKET_DELAY_US 2000000

/* 0 where the other end is no pod of this host. */
struct slot_pair {
	__u32 source;
	__u32 destination;
};

struct packet_fault {
	__u64 expires; /* ns of CLOCK_MONOTONIC */
	__u64 seed;    /* where `seeded`: the share is drawn by it, for the packet's number */
	__u32 parts_per_million;
	__u32 effect;
	__u32 every;	  /* each so-many-th of those drawn; 0: each */
	__u32 per_second; /* so many in each second at most; 0: without bound */
	__u32 first;	  /* so many in all; 0: without bound */
	__u32 counts;	  /* its place in counts_by_packet_fault: the directions of a fault count together */
	__be16 port;	  /* the target's; 0: every port */
	__u8 protocol;	  /* 0: every one */
	__u8 from_target; /* the packets go from the target to its peers: its port is their source port */
	__u8 seeded;
	__u8 scattered; /* delayed packets may be overtaken by those behind them */
	__u16 pad;
};

/* What a fault has met since it was turned on. */
struct packet_counts {
	__u64 matched; /* numbers packets; of faults with a seed alone */
	__u64 drawn;   /* by the share; where `every` is given */
	__u64 hit;
	__u64 second; /* of CLOCK_MONOTONIC, and in its lower 32 bits how many were hit in it */
};

struct packet_delays {
	__u32 microseconds[PACKET_QUANTILES];
};

#define EVERYBODY 0xffffffff

/* Whose connections a fault may hit: those from one pod, or from everybody, to a port of another. */
struct faulted_key {
	__u32 source;
	__u32 destination;
	__be16 port; /* 0: every port */
	__u16 pad;
};

/* Whose calls a fault may hit: those of one pod to a network. */
struct faulted_call_key {
	__u32 prefix_length; /* 64 for all before the address, plus 0..128 */
	__u32 slot;
	__be16 port; /* 0: every port */
	__u16 pad;
	struct address destination;
};

_Static_assert(sizeof(struct faulted_key) == 12, "faulted_key");
_Static_assert(sizeof(struct faulted_call_key) == 28, "faulted_call_key");
_Static_assert(sizeof(struct slot_pair) == 8, "slot_pair");
_Static_assert(sizeof(struct packet_fault) == 48, "packet_fault");
_Static_assert(sizeof(struct packet_counts) == 32, "packet_counts");
_Static_assert(sizeof(struct packet_delays) == 4 * PACKET_QUANTILES, "packet_delays");
