// SPDX-License-Identifier: Apache-2.0
/* What a fault does to one connection. */

#ifndef RIFTGATE_FAULT_H
#define RIFTGATE_FAULT_H

#include "delay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was done to a connection, by rank: of what is due at the same byte, the first is done. */
enum did {
	DID_RESET,
	DID_CLOSE,
	DID_BLACKHOLE,
	DID_OVERFLOW
};

#define TOLLS 3

/* Counts the bytes that pass in the streams of one fault; at the last of them, something happens. */
struct toll {
	bool set;
	int64_t left;
};

struct fault {
	/* `scenario/name`. */
	const char *id;
	size_t id_length;
	bool on;
	/* Of the connection's two streams: to who was dialled, to who has dialled. */
	bool upstream, downstream;
	/* Seconds of the clock. */
	double ends;

	bool late;
	struct delay latency;
	struct draws *draws;
	/* 0: as fast as can be. */
	uint64_t bytes_per_second;
	/* 0: not sliced. */
	uint64_t slice_bytes;
	double slice_pause;
	uint64_t corrupt_parts;
	double close_delay;
	bool reset_now;
	/* Seconds of the clock; infinity: not. */
	double reset_at;
	/* By enum did. */
	struct toll tolls[TOLLS];
};

#endif
