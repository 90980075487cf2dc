// SPDX-License-Identifier: Apache-2.0
/* How many bytes may pass of a stream that is let through at a rate. Pure: time is told, in seconds of the clock. */

#ifndef RIFTGATE_PACE_H
#define RIFTGATE_PACE_H

#include <stdbool.h>
#include <stddef.h>

/* Seconds: so much earlier than on a real line bytes may pass, so that what is that short need not wait; and so long
 * later there is as much again to let through. */
#define PACE_TICK 0.02

struct pace {
	double bytes_per_second;
	/* The moment from which on the line has nothing to do any more with what has passed. */
	double clear_at;
	/* Nothing has been there to pass since then. */
	bool idle;
	double idle_since;
};

void pace_begin(struct pace *pace, double bytes_per_second, double now);

/* Something is there: so many bytes of it may pass. */
size_t pace_allows(struct pace *pace, double now);

void pace_passed(struct pace *pace, size_t bytes);

/* There is nothing to pass. */
void pace_idle(struct pace *pace, double now);

#endif
