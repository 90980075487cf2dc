// SPDX-License-Identifier: Apache-2.0
/* The lanes of one connection, for tests in Python: with the faults of an answer of the fault server. */

#include "../../envoy/filter/src/answer.h"
#include "../../envoy/filter/src/lane.h"

#include <stdlib.h>
#include <string.h>

struct lanes {
	struct answer *answer;
	struct fault **on[2];
	struct lane lanes[2];
	uint64_t random;
};

struct lanes *lanes_new(const char *text, size_t length, double now, uint64_t seed)
{
	struct lanes *lanes = calloc(1, sizeof *lanes);
	lanes->random = seed;
	lanes->answer = answer_parse(text, length, now);
	if (lanes->answer == NULL) {
		free(lanes);
		return NULL;
	}
	for (size_t stream = 0; stream < 2; stream++) {
		size_t count = 0;
		lanes->on[stream] = calloc(lanes->answer->count + 1, sizeof(struct fault *));
		for (size_t each = 0; each < lanes->answer->count; each++) {
			struct fault *fault = &lanes->answer->faults[each];
			if (stream == 0 ? fault->upstream : fault->downstream)
				lanes->on[stream][count++] = fault;
		}
		lane_shape(&lanes->lanes[stream], lanes->on[stream], count, 0);
	}
	return lanes;
}

void lanes_free(struct lanes *lanes)
{
	for (size_t stream = 0; stream < 2; stream++) {
		lane_empty(&lanes->lanes[stream]);
		free(lanes->on[stream]);
	}
	answer_free(lanes->answer);
	free(lanes);
}

void lanes_feed(struct lanes *lanes, size_t stream, const char *bytes, size_t length, bool end, double now)
{
	struct piece *piece = piece_new(length);
	memcpy(piece->bytes, bytes, length);
	piece->end = end;
	lane_feed(&lanes->lanes[stream], piece, now, &lanes->random);
}

/* No fault is on any more. */
void lanes_end(struct lanes *lanes, double now)
{
	for (size_t stream = 0; stream < 2; stream++)
		lane_shape(&lanes->lanes[stream], NULL, 0, now);
}

double lanes_due(struct lanes *lanes, size_t stream)
{
	return lane_due(&lanes->lanes[stream]);
}

size_t lanes_held(struct lanes *lanes, size_t stream)
{
	return lanes->lanes[stream].held;
}

size_t lanes_memory(struct lanes *lanes, size_t stream)
{
	return lane_memory(&lanes->lanes[stream]);
}

bool lanes_blocked(struct lanes *lanes, size_t stream)
{
	return lane_blocked(&lanes->lanes[stream]);
}

/* The length of the next piece, which is copied; -1: none leaves by now. `struck`: a bit for each of enum did. */
long lanes_take(struct lanes *lanes, size_t stream, double now, char *bytes, bool *end, unsigned *struck)
{
	struct departure departure;
	if (!lane_take(&lanes->lanes[stream], now, &departure))
		return -1;
	memcpy(bytes, departure.bytes, departure.length);
	free(departure.over);
	*end = departure.end;
	*struck = 0;
	for (size_t each = 0; departure.length > 0 && each < lanes->lanes[stream].fault_count; each++)
		for (unsigned did = 0; did < TOLLS; did++) {
			const struct toll *toll = &lanes->lanes[stream].faults[each]->tolls[did];
			if (toll->set && toll->left <= 0)
				*struck |= 1u << did;
		}
	return (long)departure.length;
}
