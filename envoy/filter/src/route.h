// SPDX-License-Identifier: Apache-2.0
/* What the route of a fault has a filter do to each request, or to each response. */

#ifndef RIFTGATE_ROUTE_H
#define RIFTGATE_ROUTE_H

#include "delay.h"
#include "envoy.h"

/* Delays that add up. */
struct route {
	/* The faults' ids, with commas between; in the log. */
	struct text faults;
	size_t count;
	struct delay delays[];
};

/* A line with the faults' ids, and one for each delay: family, two numbers, and the limit in milliseconds, as in
 * l7filters/translate/held_delays.py. NULL: it is something else, or there is no memory. */
struct route *route_parse(struct text lines);

void route_free(struct route *route);

/* Milliseconds, for one message. */
double route_draw(const struct route *route, uint64_t *random);

#endif
