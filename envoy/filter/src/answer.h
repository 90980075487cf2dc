// SPDX-License-Identifier: Apache-2.0
/* What the fault server answers to Meet: lines of words, in the one message of a gRPC answer.
 *
 *   version 7
 *   fault scenario/name both 60000000 latency fixed 100 0 60000 rate 64000
 *
 * `ends` is in microseconds from now. What a line means: xds_server/connection_words.py. */

#ifndef RIFTGATE_ANSWER_H
#define RIFTGATE_ANSWER_H

#include "envoy.h"
#include "fault.h"

struct answer {
	uint64_t version;
	/* `existing: reset` has met it. */
	bool reset;
	size_t count;
	struct fault *faults;
	/* The faults' ids are in here. */
	char *text;
};

/* From a gRPC message in parts. NULL: it is not one, or not an answer, or there is no memory. */
struct answer *answer_read(const struct text *chunks, size_t count, double now);

/* From the text of the message. */
struct answer *answer_parse(const char *text, size_t length, double now);

void answer_free(struct answer *answer);

#endif
