// SPDX-License-Identifier: Apache-2.0
#include "lane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is due by then is due now. */
#define GRAIN_SECONDS 1e-6
/* A bandwidth lets through what it lets through in that time, at once. */
#define PACE_SECONDS 0.02
/* Data that comes within that time shares its latency: an answer of which the head comes before the body is one. */
#define BURST_SECONDS 0.001
#define MAX_PIECE_BYTES 65536
#define ALL_BITS 1000000

struct piece *piece_new(size_t length)
{
	struct piece *piece = malloc(sizeof *piece + length);
	if (piece != NULL)
		*piece = (struct piece){ .length = length };
	return piece;
}

void lane_shape(struct lane *lane, struct fault **faults, size_t count, double now)
{
	lane->faults = faults;
	lane->fault_count = count;
	lane->cuts = false;
	lane->rate = lane->pause = lane->close_delay = 0;
	lane->size = MAX_PIECE_BYTES;
	uint64_t slices = UINT64_MAX;
	for (size_t each = 0; each < count; each++) {
		const struct fault *fault = faults[each];
		double rate = (double)fault->bytes_per_second;
		if (rate > 0 && (lane->rate == 0 || rate < lane->rate))
			lane->rate = rate;
		if (fault->slice_bytes > 0 && fault->slice_bytes < slices) {
			slices = fault->slice_bytes;
			lane->pause = fault->slice_pause;
		}
		lane->close_delay += fault->close_delay;
		for (size_t did = 0; did < TOLLS; did++)
			lane->cuts |= fault->tolls[did].set;
	}
	if (slices < lane->size)
		lane->size = slices;
	if (lane->rate > 0 && lane->rate * PACE_SECONDS < (double)lane->size)
		lane->size = lane->rate * PACE_SECONDS < 1 ? 1 : (size_t)(lane->rate * PACE_SECONDS);
	lane->cuts |= slices != UINT64_MAX || lane->rate > 0;

	lane->burst_until = 0;
	lane->last_ready = fmin(lane->last_ready, now);
	lane->free = fmin(lane->free, now);
	lane->planned = false;
	for (struct piece *piece = lane->first; piece != NULL; piece = piece->next)
		piece->ready = fmin(piece->ready, now);
}

/* So many bits per million flipped, by chance; at least one of a piece that has any. */
static void corrupt(struct piece *piece, uint64_t parts, uint64_t *random)
{
	uint64_t bits = (uint64_t)piece->length * 8;
	if (bits == 0)
		return;
	uint64_t count = (bits * parts + ALL_BITS / 2) / ALL_BITS;
	count = count == 0 ? 1 : count > bits ? bits : count;
	char *flipped = calloc(piece->length, 1);
	if (flipped == NULL)
		return;
	/* R. Floyd's way to choose so many different ones. */
	for (uint64_t last = bits - count; last < bits; last++) {
		uint64_t bit = random_below(random, last + 1);
		if (flipped[bit / 8] >> bit % 8 & 1)
			bit = last;
		flipped[bit / 8] |= (char)(1 << bit % 8);
	}
	for (size_t each = 0; each < piece->length; each++)
		piece->bytes[piece->start + each] ^= flipped[each];
	free(flipped);
}

static void append(struct lane *lane, struct piece *piece, double ready)
{
	piece->ready = lane->last_ready = ready;
	piece->next = NULL;
	if (lane->last == NULL)
		lane->first = piece;
	else
		lane->last->next = piece;
	lane->last = piece;
	lane->pieces++;
	lane->held += piece->length;
}

void lane_feed(struct lane *lane, struct piece *piece, double now, uint64_t *random)
{
	for (size_t each = 0; each < lane->fault_count; each++)
		if (lane->faults[each]->corrupt_parts > 0)
			corrupt(piece, lane->faults[each]->corrupt_parts, random);
	if (now >= lane->burst_until) {
		lane->burst_until = now + BURST_SECONDS;
		lane->late = 0;
		for (size_t each = 0; each < lane->fault_count; each++)
			if (lane->faults[each]->late)
				lane->late +=
					delay_draw(&lane->faults[each]->latency, lane->faults[each]->draws) / 1000;
	}
	double ready = fmax(lane->last_ready, now + lane->late);
	struct piece *end = NULL;
	/* The end alone is late, not the bytes before it. */
	if (piece->end && lane->close_delay > 0 && piece->length > 0 && (end = piece_new(0)) != NULL) {
		end->end = true;
		piece->end = false;
	}
	append(lane, piece, piece->end ? ready + lane->close_delay : ready);
	if (end != NULL)
		append(lane, end, ready + lane->close_delay);
}

bool lane_blocked(const struct lane *lane)
{
	for (size_t each = 0; each < lane->fault_count; each++) {
		const struct toll *toll = &lane->faults[each]->tolls[DID_BLACKHOLE];
		if (toll->set && toll->left <= 0)
			return true;
	}
	return false;
}

/* No more than up to the next toll. */
static size_t up_to_toll(const struct lane *lane, size_t size)
{
	for (size_t each = 0; each < lane->fault_count; each++)
		for (size_t did = 0; did < TOLLS; did++) {
			const struct toll *toll = &lane->faults[each]->tolls[did];
			if (toll->set && toll->left > 0 && (uint64_t)toll->left < size)
				size = (size_t)toll->left;
		}
	return size;
}

double lane_due(struct lane *lane)
{
	if (lane->first == NULL || lane_blocked(lane))
		return INFINITY;
	if (!lane->planned) {
		size_t size = lane->first->length;
		if (lane->cuts)
			size = up_to_toll(lane, size < lane->size ? size : lane->size);
		lane->planned = true;
		lane->leaving_size = size;
		lane->leaving = fmax(lane->first->ready, lane->free);
		if (lane->rate > 0)
			lane->leaving += (double)size / lane->rate;
	}
	return lane->leaving;
}

bool lane_take(struct lane *lane, double now, struct departure *departure)
{
	double due = lane_due(lane);
	if (due > now + GRAIN_SECONDS)
		return false;
	struct piece *front = lane->first;
	/* What passed in the other lane counts, too. */
	size_t size = up_to_toll(lane, lane->leaving_size);
	lane->planned = false;
	*departure = (struct departure){ .bytes = front->bytes + front->start, .length = size };
	front->start += size;
	front->length -= size;
	lane->held -= size;
	if (front->length == 0) {
		lane->first = front->next;
		if (lane->first == NULL)
			lane->last = NULL;
		lane->pieces--;
		departure->end = front->end;
		departure->over = front;
	}
	/* By what was due, not by when it was taken: a late timer makes nothing slower. */
	lane->free = due + (size > 0 ? lane->pause : 0);
	for (size_t each = 0; each < lane->fault_count; each++)
		for (size_t did = 0; did < TOLLS; did++)
			if (lane->faults[each]->tolls[did].left > 0)
				lane->faults[each]->tolls[did].left -= (int64_t)size;
	return true;
}

size_t lane_memory(const struct lane *lane)
{
	return lane->held + lane->pieces * KEEPING_BYTES;
}

struct piece *lane_detach(struct lane *lane)
{
	struct piece *pieces = lane->first;
	lane->first = lane->last = NULL;
	lane->pieces = lane->held = 0;
	lane->planned = false;
	return pieces;
}

void lane_empty(struct lane *lane)
{
	for (struct piece *piece = lane_detach(lane), *next; piece != NULL; piece = next) {
		next = piece->next;
		free(piece);
	}
}
