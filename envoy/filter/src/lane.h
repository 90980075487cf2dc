// SPDX-License-Identifier: Apache-2.0
/* What faults do to one of the two streams of bytes of a connection. No I/O, no clock: times are told, in seconds.
 *
 *   data -> bits flipped -> held (latency) -> cut and paced (slices, bandwidth) -> counted (tolls) -> on its way
 *
 * Whatever is done to it, bytes leave in the order in which they came, and none is left out. */

#ifndef RIFTGATE_LANE_H
#define RIFTGATE_LANE_H

#include "fault.h"

/* What it takes to keep one piece of data, however small: senders of single bytes are held to the same bounds. */
#define KEEPING_BYTES 320

struct piece {
	struct piece *next;
	/* When it may leave; before it is fed: when it has come. */
	double ready;
	/* What has not left of its bytes. */
	size_t start, length;
	/* Nothing follows. */
	bool end;
	char bytes[];
};

struct lane {
	/* Those of this stream that are on; the tolls are shared with the other lane. */
	struct fault **faults;
	size_t fault_count;
	struct piece *first, *last;
	size_t pieces;
	/* Bytes that have come and not left. */
	size_t held;
	/* When what came last is ready: none overtakes it. */
	double last_ready;
	/* Data that comes until then has the latency of what came before it. */
	double burst_until, late;
	/* When the next piece may set out. */
	double free;
	/* When the piece at the front leaves, and its size. */
	bool planned;
	double leaving;
	size_t leaving_size;
	/* What the faults come to. */
	bool cuts;
	double rate, pause, close_delay;
	size_t size;
};

/* Bytes that leave now. */
struct departure {
	const char *bytes;
	size_t length;
	/* Nothing follows. */
	bool end;
	/* To be freed when the bytes are no longer needed; NULL if more of it is to leave. */
	struct piece *over;
};

/* NULL: no memory. */
struct piece *piece_new(size_t length);

/* These faults are on (the array stays the caller's), or these alone still: what is held leaves as fast as they let
 * it. */
void lane_shape(struct lane *lane, struct fault **faults, size_t count, double now);

/* A piece has come; it is the lane's from here on. */
void lane_feed(struct lane *lane, struct piece *piece, double now, uint64_t *random);

/* Nothing passes. */
bool lane_blocked(const struct lane *lane);

/* When the next piece leaves; infinity: not by itself. */
double lane_due(struct lane *lane);

/* The next piece, if it leaves by now. A toll that was set has 0 left if it was struck: the caller does what is due
 * then, and unsets it. */
bool lane_take(struct lane *lane, double now, struct departure *departure);

/* Bytes of memory for what is held. */
size_t lane_memory(const struct lane *lane);

/* All that is held, taken out. */
struct piece *lane_detach(struct lane *lane);

/* Forgets all that is held. */
void lane_empty(struct lane *lane);

#endif
